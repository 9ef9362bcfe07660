"""Bounds of a share: against SciPy's, at the level that they promise, and clear where something is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from mergegate.facts.joint import CountTable
from mergegate.facts.limits import Rate
from mergegate.stats.rate import lower, p_above, p_above_times, rate_of, upper


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (1, 30), (7, 60), (30, 30), (480, 5_000)])
@pytest.mark.parametrize("level", [0.05, 0.001])
def test_independent_rows_have_the_exact_bounds_of_clopper_and_pearson(hits: int, n: int, level: float) -> None:
    exact = binomtest(hits, n).proportion_ci(1 - 2 * level, method="exact")
    assert lower(Rate(hits, n), level) == pytest.approx(exact.low, abs=1e-12)
    assert upper(Rate(hits, n), level) == pytest.approx(exact.high, abs=1e-12)


@pytest.mark.parametrize(("hits", "n", "limit"), [(3, 30, 0.01), (12, 60, 0.1), (200, 500, 0.35)])
def test_the_p_value_is_the_chance_of_so_many_hits_and_agrees_with_the_bound(hits: int, n: int, limit: float) -> None:
    p = p_above(Rate(hits, n), limit)
    assert p == pytest.approx(float(binom.sf(hits - 1, n, limit)), rel=1e-6)
    assert lower(Rate(hits, n), p * 1.001) > limit >= lower(Rate(hits, n), p * 0.999)


def test_few_rows_and_a_small_limit_raise_no_more_false_alarms_than_promised() -> None:
    for n, limit in ((30, 0.01), (200, 0.2), (50, 0.5)):
        chance = sum(float(binom.pmf(k, n, limit)) for k in range(n + 1) if p_above(Rate(k, n), limit) <= 0.01)
        assert 0 < chance <= 0.01 if n * limit > 1 else chance <= 0.01


def clustered(rng: np.random.Generator, groups: int, size: int, share: float) -> CountTable:
    """Each group's rows are alike: hits come in whole groups."""
    hit = rng.random(groups) < share
    zero = np.zeros(groups, np.int32)
    return CountTable(
        zero, zero, hit.astype(np.int32), np.full(groups, size), 2, np.arange(groups, dtype=np.int32), groups
    )


def test_rows_that_copy_their_group_count_as_groups_and_not_as_rows() -> None:
    rng = np.random.default_rng(1)
    false = 0
    for _ in range(2_000):
        table = clustered(rng, 60, 10, 0.2)
        false += p_above(rate_of(table, np.ones(60, bool), table.head == 1), 0.2) <= 0.05
    assert 10 <= false <= 120
    broken = clustered(rng, 60, 10, 0.6)
    assert p_above(rate_of(broken, np.ones(60, bool), broken.head == 1), 0.2) < 0.001


def test_a_share_of_some_rows_counts_their_clusters_only() -> None:
    table = CountTable(
        np.array([0, 0, 1], np.int32), np.zeros(3, np.int32), np.array([0, 1, 1], np.int32), np.array([6, 4, 9]), 2,
        np.array([0, 1, 2], np.int32), 3,
    )  # fmt: skip
    rate = rate_of(table, table.label == 0, table.head == 1)
    assert (rate.hits, rate.n, rate.groups) == (4, 10, 2)
    assert rate_of(table, table.label == 5, table.head == 1).n == 0


def test_three_times_the_overall_share_is_proven_only_where_both_are_known() -> None:
    assert p_above_times(Rate(50, 100), 3, Rate(500, 5_000)) < 0.005
    assert p_above_times(Rate(5, 10), 3, Rate(500, 5_000)) > 0.01
    assert p_above_times(Rate(50, 100), 3, Rate(2, 20)) > 0.01


def test_where_nothing_is_known_nothing_is_proven() -> None:
    for rate in (Rate(0, 0), Rate(5, 10, math.inf, 0.0, 1), Rate(5, 10, 1.0, 0.5, 2)):
        assert (lower(rate, 0.05), upper(rate, 0.05)) == (0.0, 1.0)
        assert p_above(rate, 0.1) == 1.0
