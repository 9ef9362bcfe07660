"""Tables without labels: what is counted of them, and what cannot be evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.read.table_files import policy, write

from mergegate.contrast.shadow import compare_shadow
from mergegate.errors import TableError
from mergegate.facts.answerpolicy import ShadowPolicy
from mergegate.facts.policy import ModelPolicy
from mergegate.facts.shadow import ShadowRows
from mergegate.read.shadow import read_shadow

SHADOW = ShadowPolicy(table="shadow.csv")


def rows(n: int = 40, **columns: Any) -> list[dict[str, Any]]:
    """`n` rows that answer `a`; `columns` are functions of the row's number."""
    usual = {"id": lambda i: f"r{i}", "prediction": lambda _: "a", "language": lambda i: ("de", "en")[i % 2]}
    return [{name: make(i) for name, make in {**usual, **columns}.items()} for i in range(n)]


def read(folder: Path, base: Any, head: Any, model: ModelPolicy, suffix: str = "parquet") -> ShadowRows:
    return read_shadow(write(folder / f"base.{suffix}", base), write(folder / f"head.{suffix}", head), model, SHADOW)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_changes_are_counted_over_all_rows_by_slice_by_class_and_by_group(tmp_path: Path, suffix: str) -> None:
    head = rows(prediction=lambda i: "b" if i < 6 else "a", language=lambda _: "a lie", group=lambda i: f"g{i // 4}")
    found = read(
        tmp_path, rows(group=lambda i: f"g{i // 4}"), head, policy(slices=("language",), group="group"), suffix
    )
    shadow = compare_shadow("m", found)
    assert (shadow.rate.hits, shadow.rate.n, shadow.rate.groups, shadow.coverage) == (6, 40, 10, 1.0)
    assert [(str(slice_), rate.hits) for slice_, rate in shadow.by_slice] == [("language=de", 3), ("language=en", 3)]
    assert found.classes == (("a", 40, 34), ("b", 0, 6))
    assert found.moves == (("a", "b", 6),)
    assert sorted(row[0] for row in found.deviations[1:]) == [f"r{i}" for i in range(6)]


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    model = policy(slices=("language",))
    head = rows(prediction=lambda i: "b" if i % 3 else "a")
    first = read(tmp_path, rows(), head, model)
    second = read(tmp_path, rows()[::-1], head[::-1], model)
    assert first.deviations == second.deviations
    assert (first.classes, first.moves, first.n) == (second.classes, second.moves, second.n)


def test_scores_are_compared_by_mean_quantiles_and_largest_gap(tmp_path: Path) -> None:
    base = rows(100, score=lambda i: i / 100)
    head = rows(100, score=lambda i: 0.5 + i / 200)
    shift = read(tmp_path, base, head, policy(score="score")).scores
    assert shift is not None
    assert shift.mean == pytest.approx((0.495, 0.7475))
    assert shift.quantiles[1] == pytest.approx((0.49, 0.745), abs=0.01)
    assert shift.gap == pytest.approx(0.5, abs=0.02)


def test_numbers_are_the_same_answer_within_the_tolerance(tmp_path: Path) -> None:
    base = write(tmp_path / "base.parquet", rows(prediction=float))
    head = write(tmp_path / "head.parquet", rows(prediction=lambda i: i + (0.5 if i < 3 else 1e-9)))
    model = policy(task="regression", metrics=({"name": "mae"},))
    asked = ShadowPolicy(table="s", tolerance=0.1)
    assert compare_shadow("m", read_shadow(base, head, model, asked)).rate.hits == 3


def test_rows_of_one_side_are_counted_and_no_common_row_is_no_error(tmp_path: Path) -> None:
    found = read(tmp_path, rows(10), rows(12)[4:], policy())
    assert (found.n, found.only_base, found.only_head) == (6, 4, 2)
    none = read(tmp_path, rows(5), [{**row, "id": f"x{row['id']}"} for row in rows(3)], policy())
    assert (none.n, none.only_base, none.only_head) == (0, 5, 3)
    assert compare_shadow("m", none).coverage == 0


def test_columns_that_the_table_lacks_are_left_out_and_named(tmp_path: Path) -> None:
    found = read(tmp_path, rows(), rows(), policy(slices=("language", "place"), group="group", score="score"))
    assert found.lacking == ("place", "group", "score")
    assert len(found.slices) == 3


BAD: dict[str, tuple[Any, str]] = {
    "an id stands twice": (rows(id=lambda i: f"r{i // 2}"), "more than once"),
    "an answer is missing": (rows(prediction=lambda i: None if i == 3 else "a"), "is empty in 1 of 40"),
    "no prediction": ([{"id": "r1"}], "has no column `prediction`"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_table_that_is_none_is_named(tmp_path: Path, case: str) -> None:
    head, said = BAD[case]
    with pytest.raises(TableError, match=said):
        read(tmp_path, rows(), head, policy())
