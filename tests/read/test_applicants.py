"""Rows of people that a card decides on: values as a card reads them, and what cannot be evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.read.table_files import write
from tests.read.test_card import GOOD, parsed

from mergegate.contrast.points import score
from mergegate.errors import TableError
from mergegate.facts.criteria import APPROVE, DENY, MISSING, OUTSIDE, REFUSED
from mergegate.facts.policy import ModelPolicy
from mergegate.read.applicants import Features, Source, features_of, read_answers, read_applicants

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.applicants import Applicants

CARD = parsed(GOOD).card
MODEL = ModelPolicy.model_validate(
    {"holdout": "h.csv", "positive": "approve", "group": "town", "metrics": [{"name": "accuracy"}],
     "criteria": {"card": "c.yaml", "rows": "r.csv", "audit": ["black"], "ceiling": "ceiling"}}
)  # fmt: skip
ROW = {"id": "a", "label": "approve", "obrat": 20.0, "married": 1, "term": "15", "black": 0}


def rows(*changed: Any) -> list[Any]:
    return [{**ROW, "id": f"a{number}", **one} for number, one in enumerate(changed)]


def read(folder: Path, people: Any, suffix: str = "parquet", **more: Any) -> Applicants:
    return read_applicants(Source(write(folder / f"rows.{suffix}", people), "base"), MODEL, features_of(CARD), **more)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_value_at_a_cut_off_is_in_the_bin_that_starts_there(tmp_path: Path, suffix: str) -> None:
    values = [0.0, 32.999, 33.0, 39.999, 40.0, 100.0, 100.001, -0.001, None, float("inf")]
    found = score(CARD, read(tmp_path, rows(*({"obrat": value} for value in values)), suffix))
    assert found.bins[:, 0].tolist() == [0, 0, 1, 1, 2, 2, OUTSIDE, OUTSIDE, MISSING, OUTSIDE]
    assert found.points.tolist()[:6] == [525, 525, 510, 510, 460, 460]
    assert found.decided.tolist() == [APPROVE, APPROVE, DENY, DENY, DENY, DENY, REFUSED, REFUSED, DENY, REFUSED]
    assert found.points[8] == 500 - 12 + 4 + 1


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_flags_and_categories_are_read_however_they_are_written(tmp_path: Path, suffix: str) -> None:
    married = ["1", "0", "true", "False", "1.0", "2", None, "yes"]
    found = score(CARD, read(tmp_path, rows(*({"married": value} for value in married)), suffix))
    assert found.bins[:, 1].tolist() == [1, 0, 1, 0, 1, OUTSIDE, MISSING, OUTSIDE]
    assert found.decided[6] == REFUSED
    found = score(CARD, read(tmp_path, rows(*({"term": value} for value in ("15", "30", "20", None))), suffix))
    assert found.bins[:, 2].tolist() == [0, 1, OUTSIDE, MISSING]


def test_text_where_a_number_belongs_is_outside_and_not_missing(tmp_path: Path) -> None:
    found = read(tmp_path, rows({"obrat": "many"}, {"obrat": ""}, {"obrat": "1e308"}, {"obrat": "33"}), "csv")
    assert score(CARD, found).bins[:, 0].tolist() == [OUTSIDE, MISSING, OUTSIDE, 1]


def test_labels_groups_and_audit_columns_are_read_in_the_order_of_the_ids(tmp_path: Path) -> None:
    people = rows(
        {"black": "true", "town": "b"}, {"label": "deny", "black": 0, "town": "a"}, {"black": None, "town": "b"}
    )
    found = read(tmp_path, people[::-1], "csv")
    assert found.ids.tolist() == ["a0", "a1", "a2"]
    assert found.positive.tolist() == [True, False, True]
    assert found.audit["black"].tolist() == [1, 0, -1]
    assert found.cluster is not None
    assert (found.cluster.tolist(), found.clusters) == ([1, 0, 1], 2)


def test_a_feature_that_base_lacks_is_taken_from_the_same_row_of_head(tmp_path: Path) -> None:
    own = [{key: value for key, value in row.items() if key not in {"obrat", "term"}} for row in rows({}, {}, {})]
    other = write(tmp_path / "head.parquet", rows({"obrat": 35.0, "term": "30"}, {"obrat": 50.0, "label": "deny"}))
    found = read(tmp_path, own, spare=Source(other, "head"))
    assert found.borrowed == ("obrat", "term")
    assert np.array_equal(found.numbers["obrat"], [35.0, 50.0, np.nan], equal_nan=True)
    assert found.texts["term"].tolist() == ["30", "15", None]
    assert found.positive.all()


def test_what_cannot_be_evidence_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="a card uses `term`, and no table of applicants has such a column"):
        read(tmp_path, [{key: value for key, value in ROW.items() if key != "term"}])
    with pytest.raises(TableError, match="`perhaps` is neither 0 nor 1"):
        read(tmp_path, rows({"black": "perhaps"}), "csv")
    with pytest.raises(TableError, match="an applicant has no label"):
        read(tmp_path, rows({"label": None}, {}), "csv")
    with pytest.raises(TableError, match="stand more than once"):
        read(tmp_path, rows({"id": "a"}, {"id": "a"}))
    with pytest.raises(TableError, match=r"no column .*for audit"):
        read(tmp_path, [{key: value for key, value in ROW.items() if key != "black"}])


def test_predictions_are_read_with_the_ceiling_where_the_table_has_it(tmp_path: Path) -> None:
    said: list[Any] = [
        {"id": "b", "prediction": "deny", "ceiling": None},
        {"id": "a", "prediction": None, "ceiling": 0.25},
    ]
    found = read_answers(Source(write(tmp_path / "p.parquet", said), "head"), MODEL)
    assert (found.ids.tolist(), found.prediction.tolist()) == (["a", "b"], [None, "deny"])
    assert found.ceiling is not None
    assert np.array_equal(found.ceiling, [0.25, np.nan], equal_nan=True)
    bare = write(tmp_path / "q.csv", [{"id": "b", "prediction": "deny"}])
    assert read_answers(Source(bare, "head"), MODEL).ceiling is None


def test_what_two_cards_look_at_is_read_once() -> None:
    assert features_of(CARD, None, CARD) == Features(frozenset({"obrat"}), frozenset({"married", "term"}))
