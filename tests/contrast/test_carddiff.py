"""Two cards in plain words: each thing that can change has its sentence."""

from __future__ import annotations

import pytest
from tests.read.test_card import GOOD, parsed

from mergegate.contrast.carddiff import diff
from mergegate.contrast.cardwords import bins_words

MOVED = [
    ("below: 40, points: 5, rows: 6},\n            {from: 40", "below: 38, points: 5}, {from: 38",
     "the cut-off of debts moved from 40 to 38 %"),
    ("cutoff: 520", "cutoff: 510", "the cut-off for approval moved from 520 to 510 points"),
    ("start: 500", "start: 505", "everybody begins with 505 points instead of 500"),
    ("points: -45", "points: -30", "debts of 40 % or more gives −30 points instead of −45"),
    ("points: 20", "points: 0", "debts of below 33 % gives 0 points instead of +20"),
    ("points: -3", "points: -4", "married of 0 gives −4 points instead of −3"),
    ("missing: -12", "missing: refuse", "a missing debts counts refused instead of −12"),
    ("monotone: falling", "monotone: free", "the direction that debts must have went from falling to free"),
    ("reference: 33", "reference: 30", "reasons compare debts with 30 instead of 33"),
    ("title: debts", "title: debt ratio", "debts is now called debt ratio"),
    ("max: 100", "max: 200", "the input obrat may be a number from 0 to 200 %; it was a number from 0 to 100 %"),
    ("min: 0, max: 100, ", "", "the input obrat may be a number from any to any %; it was a number from 0 to 100 %"),
    ('"no": deny', '"no": refer',
     "what is decided is now called “approve: approve or refer”, not “approve: approve or deny”"),
    ("{from: 33, below: 40, points: 5, rows: 6},\n            {from: 40", "{from: 33",
     "debts has 2 bins instead of 3 (cut-off 40 % gone)"),
    ("{from: 40, points: -45, rows: 1}", "{from: 40, below: 47.5, points: -9}, {from: 47.5, points: -45}",
     "debts has 4 bins instead of 3 (cut-off 47.5 % new)"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now", "said"), MOVED)
def test_one_thing_that_changes_is_one_sentence(was: str, now: str, said: str) -> None:
    assert was in GOOD
    (change,) = diff(parsed(GOOD).card, parsed(GOOD.replace(was, now, 1)).card)
    assert change.said == said
    assert change.before != change.after


def test_what_decides_nothing_is_no_change() -> None:
    assert diff(parsed(GOOD).card, parsed(GOOD.replace("rows: 7", "rows: 70")).card) == ()


def test_rules_that_come_and_go_are_told_with_their_bins_and_cut_offs_before_points() -> None:
    card = parsed(GOOD).card
    short = card.model_copy(update={"rules": card.rules[:2], "inputs": {n: card.inputs[n] for n in card.features[:2]}})
    assert [one.said for one in diff(card, short)] == [
        "the rule on term is gone", "the input term may be none; it was one of 15, 30",
    ]  # fmt: skip
    added = diff(short, card)[0]
    assert added.said == "a rule on term is new (15: +1, 30: 0, missing: 0)"
    both = parsed(GOOD.replace("points: 20", "points: 19").replace("cutoff: 520", "cutoff: 519")).card
    assert [one.what for one in diff(card, both)] == ["cut-off for approval", "points"]


def test_a_category_that_is_new_has_all_bins_told() -> None:
    other = parsed(
        GOOD.replace('["15", "30"]', '["15", "30", "40"]').replace('{is: "15"', '{is: "40", points: 2}, {is: "15"')
    ).card
    found = {one.what: one.said for one in diff(parsed(GOOD).card, other)}
    assert found["bins"] == "term has 3 bins instead of 2"
    assert found["input"] == "the input term may be one of 15, 30, 40; it was one of 15, 30"


def test_many_bins_are_cut() -> None:
    bins = ", ".join(
        [
            "{below: 1, points: 1}",
            *(f"{{from: {n}, below: {n + 1}, points: 1}}" for n in range(1, 20)),
            "{from: 20, points: 1}",
        ]
    )
    start = GOOD.index("bins: [{below: 33")
    text = GOOD[:start] + f"bins: [{bins}]}}" + GOOD[GOOD.index("\n  - {feature: married") :]
    card = parsed(text).card
    assert "9 more, missing: −12" in bins_words(card, card.rules[0])
