"""Shares of mistakes by class and by slice, the discrepancies, and what absolute limits say of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from tests.judge.factory import comparison, exam
from tests.judge.factory import policy as policy_of

from mergegate.contrast.discrepancy import discrepancies
from mergegate.contrast.limits import check_limits
from mergegate.facts import CountTable, Discordant, Joint, Slice
from mergegate.facts.limits import LimitCheck
from mergegate.facts.verdict import Finding
from mergegate.judge.limit import broken_blocks
from mergegate.judge.verdict import decide

CLASSES = ("boskoop", "gala", "rubinette")
Cells = dict[tuple[str, str, str], int]


def counts(cells: Cells) -> CountTable:
    """From (label, base, head) -> rows."""
    codes = [[CLASSES.index(key[part]) for key in cells] for part in range(3)]
    label, base, head = (np.array(part, np.int32) for part in codes)
    return CountTable(label, base, head, np.array(list(cells.values())), len(CLASSES))


def joint(cells: Cells, **slices: Cells) -> Joint:
    every = [cells, *slices.values()]
    named = (Slice(), *(Slice("shop", name) for name in slices))
    return Joint(CLASSES, named, tuple(map(counts, every)), n=sum(cells.values()))


ROWS: Cells = {
    ("gala", "boskoop", "boskoop"): 50, ("gala", "gala", "gala"): 45, ("gala", "gala", "rubinette"): 5,
    ("boskoop", "boskoop", "boskoop"): 400, ("boskoop", "gala", "boskoop"): 10,
    ("rubinette", "rubinette", "rubinette"): 500, ("rubinette", "rubinette", "gala"): 2,
}  # fmt: skip


def checked(*limits: dict[str, Any], rows: Joint | None = None, **facts: bool) -> tuple[LimitCheck, ...]:
    model = policy_of(limits=limits, slices=("shop",), positive="gala").models["m"]
    return check_limits("m", model, rows or joint(ROWS), **facts)


def told(checks: tuple[LimitCheck, ...]) -> dict[str, Finding]:
    found = decide(exam(comparison(Discordant(0, 0, 1000)), limits=checks)).findings
    return {str(one.slice.value if one.slice else one.subject): one for one in found if one.rule == "MG304"}


@pytest.mark.parametrize(
    ("metric", "gala", "overall"),
    [
        ("false_negative_rate", (50, 55, 100), (60, 57, 1012)),
        ("false_positive_rate", (10, 2, 912), (60, 57, 2024)),
        ("false_discovery_rate", (10, 2, 47), (60, 57, 1012)),
    ],
)
def test_each_kind_of_mistake_is_counted_apart(
    metric: str, gala: tuple[int, int, int], overall: tuple[int, int, int]
) -> None:
    [check] = checked({"metric": metric, "max": 0.2})
    cell = next(cell for cell in check.cells if cell.value == "gala")
    assert cell.before is not None
    assert (cell.before.hits, cell.after.hits, cell.after.n) == gala
    assert check.overall.before is not None
    assert (check.overall.before.hits, check.overall.after.hits, check.overall.after.n) == overall


def test_half_of_the_galas_fail_even_when_they_did_so_before() -> None:
    found = told(checked({"metric": "false_negative_rate", "max": 0.2, "vs_overall": 3, "broken_before": "block"}))
    assert found["gala"].blocks
    assert "broken before: it was 0.5000, and this made it larger" in found["gala"].said
    assert "mostly boskoop 50, rubinette 5" in found["gala"].said
    assert "boskoop" not in found


def test_within_a_slice_the_rates_are_those_of_the_positive_class() -> None:
    worst: Cells = {("boskoop", "boskoop", "gala"): 60, ("boskoop", "boskoop", "boskoop"): 40}
    rows = joint({**ROWS, ("boskoop", "boskoop", "gala"): 60}, north=worst, south=ROWS)
    found = told(checked({"metric": "false_positive_rate", "max": 0.3, "per": "shop"}, rows=rows))
    assert "newly broken: it was 0.0000" in found["north"].said
    assert "south" not in found


def test_few_rows_above_the_limit_are_told_and_do_not_block() -> None:
    few: Cells = {("gala", "gala", "boskoop"): 12, ("gala", "gala", "gala"): 28}
    found = told(checked({"metric": "error_rate", "max": 0.2, "per": "shop"}, rows=joint(ROWS, north=few)))
    assert (found["north"].state, found["north"].blocks) == ("cannot-tell", False)


def test_a_value_with_too_few_rows_is_counted_and_not_judged() -> None:
    tiny: Cells = {("gala", "gala", "boskoop"): 12}
    [check] = checked({"metric": "error_rate", "max": 0.2, "per": "shop"}, rows=joint(ROWS, north=tiny))
    assert (check.cells, check.small) == ((), 1)


@pytest.mark.parametrize(
    ("before", "after", "identical", "blocking"),
    [
        (None, 0.5, False, {"block", "unless_better", "inform"}),
        (0.1, 0.5, False, {"block", "unless_better", "inform"}),
        (0.5, 0.5, False, {"block", "unless_better"}),
        (0.5, 0.6, False, {"block", "unless_better"}),
        (0.5, 0.4, False, {"block"}),
        (0.5, 0.5, True, {"block"}),
    ],
)
def test_a_limit_that_base_broke_blocks_as_the_policy_says(
    before: float | None, after: float, identical: bool, blocking: set[str]
) -> None:
    found = {
        what
        for what in ("block", "unless_better", "inform")
        if broken_blocks(before, after, 0.2, what, identical=identical)
    }
    assert found == blocking


@pytest.mark.slow
def test_limits_that_are_met_exactly_block_no_more_often_than_their_share_of_alpha() -> None:
    """Forty cells exactly on their limit: any of them breaks it in at most a tenth of alpha, here of 50 %."""
    rng, blocked = np.random.default_rng(7), 0
    model = policy_of(limits=[{"metric": "error_rate", "max": 0.2, "per": "shop"}], slices=("shop",), alpha=0.5)
    for _ in range(200):
        shops: dict[str, Cells] = {}
        for number in range(40):
            wrong = int(rng.binomial(150, 0.2))
            shops[f"s{number}"] = {("gala", "gala", "boskoop"): wrong, ("gala", "gala", "gala"): 150 - wrong}
        checks = check_limits("m", model.models["m"], joint(ROWS, **shops))
        findings = decide(exam(comparison(Discordant(0, 0, 1000)), policy_=model, limits=checks)).findings
        blocked += any(one.blocks for one in findings if one.rule == "MG304")
    assert blocked / 200 <= 0.05 + 2.6 * (0.05 * 0.95 / 200) ** 0.5


def test_the_discrepancies_add_up() -> None:
    found = discrepancies("m", joint(ROWS, north=ROWS))
    assert found is not None
    assert (found.total.lost, found.total.gained, found.total.wrong_before, found.total.wrong_now) == (7, 10, 60, 57)
    assert Counter({one.name: one.lost for one in found.classes}) == Counter(gala=5, rubinette=2)
    assert [one.name for one in found.slices] == ["shop=north"]
    assert {one.name: (one.lost, one.gained, one.wrong_before, one.wrong_now) for one in found.confusions} == {
        "boskoop answered gala": (0, 10, 10, 0), "gala answered rubinette": (5, 0, 0, 5),
        "rubinette answered gala": (2, 0, 0, 2),
    }  # fmt: skip
    assert discrepancies("m", joint({("gala", "boskoop", "boskoop"): 3})) is None
