"""Claimed answers are held against those that the same model gives here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mergegate.errors import TableError
from mergegate.facts import ModelPolicy
from mergegate.read.agreement import Agreement, agreement
from mergegate.read.inputs import edited_rows

CLASSES = {"holdout": "h.csv", "metrics": [{"name": "accuracy"}]}
NUMBERS = {"task": "regression", "holdout": "h.csv", "metrics": [{"name": "mae"}]}
SCORED = {**CLASSES, "score": "score"}


def found(folder: Path, here: str, claimed: str, policy: Mapping[str, object]) -> Agreement:
    (folder / "here.csv").write_text(here)
    (folder / "claimed.csv").write_text(claimed)
    return agreement(folder / "here.csv", folder / "claimed.csv", ModelPolicy.model_validate(policy))


@pytest.mark.parametrize(
    ("here", "claimed", "differing"),
    [("on", "on", 0), ("on", "off", 1), ("1", "1.0", 0), ("true", "True", 0), ("on", "", 1), ("on", "ON", 1)],
)
def test_a_class_is_the_same_or_it_is_another(here: str, claimed: str, differing: int, tmp_path: Path) -> None:
    told = found(tmp_path, f"id,prediction\n1,{here}\n2,x\n", f"id,prediction\n1,{claimed}\n2,x\n", CLASSES)
    assert told == Agreement(rows=2, differing=differing, missing=0)


def test_numbers_may_differ_by_a_machines_rounding_and_no_more(tmp_path: Path) -> None:
    told = found(tmp_path, "id,prediction\n1,10\n2,10\n3,10\n", "id,prediction\n1,10.00001\n2,10.1\n3,nan\n", NUMBERS)
    assert told.differing == 2


def test_scores_are_claims_like_answers(tmp_path: Path) -> None:
    """A better log-loss can be typed, too."""
    here = "id,prediction,score\n1,a,0.6\n2,a,0.7\n"
    assert found(tmp_path, here, here, SCORED).differing == 0
    assert found(tmp_path, here, here.replace("0.6", "0.99"), SCORED).differing == 1
    assert found(tmp_path, here, "id,prediction\n1,a\n2,a\n", SCORED).differing == 2


def test_rows_that_are_claimed_of_nobody_are_not_counted_and_missing_ones_are(tmp_path: Path) -> None:
    told = found(tmp_path, "id,prediction\n1,a\n2,a\n", "id,prediction\n2,a\n9,b\n", CLASSES)
    assert told == Agreement(rows=1, differing=0, missing=1)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="more than once"):
        found(tmp_path, "id,prediction\n1,a\n", "id,prediction\n1,a\n1,b\n", CLASSES)


def test_a_row_that_keeps_its_id_and_asks_something_else_is_seen(tmp_path: Path) -> None:
    base, head = tmp_path / "base.csv", tmp_path / "head.csv"
    base.write_text("id,text,language\n1,long words,de\n2,b,de\n3,c,de\n")
    head.write_text("language,id,text,new\nde,1,easy,x\nde,2,b,x\nde,4,d,x\n")
    assert edited_rows(base, head, "id") == (1, ("text",))
    assert edited_rows(base, base, "id") == (0, ())
    assert edited_rows(base, head, "key") == (0, ())
