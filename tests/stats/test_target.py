"""Targets and training noise: known values and false-alarm rates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks._worlds import Classifiers
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mergegate.errors import UseError
from mergegate.facts.comparison import Basis, Discordant, Replicates, Studentised
from mergegate.facts.joint import CountTable
from mergegate.stats.bounds import p_drop
from mergegate.stats.noise import with_noise
from mergegate.stats.target import design_effect, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_bounds_are_newcombes(successes: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17:857-872, 1998, table I, method 3."""
    assert wilson(successes, n, 0.025) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0.001, 0.49), st.floats(1, 50))
def test_wilsons_bounds_hold_the_share_and_stay_within_zero_and_one(
    n: int, part: float, level: float, effect: float
) -> None:
    successes = round(part * n)
    low, high = wilson(successes, n, level, design_effect=effect, df=12.0)
    assert 0 <= low <= successes / n <= high <= 1


@pytest.mark.parametrize(("n", "effect", "df"), [(0, 1.0, 9.0), (9, math.inf, 9.0), (9, 0.0, 9.0), (9, 1.0, 0.5)])
def test_where_nothing_is_known_every_share_is_possible(n: int, effect: float, df: float) -> None:
    assert wilson(n, n, 0.05, design_effect=effect, df=df) == (0.0, 1.0)


@pytest.mark.parametrize(("level", "df"), [(0.025, math.inf), (0.05, 11.0)])
def test_wilsons_bounds_are_where_the_score_test_just_rejects(level: float, df: float) -> None:
    """At each bound the distance is z standard errors of that bound, with the rows that the groups leave."""
    successes, n, effect = 31, 80, 2.5
    z = stats.norm.ppf(1 - level) if math.isinf(df) else stats.t.ppf(1 - level, df)
    for bound in wilson(successes, n, level, design_effect=effect, df=df):
        error = math.sqrt(bound * (1 - bound) / (n / effect))
        assert abs(successes / n - bound) == pytest.approx(z * error)
    assert wilson(80, 80, level, design_effect=effect, df=df)[1] == 1.0
    assert wilson(0, 80, level, design_effect=effect, df=df)[0] == 0.0


def test_one_row_bounds_a_share_as_the_score_test_says() -> None:
    z2 = stats.norm.ppf(0.95) ** 2
    assert wilson(1, 1, 0.05) == pytest.approx((1 / (1 + z2), 1.0))
    assert wilson(0, 1, 0.05) == pytest.approx((0.0, z2 / (1 + z2)))


def test_one_degree_of_freedom_is_enough_for_a_bound() -> None:
    low, high = wilson(5, 10, 0.05, df=1.0)
    assert 0 < low < 0.5 < high < 1


def test_a_model_on_target_fails_five_builds_in_a_hundred() -> None:
    """`accuracy < target` fails half of them."""
    right = np.random.default_rng(0).binomial(800, 0.85, size=4000)
    fails = np.mean([wilson(int(k), 800, 0.05)[1] < 0.85 for k in right])
    assert fails == pytest.approx(0.05, abs=0.012)
    below = np.random.default_rng(0).binomial(800, 0.80, size=400)
    assert np.mean([wilson(int(k), 800, 0.05)[1] < 0.85 for k in below]) > 0.9


def test_groups_are_paid_for() -> None:
    classifiers, rng, fails = Classifiers.of([0.5, 0.5], 0.85, 0.1, 0.0), np.random.default_rng(1), 0
    naive = 0
    for _ in range(400):
        table = classifiers.grouped(np.full(60, 10), 0.7, rng)
        right = int(table.count[table.head == table.label].sum())
        effect, df = design_effect(table)
        fails += wilson(right, table.n, 0.05, design_effect=effect, df=df)[1] < 0.85
        naive += wilson(right, table.n, 0.05)[1] < 0.85
    assert fails / 400 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
    assert naive / 400 > 0.12


def copies(right: list[bool], size: int) -> CountTable:
    """Groups of `size` equal rows."""
    one = np.ones(len(right), dtype=np.int32)
    codes = np.arange(len(right), dtype=np.int32)
    return CountTable(one, one, np.array(right, dtype=np.int32), one.astype(np.int64) * size, 2, codes, len(right))


def test_the_design_effect_of_copies_is_their_number() -> None:
    assert design_effect(copies([True, True, True, False] * 50, 7))[0] == pytest.approx(7, rel=0.01)


def test_the_design_effect_is_the_textbooks() -> None:
    """Kish: the variance of equal groups' shares over that of as many independent rows; other codes have no rows."""
    right = np.array([4, 3, 4, 2, 4, 1, 3, 4])
    codes = np.repeat(np.arange(8, dtype=np.int32), 2) * 3 + 1
    label = np.ones(16, dtype=np.int32)
    head = np.tile(np.array([1, 0], dtype=np.int32), 8)
    count = np.stack([right, 4 - right], axis=1).ravel()
    some = count > 0
    table = CountTable(label[some], label[some], head[some], count[some], 2, codes[some], 40)
    share = right.sum() / 32
    expected = float((right / 4).var(ddof=1)) / 8 / (share * (1 - share) / 32)
    effect, df = design_effect(table)
    assert 1 < effect < 2
    assert effect == pytest.approx(expected)
    assert 0 < df <= 7


def test_groups_of_one_row_are_rows_and_even_groups_are_luck() -> None:
    """Ten rows alone: what is left is the n - 1 of their variance. Groups of one right and one wrong never vary."""
    assert design_effect(copies([True, False] * 5, 1))[0] == pytest.approx(10 / 9)
    even = np.tile(np.array([1, 0], dtype=np.int32), 6)
    codes = np.repeat(np.arange(6, dtype=np.int32), 2)
    ones = np.ones(12, dtype=np.int32)
    assert design_effect(CountTable(ones, ones, even, ones.astype(np.int64), 2, codes, 6))[0] == 1.0


