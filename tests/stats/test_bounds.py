"""P-values and bounds: known values, and that the two can never say different things."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from mergegate.facts.comparison import Basis, Discordant, Replicates, Studentised
from mergegate.stats.bounds import bounds, limit_of, mirrored, p_drop, p_gain
from mergegate.stats.discordant import mid_p, p_of_gain, tango_z

levels = st.one_of(st.sampled_from([0.025, 0.05, 1 / 32, 1 / 64, 0.25, 0.001]), st.floats(1e-6, 0.49))
margins = st.one_of(st.sampled_from([0.0, 0.005, 0.01, 0.5, 1.0]), st.floats(0, 1.2), st.floats(0, 1e-6))


@st.composite
def discordants(draw: st.DrawFn) -> Discordant:
    n = draw(st.one_of(st.integers(0, 60), st.integers(0, 10**7)))
    gained = draw(st.integers(0, n))
    return Discordant(gained, draw(st.integers(0, n - gained)), n)


studentised = st.builds(
    Studentised,
    gain=st.floats(-1, 1),
    se=st.one_of(st.just(0.0), st.floats(1e-9, 3), st.just(math.inf)),
    df=st.one_of(st.floats(0, 1e6), st.just(math.inf), st.just(0.0), st.just(1.0)),
    limit=st.sampled_from([1.0, 2.0, math.inf]),
)


@st.composite
def replicates(draw: st.DrawFn) -> Replicates:
    values = draw(st.lists(st.one_of(st.floats(-1, 1), st.sampled_from([0.0, -0.5])), min_size=1, max_size=60))
    return Replicates(values[0], np.sort(np.array(values)), draw(st.sampled_from([1.0, math.inf])))


bases = st.one_of(discordants(), studentised, replicates())


@given(bases, levels, margins)
@example(Discordant(0, 5, 100), 1 / 32, 0.0)
@example(Discordant(3, 11, 100), 0.025, 0.0)
@example(Studentised(-1.0, 1.0, 1.0, 1.0), 0.25, 0.0)
@example(Studentised(-0.3, 0.0, 4.0, 1.0), 1 / 32, 0.1)
@settings(max_examples=400, deadline=None)
def test_the_verdict_and_the_interval_never_contradict_each_other(basis: Basis, level: float, margin: float) -> None:
    low, high = bounds(basis, level)
    assert (p_drop(basis, margin) <= level) == (high < -margin)
    assert (p_gain(basis) <= level) == (low > 0)


@given(bases, levels)
@settings(max_examples=200, deadline=None)
def test_a_margin_exactly_at_the_bound_is_judged_as_the_bound_says(basis: Basis, level: float) -> None:
    high = bounds(basis, level)[1]
    if high < 0 and math.isfinite(high):
        assert p_drop(basis, -high) > level
        assert p_drop(basis, -math.nextafter(high, 0)) <= level


@given(bases, levels, margins)
@settings(max_examples=200, deadline=None)
def test_nothing_is_ever_nan_or_beyond_the_limit(basis: Basis, level: float, margin: float) -> None:
    low, high = bounds(basis, level)
    assert -limit_of(basis) <= low <= high <= limit_of(basis)
    assert 0 <= p_drop(basis, margin) <= 1
    assert 0 <= p_gain(basis) <= 1


@given(discordants(), levels)
@settings(max_examples=100, deadline=None)
def test_less_certainty_is_a_narrower_interval(basis: Discordant, level: float) -> None:
    wide, narrow = bounds(basis, level / 2), bounds(basis, level)
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@given(bases, levels)
@settings(max_examples=100, deadline=None)
def test_changing_base_and_head_about_mirrors_the_interval(basis: Basis, level: float) -> None:
    low, high = bounds(basis, level)
    assert bounds(mirrored(basis), level) == (-high, -low)


def test_mid_p_mcnemar_is_that_of_the_paper() -> None:
    """Airway hyper-responsiveness, 1 and 7 of 21 differ: two-sided mid-p 0.039 (Fagerland et al. 2013, table 8)."""
    assert 2 * p_drop(Discordant(1, 7, 21), 0) == pytest.approx(0.0390625)


@pytest.mark.parametrize(("gained", "lost"), [(0, 3), (5, 5), (12, 30), (40, 11), (500, 620)])
def test_mid_p_mcnemar_is_the_binomial_test_less_half_of_what_was_seen(gained: int, lost: int) -> None:
    n = gained + lost
    expected = stats.binom.cdf(gained, n, 0.5) - stats.binom.pmf(gained, n, 0.5) / 2
    assert mid_p(gained, lost) == pytest.approx(expected, rel=1e-12)


def test_tangos_interval_is_that_of_the_literature() -> None:
    """The same 21 patients: -0.517 to -0.026 (Fagerland, Lydersen, Laake, Statistics in Medicine 33:2850, 2014)."""
    low, high = bounds(Discordant(1, 7, 21), 0.025)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


@pytest.mark.parametrize(("gained", "lost", "n", "gain"), [(12, 30, 500, -0.05), (3, 1, 40, 0.2), (0, 4, 25, -0.01)])
def test_tangos_statistic_is_the_score_at_the_restricted_likelihoods_maximum(
    gained: int, lost: int, n: int, gain: float
) -> None:
    def minus_log_likelihood(loss: float) -> float:
        same = n - gained - lost
        return -(gained * math.log(loss + gain) + lost * math.log(loss) + same * math.log(1 - 2 * loss - gain))

    tiny = 1e-13
    best = optimize.minimize_scalar(
        minus_log_likelihood, (max(0, -gain) + tiny, (1 - gain) / 2 - tiny), method="bounded",
        bounds=(max(0, -gain) + tiny, (1 - gain) / 2 - tiny), options={"xatol": 1e-14},
    )  # fmt: skip
    expected = (gained - lost - n * gain) / math.sqrt(n * (2 * best.x + gain - gain**2))
    assert tango_z(gained, lost, n, gain) == pytest.approx(expected, rel=1e-5)


def test_tangos_statistic_is_defined_at_the_edges() -> None:
    assert tango_z(5, 0, 5, 1.0) == 0.0
    assert tango_z(0, 0, 5, 0.0) == 0.0
    assert tango_z(4, 0, 5, 1.0) == -math.inf


def test_rows_that_do_not_differ_prove_nothing_and_bound_the_change() -> None:
    """With no row that differs Tango's bound is z^2 / (n + z^2), the score version of the rule of three."""
    same = Discordant(0, 0, 100)
    z2 = stats.norm.ppf(0.975) ** 2
    assert p_drop(same, 0) == 1.0
    assert bounds(same, 0.025) == pytest.approx((-z2 / (100 + z2), z2 / (100 + z2)))


