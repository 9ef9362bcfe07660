"""What levels really are where few rows differ, and that the family spends what is left."""

from __future__ import annotations

import numpy as np
import pytest

from mergegate.facts.comparison import Basis, Discordant, Studentised
from mergegate.stats.attained import MOST_DIFFERING, Attained, chance_of_differing, false_alarms, most_gains
from mergegate.stats.bounds import p_drop
from mergegate.stats.discordant import mid_p
from mergegate.stats.multiplicity import family_levels, family_p
from mergegate.stats.union import Union

SLICE = Discordant(10, 9, 250)
"""Twenty-one in 252 differ, as the share is estimated."""


@pytest.mark.parametrize("level", [0.05, 0.01, 0.001])
def test_the_chance_is_that_of_simulated_tables(level: float) -> None:
    share = 20 / 252
    tables = np.random.default_rng(1).multinomial(250, [share / 2, share / 2, 1 - share], size=40_000)
    kinds, count = np.unique(tables, axis=0, return_counts=True)
    alarms = sum(
        times for (g, b, n), times in zip(kinds, count, strict=True) if p_drop(Discordant(g, b, 250), 0) <= level
    )
    chance = Attained([SLICE], [0.0])(np.array([level]))[0]
    assert chance == pytest.approx(alarms / 40_000, abs=3.5 * np.sqrt(level / 40_000))
    assert chance <= level


def test_the_most_gains_that_are_rejected_are_those_of_the_test() -> None:
    most_gains.cache_clear()  # What another test asked before must not answer here.
    for level in (0.05, 0.01, 0.001):
        for differ, most in enumerate(most_gains(level)):
            rejected = [gains for gains in range(differ + 1) if mid_p(gains, differ - gains) <= level]
            assert most == (rejected[-1] if rejected else -1)
    assert false_alarms(0.05)[5] == pytest.approx(1 / 32)


def test_chances_of_differing_sum_to_one() -> None:
    assert chance_of_differing(250, 0.08).sum() == pytest.approx(1)
    assert chance_of_differing(3, 0.5) == pytest.approx([1 / 8, 3 / 8, 3 / 8, 1 / 8] + [0] * (MOST_DIFFERING - 3))


def test_what_is_no_small_count_attains_its_level() -> None:
    bases: list[Basis] = [SLICE, SLICE, Studentised(0.0, 0.1, 9.0), Discordant(250, 240, 5000)]
    levels = np.full(4, 0.001)
    chances = Attained(bases, [0.0, 0.01, 0.0, 0.0])(levels)
    assert chances[0] < 0.0009
    assert np.array_equal(chances[1:], levels[1:])
    assert np.array_equal(Attained([], [])(np.zeros(0)), np.zeros(0))


def test_the_family_spends_what_small_slices_cannot() -> None:
    """20 slices of 250 rows and all rows: levels rise, and the chance of any false alarm stays at 5 %."""
    bases = [Discordant(200, 200, 5000), *[SLICE] * 20]
    attained = Attained(bases, [0.0] * 21)
    overall, correlation = np.arange(21) == 0, np.eye(21)
    correlation[0, 1:] = correlation[1:, 0] = np.sqrt(1 / 20)
    plain = family_levels(np.ones(21), overall, correlation, 0.05, np.random.default_rng(0))
    levels = family_levels(np.ones(21), overall, correlation, 0.05, np.random.default_rng(0), attained=attained)
    assert np.all(levels > 1.05 * plain)
    tables = np.random.default_rng(2).multinomial(250, [0.04, 0.04, 0.92], size=(3000, 20))
    limits = {level: most_gains(level) for level in (levels[1],)}
    differ = tables[..., 0] + tables[..., 1]
    sliced = tables[..., 0] <= limits[levels[1]][np.minimum(differ, MOST_DIFFERING)]
    sums = tables.sum(axis=1)
    whole = np.array([mid_p(int(g), int(b)) <= levels[0] for g, b, _ in sums])
    assert np.mean(sliced.any(axis=1) | whole) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 3000))


def test_the_familys_p_value_knows_it_too() -> None:
    attained = Attained([SLICE] * 10, [0.0] * 10)
    overall, p = np.arange(10) < 2, np.full(10, 0.0054)
    p[3:] = 0.9
    p[:2] = 0.5
    plain = family_p(p, overall, np.eye(10), 0.05, np.random.default_rng(0))
    known = family_p(p, overall, np.eye(10), 0.05, np.random.default_rng(0), attained=attained)
    assert known < plain


def test_tests_that_can_never_raise_a_false_alarm_leave_each_other_all_of_alpha() -> None:
    bases = [Discordant(0, 0, 4)] * 3
    levels = family_levels(
        np.ones(3),
        np.zeros(3, dtype=bool),
        np.eye(3),
        0.01,
        np.random.default_rng(0),
        attained=Attained(bases, [0.0] * 3),
    )
    assert levels == pytest.approx([0.01] * 3)
    assert Union(np.eye(2), np.random.default_rng(0)).probability(np.zeros(2)) == 0.0
