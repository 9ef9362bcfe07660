"""The worst conjunction: chosen on one half of the rows, counted on the other, and never the same rows for both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.read.table_files import policy, write

from mergegate.contrast.conjunction import compare_conjunction
from mergegate.facts.conjunction import Conjunction
from mergegate.facts.policy import ModelPolicy
from mergegate.read.tables import pair
from mergegate.stats.bounds import p_drop

ASKED: dict[str, Any] = {"slices": ("language", "place"), "worst_conjunction": {"label": False}, "min_slice": 20}


def rows(wrong: np.ndarray[Any, Any], per_group: int = 1) -> list[dict[str, Any]]:
    """4 languages x 5 places in turn; the answer is right but where `wrong`."""
    return [
        {
            "id": f"r{i}", "label": "on", "prediction": "off" if wrong[i] else "on", "group": f"g{i // per_group}",
            "language": f"l{i // per_group % 4}", "place": f"p{i // per_group // 4 % 5}",
        }
        for i in range(len(wrong))
    ]  # fmt: skip


def found(folder: Path, base: Any, head: Any, model: ModelPolicy) -> Conjunction:
    joint = pair(write(folder / "base.parquet", base), write(folder / "head.parquet", head), model)
    assert joint.conjunction is not None
    return joint.conjunction


@pytest.mark.parametrize(("group", "per_group"), [(None, 1), ("group", 4)])
def test_a_broken_corner_is_found_and_counted_on_rows_that_did_not_choose_it(
    tmp_path: Path, group: str | None, per_group: int
) -> None:
    good = rows(np.zeros(8_000, bool), per_group)
    corner = np.array(
        [row["language"] == "l2" and row["place"] == "p3" and i // 80 % 2 for i, row in enumerate(good)], bool
    )
    one = found(tmp_path, good, rows(corner, per_group), policy(group=group, **ASKED))
    assert (one.columns, one.values, one.tried) == (("language", "place"), ("l2", "p3"), 20)
    assert one.tested is not None
    assert one.rows + one.tested.n == 400
    assert 120 <= one.rows <= 280
    assert one.net == pytest.approx(one.rows / 2, rel=0.2)


def test_where_nothing_got_worse_nothing_is_found(tmp_path: Path) -> None:
    same = rows(np.arange(2_000) % 3 == 0)
    one = found(tmp_path, same, same, policy(**ASKED))
    assert (one.values, one.tested, one.tried) == (("", ""), None, 20)


def test_the_label_is_searched_with_each_column(tmp_path: Path) -> None:
    same = rows(np.zeros(2_000, bool))
    assert found(tmp_path, same, same, policy(**ASKED | {"worst_conjunction": {}})).tried == 20 + 4 + 5


@pytest.mark.slow
def test_models_that_differ_by_chance_alone_are_called_worse_no_more_often_than_promised(tmp_path: Path) -> None:
    rng, false = np.random.default_rng(3), 0
    model = policy(**ASKED | {"worst_conjunction": {"label": False, "margin": 0}})
    for _ in range(60):
        wrong = rng.random((2, 2_000)) < 0.1
        base, head = (write(tmp_path / f"{side}.parquet", rows(part)) for side, part in zip("bh", wrong, strict=True))
        comparison = compare_conjunction("m", model, pair(base, head, model))
        false += comparison is not None and p_drop(comparison.basis, 0.0) <= 0.05
    assert false <= 8
