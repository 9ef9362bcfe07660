"""docs/data/loan.md: every column is explained, and is what the code takes it for."""

from __future__ import annotations

import re
from pathlib import Path

from loan import columns

CARD = (Path(__file__).parents[2] / "docs/data/loan.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", CARD, re.MULTILINE)
CODE = {
    "known": (columns.ID, *columns.KNOWN), "audit": columns.AUDIT, "verdict": columns.JUDGED,
    "leak": columns.LEAKS, "constant": columns.CONSTANT,
}  # fmt: skip


def test_the_card_explains_every_column_once_in_the_order_of_the_table() -> None:
    assert [name for name, _, _ in ROWS] == [columns.ID, *columns.UPSTREAM]
    assert all(len(means) > 5 for _, _, means in ROWS)


def test_a_column_is_in_the_card_what_it_is_in_the_code() -> None:
    for kind, names in CODE.items():
        assert {name for name, said, _ in ROWS if said == kind} == set(names), kind


def test_what_the_law_or_the_calendar_forbids_is_not_known_at_the_decision() -> None:
    never = {
        "black",
        "hispan",
        "white",
        "male",
        "min30",
        "old",
        "married",
        "typur",
        "action",
        "approve",
        "reject",
        "review",
    }
    assert not never & set(columns.KNOWN)
