"""Cross-fitted scores as they are read: every repeat, refused rows last, and nothing that is no number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mergegate.errors import TableError
from mergegate.facts.policy import ModelPolicy
from mergegate.read.applicants import Source
from mergegate.read.crossfit import read_crossfit

if TYPE_CHECKING:
    from pathlib import Path

MODEL = ModelPolicy.model_validate({"holdout": "h.csv", "metrics": [{"name": "accuracy", "margin": 0.1}]})


def source(folder: Path, text: str) -> Source:
    path = folder / "crossed.csv"
    path.write_text(text, encoding="utf-8")
    return Source(path, "head")


def test_repeats_are_read_in_the_order_of_the_ids_and_a_refused_row_stands_below_all(tmp_path: Path) -> None:
    text = "id,card0,ceiling0,card1,ceiling1,card3,ceiling3\nb,,0.5,7,0.25,1,1\na,500,0.75,8,1,1,1\n"
    found = read_crossfit(source(tmp_path, text), MODEL)
    assert found.ids.tolist() == ["a", "b"]
    assert [one.tolist() for one in found.cards] == [[500, -np.inf], [8, 7]]
    assert [one.tolist() for one in found.ceilings] == [[0.75, 0.5], [1, 0.25]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,card,ceiling\na,1,1\n", "there are no columns `card0` and `ceiling0`"),
        ("id,card0,ceiling0\na,1,\nb,1,x\n", "the ceiling does not say something of every row"),
        ("id,card0,ceiling0\na,1,inf\nb,1,2\n", "the ceiling does not say something of every row"),
        ("id,card0,ceiling0\na,1,1\na,1,2\n", "1 ids stand more than once: `a`"),
    ],
)
def test_what_is_no_cross_fit_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_crossfit(source(tmp_path, text), MODEL)
