"""The approval ratio of two groups: its error, its interval, false alarms and planted regressions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from mergegate.facts.comparison import Studentised
from mergegate.stats.bounds import bounds, p_drop
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.ratio import log_ratio, paired_ratio

Bools = NDArray[np.bool_]
PINNED = [
    (0.04929748062015504, 0.13497668484532457, 15.693534085012162),
    (0.04929748062015504, 0.1774570987723819, 3.677811616355072),
    (-0.026386755173194887, 0.15385721974760727, 57.828343624793554),
    (-0.026386755173194887, 0.20347774514838077, 3.677811616355072),
]


def change(member: Bools, before: Bools, after: Bools, cluster: NDArray[np.int32] | None = None) -> Paired:
    found = paired_ratio(member, before, after, None if cluster is None else (cluster, int(cluster.max()) + 1))
    assert isinstance(found, Paired)
    return found


def test_the_logarithms_error_is_that_of_a_relative_risk() -> None:
    """Katz and others (Biometrics 34:469, 1978) as SciPy has it; 38 of 60 against 380 of 440."""
    member, approved = np.arange(500) < 60, np.concatenate([np.arange(60) < 38, np.arange(440) < 380])
    found = log_ratio(member, approved)
    assert isinstance(found, Studentised)
    risk = stats.contingency.relative_risk(38, 60, 380, 440)
    interval = risk.confidence_interval(0.95)
    assert math.exp(found.gain) == pytest.approx(risk.relative_risk)
    low, high = bounds(found, 0.025)
    assert (math.exp(low), math.exp(high)) == pytest.approx((interval.low, interval.high), rel=0.01)


def test_the_changes_error_is_the_bootstraps() -> None:
    rng = np.random.default_rng(3)
    member, before = rng.random(2_000) < 0.2, rng.random(2_000) < 0.7
    after = before ^ (rng.random(2_000) < 0.1)
    found = change(member, before, after)
    values = []
    for _ in range(2_000):
        rows = np.concatenate([rng.choice(np.flatnonzero(side), side.sum()) for side in (member, ~member)])
        again = change(member[rows], before[rows], after[rows])
        values.append(again.after - again.before)
    assert isinstance(found.basis, Studentised)
    assert found.basis.gain == found.after - found.before
    assert found.basis.se == pytest.approx(np.std(values), rel=0.06)


def test_clusters_of_one_row_are_independent_rows_and_copies_add_nothing() -> None:
    rng = np.random.default_rng(4)
    member, before = rng.random(600) < 0.3, rng.random(600) < 0.7
    after = before ^ (rng.random(600) < 0.15)
    alone = change(member, before, after)
    single = change(member, before, after, np.arange(600, dtype=np.int32))
    three = np.repeat(np.arange(600, dtype=np.int32), 3)
    copied = change(member[three], before[three], after[three], three)
    assert isinstance(alone.basis, Studentised)
    assert isinstance(single.basis, Studentised)
    assert isinstance(copied.basis, Studentised)
    assert single.basis.se == pytest.approx(alone.basis.se, rel=0.01)
    assert copied.basis.se == pytest.approx(single.basis.se)
    assert (copied.groups, copied.method) == (600, "delta method, clustered")
    assert alone.groups is None


@pytest.mark.parametrize("rows", [300, 1_500])
def test_cards_that_are_as_good_are_not_blocked_and_one_that_turns_a_group_down_is(rows: int) -> None:
    """2,000 pull requests whose card moves people at random: at most the level; one that hits the group: caught."""
    rng = np.random.default_rng(5)
    blocked = caught = 0
    for _ in range(2_000):
        member = rng.random(rows) < 0.15
        score = rng.normal(size=rows)
        before, after = (score + rng.normal(scale=0.3, size=rows) > -0.7 for _ in range(2))
        worse = before & ~(member & (rng.random(rows) < 0.25))
        blocked += p_drop(change(member, before, after).basis, 0.0) <= 0.025
        caught += p_drop(change(member, before, worse).basis, 0.0) <= 0.025
    assert blocked / 2_000 <= 0.025 + 3 * math.sqrt(0.025 / 2_000)
    assert caught / 2_000 > 0.8


def test_what_has_no_ratio_says_why() -> None:
    member, nobody = np.array([True, True, False, False]), np.zeros(4, dtype=np.bool_)
    some = np.array([True, False, True, False])
    assert paired_ratio(nobody, some, some) == Undefined("fewer than 2 people are in the group, or outside of it")
    assert paired_ratio(member, some, nobody) == Undefined("nobody outside the group is approved")
    assert paired_ratio(member, nobody, some) == Undefined("nobody outside the group is approved")
    assert log_ratio(member, nobody) == Undefined("nobody outside the group is approved")
    assert log_ratio(member, ~member) == Undefined("nobody of the group is approved")


def test_a_card_that_turns_all_of_a_group_down_has_the_ratio_0() -> None:
    member, before = np.arange(200) < 50, np.arange(200) % 3 > 0
    found = change(member, before, before & ~member)
    assert found.after == 0
    assert p_drop(found.basis, 0.0) < 1e-6


def test_a_small_case_to_the_last_digit() -> None:
    """Worked out once and looked at: rows alone, in 7 uneven clusters of 12 codes, and the logarithm of one ratio."""
    rng = np.random.default_rng(9)
    member, before = rng.random(90) < 0.3, rng.random(90) < 0.7
    after = before ^ (rng.random(90) < 0.2)
    cluster = (rng.integers(0, 4, 90) * rng.integers(1, 4, 90)).astype(np.int32)
    found = (
        change(member, before, after).basis,
        paired_ratio(member, before, after, (cluster, 12)),
        log_ratio(member, before),
        log_ratio(member, before, (cluster, 12)),
    )
    assert isinstance(found[1], Paired)
    assert (found[1].groups, found[1].n, found[1].method) == (7, 90, "delta method, clustered")
    assert found[1].caution
    for one, expected in zip((found[0], found[1].basis, *found[2:]), PINNED, strict=True):
        assert isinstance(one, Studentised)
        assert (one.gain, one.se, one.df) == pytest.approx(expected, rel=1e-9)
        assert one.limit == np.inf


def test_two_people_on_each_side_are_enough_and_one_is_not() -> None:
    some = np.array([True, False, True, True, True])
    assert isinstance(paired_ratio(np.arange(5) < 2, some, some), Paired)
    assert isinstance(paired_ratio(np.arange(5) < 3, some, some), Paired)
    for few in (1, 4):
        assert isinstance(paired_ratio(np.arange(5) < few, some, some), Undefined)