def test_the_tests_at_and_beside_zero_are_joined_monotonically() -> None:
    """Mid-p and Tango differ by a little; the p-value may jump at 0 but never rises with the gain."""
    for gained, lost in [(3, 11), (11, 3), (0, 5), (7, 7), (1, 6)]:
        grid = np.concatenate([np.linspace(-0.2, -1e-9, 60), [0.0], np.linspace(1e-9, 0.2, 60)])
        p = [p_of_gain(gained, lost, 100)(gain) for gain in grid]
        assert np.all(np.diff(p) <= 0)


def test_student_agrees_with_scipys_paired_t_test() -> None:
    change = np.random.default_rng(3).normal(-0.1, 1, 40)
    basis = Studentised(float(change.mean()), float(change.std(ddof=1) / math.sqrt(40)), 39.0)
    expected = stats.ttest_1samp(change, -0.05, alternative="less")
    assert p_drop(basis, 0.05) == pytest.approx(expected.pvalue)
    interval = stats.ttest_1samp(change, 0).confidence_interval(0.95)
    assert bounds(basis, 0.025) == pytest.approx((interval.low, interval.high))


def test_without_spread_the_sign_test_remains() -> None:
    assert p_drop(Studentised(-0.1, 0.0, 4.0), 0.0) == 1 / 32
    assert bounds(Studentised(-0.1, 0.0, 4.0), 0.05) == (-0.1, -0.1)
    assert bounds(Studentised(-0.1, 0.0, 3.0, 1.0), 0.05) == (-1.0, 1.0)


@pytest.mark.parametrize(
    "basis", [Studentised(-0.5, 0.1, 0.5, 1.0), Studentised(-0.5, math.inf, 9.0, 1.0), Discordant(0, 0, 0)]
)
def test_where_nothing_is_known_nothing_is_excluded(basis: Basis) -> None:
    assert bounds(basis, 0.05) == (-1.0, 1.0)
    assert p_drop(basis, 0.0) == 1.0


def test_replicates_give_the_percentile_interval() -> None:
    values = np.sort(np.random.default_rng(0).normal(-0.02, 0.01, 1999))
    basis = Replicates(-0.02, values, 1.0)
    assert bounds(basis, 0.025) == (values[49], values[-50])
    assert p_drop(basis, 0.0) == (1 + np.count_nonzero(values >= 0)) / 2000


def test_too_few_replicates_for_a_level_prove_nothing_at_it() -> None:
    basis = Replicates(-0.5, np.linspace(-0.6, -0.4, 99), 1.0)
    assert bounds(basis, 0.001) == (-1.0, 1.0)


def test_mid_p_mcnemar_blocks_unchanged_models_at_its_level_and_real_drops() -> None:
    """False alarms at most 5 % plus what mid-p may exceed it by (Fagerland et al.: under 1 point); a drop is seen."""
    rng = np.random.default_rng(8)
    same = rng.multinomial(500, [0.04, 0.04, 0.92], size=4000)
    alarms = np.mean([p_drop(Discordant(int(g), int(b), 500), 0) <= 0.05 for g, b, _ in same])
    assert 0.03 < alarms < 0.06
    worse = rng.multinomial(500, [0.03, 0.08, 0.89], size=400)
    assert np.mean([p_drop(Discordant(int(g), int(b), 500), 0) <= 0.05 for g, b, _ in worse]) > 0.9


def test_tango_holds_its_level_exactly_at_the_margin_and_catches_what_lies_beyond() -> None:
    rng = np.random.default_rng(9)
    at_margin = rng.multinomial(500, [0.03, 0.05, 0.92], size=4000)
    alarms = np.mean([p_drop(Discordant(int(g), int(b), 500), 0.02) <= 0.05 for g, b, _ in at_margin])
    assert 0.035 < alarms < 0.06
    beyond = rng.multinomial(500, [0.02, 0.10, 0.88], size=400)
    assert np.mean([p_drop(Discordant(int(g), int(b), 500), 0.02) <= 0.05 for g, b, _ in beyond]) > 0.9