@pytest.mark.parametrize("right", [True, False])
def test_where_none_varies_groups_of_any_size_count_as_their_mean_squares_do(right: bool) -> None:
    ones = np.ones(3, dtype=np.int32)
    codes = np.arange(3, dtype=np.int32)
    table = CountTable(ones, ones, ones * right, np.array([1, 2, 5]), 2, codes, 3)
    assert design_effect(table) == ((1 + 4 + 25) / 8, 2.0)


def test_where_all_are_right_groups_count_as_rows() -> None:
    effect, df = design_effect(copies([True] * 30, 4))
    assert (effect, df) == (4.0, 29.0)


def test_independent_rows_have_no_design_effect_and_one_group_an_endless_one() -> None:
    assert design_effect(Classifiers.of([0.5, 0.5], 0.8, 0.1, 0.0).table(50, np.random.default_rng(0))) == (
        1.0,
        math.inf,
    )
    assert design_effect(copies([True], 5)) == (math.inf, 0.0)


def test_noise_widens_the_error_by_both_trainings() -> None:
    result = with_noise(Studentised(-0.01, 0.003, 400.0, 1.0), 0.002, 5)
    rows, training = 0.003**2, 2 * 0.002**2
    assert result.se == pytest.approx(math.sqrt(rows + training))
    expected = (rows + training) ** 2 / (rows**2 / 400 + training**2 / 4)
    assert result.df == pytest.approx(expected)
    assert (result.gain, result.limit) == (-0.01, 1.0)


@pytest.mark.parametrize(
    ("basis", "se"),
    [
        (Discordant(30, 60, 1000), math.sqrt((0.091 - 0.03**2) / 1000)),
        (Replicates(-0.03, np.linspace(-0.04, -0.02, 101), 1.0), float(np.linspace(-0.04, -0.02, 101).std())),
    ],
)
def test_noise_is_added_to_any_basis(basis: Basis, se: float) -> None:
    result = with_noise(basis, 0.0, 5)
    assert (result.gain, result.se) == pytest.approx((-0.03, se))
    assert (result.limit, result.df) == (1.0, pytest.approx(999) if isinstance(basis, Discordant) else math.inf)


def test_what_is_unknown_stays_unknown_with_noise() -> None:
    assert p_drop(with_noise(Discordant(0, 0, 0), 0.01, 5), 0) == 1.0
    assert p_drop(with_noise(Discordant(0, 1, 1), 0.01, 5), 0) == 1.0
    assert p_drop(with_noise(Studentised(-0.5, math.inf, 0.0), 0.01, 5), 0) == 1.0
    assert p_drop(with_noise(Studentised(-0.5, 0.1, 0.0), 0.01, 5), 0) == 1.0
    assert with_noise(Discordant(0, 0, 0), 0.01, 5) == Studentised(0.0, math.inf, 0.0, 1.0)
    assert with_noise(Studentised(-0.5, 0.0, 9.0, 2.0), 0.0, 5) == Studentised(-0.5, 0.0, 9.0, 2.0)
    certain = with_noise(Studentised(-0.5, 0.1, math.inf), 0.0, 5)
    assert (certain.se, certain.df) == pytest.approx((0.1, math.inf))


@pytest.mark.parametrize(("sigma", "seeds"), [(0.01, 1), (-0.1, 5), (math.nan, 5), (math.inf, 5)])
def test_a_spread_that_cannot_be_is_refused(sigma: float, seeds: int) -> None:
    with pytest.raises(UseError) as refused:
        with_noise(Discordant(1, 1, 9), sigma, seeds)
    assert refused.value.what == f"a spread of {sigma:g} over {seeds} seeds cannot be used"
    assert refused.value.do == "measure it again with `mergegate noise`, with at least 5 seeds"


def test_two_seeds_are_the_fewest_and_leave_one_degree_to_the_noise() -> None:
    result = with_noise(Studentised(-0.01, 0.003, math.inf, 1.0), 0.002, 2)
    rows, training = 0.003**2, 2 * 0.002**2
    assert result.df == pytest.approx((rows + training) ** 2 / training**2)
    assert result.fixed == pytest.approx(0.002 * math.sqrt(2))
    assert result.limit == 1.0


def test_seeds_alone_are_blocked_at_five_percent_and_a_worse_recipe_is_caught() -> None:
    """Sigma is estimated from 5 seeds anew each time; without it, a third of unchanged recipes is blocked."""
    rng = np.random.default_rng(4)
    naive = robust = caught = 0
    for _ in range(2000):
        trained = rng.normal(0, 0.006 * math.sqrt(2))
        sigma = float(rng.normal(0, 0.006, 5).std(ddof=1))
        gained, lost, _ = rng.multinomial(5000, [0.04 + trained / 2, 0.04 - trained / 2, 0.92])
        basis = Discordant(int(gained), int(lost), 5000)
        naive += p_drop(basis, 0) <= 0.05
        robust += p_drop(with_noise(basis, sigma, 5), 0) <= 0.05
        gained, lost, _ = rng.multinomial(5000, [0.02 + trained / 2, 0.06 - trained / 2, 0.92])
        caught += p_drop(with_noise(Discordant(int(gained), int(lost), 5000), sigma, 5), 0) <= 0.05
    assert robust / 2000 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)
    assert naive / 2000 > 0.2
    assert caught / 2000 > 0.9
