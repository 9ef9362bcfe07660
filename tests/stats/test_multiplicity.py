"""Families of comparisons: known thresholds, the family's false-alarm rate, and planted regressions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize, stats

from mergegate.stats import multiplicity
from mergegate.stats.multiplicity import (
    _joint_share,
    family_levels,
    family_p,
    family_weights,
    holm,
    step_down_max_t,
    weighted_holm,
)
from mergegate.stats.union import Union, _root

Floats = NDArray[np.float64]


def seeded() -> np.random.Generator:
    return np.random.default_rng(20)


def nested(slices: int, classes: int = 0) -> Floats:
    """The correlation of all rows with parts of them: root of the part's share; parts of one cut are independent."""
    shares = [1 / max(classes, 1)] * classes + [1 / slices] * slices
    size = 1 + len(shares)
    correlation = np.eye(size)
    correlation[0, 1:] = correlation[1:, 0] = np.sqrt(shares)
    across = np.sqrt(1 / classes / slices) if classes else 0.0
    correlation[1 : 1 + classes, 1 + classes :] = correlation[1 + classes :, 1 : 1 + classes] = across
    return correlation


def draw(correlation: Floats, rounds: int, rng: np.random.Generator) -> Floats:
    """P-values of correlated normals."""
    values, vectors = np.linalg.eigh(correlation)
    normals = rng.standard_normal((rounds, len(correlation))) @ (vectors * np.sqrt(np.maximum(values, 0))).T
    return np.asarray(stats.norm.cdf(normals))


def test_holm_of_a_textbook_case() -> None:
    """0.01 <= 0.05 / 4, 0.014 <= 0.05 / 3, 0.03 > 0.05 / 2: it ends there, for the smaller 0.03 and all after it."""
    p = np.array([0.03, 0.01, 0.04, 0.014])
    assert holm(p, 0.05) == pytest.approx([0.025, 0.0125, 0.025, 0.05 / 3])


def test_weighted_holm_gives_heavier_comparisons_more() -> None:
    p, weights = np.array([0.02, 0.004]), np.array([0.9, 0.1])
    assert weighted_holm(p, weights, 0.05) == pytest.approx([0.045, 0.005])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
@settings(max_examples=200, deadline=None)
def test_p_at_most_level_is_holms_decision(values: list[float], alpha: float) -> None:
    p = np.array(values)
    order = np.argsort(p, kind="stable")
    decided = np.zeros(len(p), dtype=bool)
    for step, index in enumerate(order):
        if p[index] > alpha / (len(p) - step):
            break
        decided[index] = True
    assert np.array_equal(p <= holm(p, alpha), decided)


@pytest.mark.parametrize("size", [2, 23, 200])
def test_independent_comparisons_have_sidaks_level(size: int) -> None:
    levels = step_down_max_t(np.full(size, 0.9), np.eye(size), 0.05, seeded())
    assert levels == pytest.approx(np.full(size, 1 - 0.95 ** (1 / size)), rel=0.01)


def test_one_comparison_asked_many_times_is_one_comparison() -> None:
    levels = step_down_max_t(np.full(5, 0.9), np.ones((5, 5)), 0.05, seeded())
    assert levels == pytest.approx(np.full(5, 0.05), rel=0.001)


@pytest.mark.parametrize("rho", [-0.5, 0.3, 0.9])
def test_two_comparisons_have_the_level_of_the_bivariate_normal(rho: float) -> None:
    correlation = np.array([[1, rho], [rho, 1]])
    both = stats.multivariate_normal([0, 0], correlation)

    def excess(level: float) -> float:
        z = stats.norm.ppf(level)
        return float(2 * level - both.cdf([z, z]) - 0.05)

    expected = optimize.brentq(excess, 0.02, 0.05)
    assert step_down_max_t(np.ones(2), correlation, 0.05, seeded()) == pytest.approx([expected] * 2, rel=0.01)


def test_the_union_of_rare_events_is_precise_where_plain_simulation_is_not() -> None:
    """1e-6 each: plain simulation would need 1e9 draws for this precision."""
    union = Union(np.eye(10), seeded())
    assert union.probability(np.full(10, 1e-6)) == pytest.approx(1e-5, rel=1e-3)


@pytest.mark.parametrize(("chance", "size"), [(0.9, 2), (0.99, 5), (0.999, 12)])
def test_the_chance_of_a_union_is_that_of_independent_events_and_never_above_one(chance: float, size: int) -> None:
    for seed in range(5):
        found = Union(np.eye(size), np.random.default_rng(seed)).probability(np.full(size, chance))
        assert found <= 1
        assert found == pytest.approx(1 - (1 - chance) ** size, abs=0.01)


def test_events_that_are_the_contrary_of_each_other_add_up() -> None:
    opposite = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert Union(opposite, seeded()).probability(np.array([0.02, 0.01])) == pytest.approx(0.03, rel=1e-6)


@pytest.mark.parametrize(
    "correlation", [0.9 * nested(3) + 0.1 * np.eye(4), np.ones((3, 3)), np.array([[1.0, -1.0], [-1.0, 1.0]])]
)
def test_the_root_of_a_correlation_is_one_and_cholesky_s_where_there_is_one(correlation: Floats) -> None:
    root = _root(correlation)
    assert root @ root.T == pytest.approx(correlation, abs=1e-7)
    regular = np.linalg.eigvalsh(correlation).min() > 1e-9
    assert np.array_equal(root, np.tril(root)) == regular


@pytest.mark.parametrize("size", [2, 23, 1000])
def test_the_common_share_is_found_to_its_precision_with_few_questions(size: int) -> None:
    """Each question is a simulation: the secant of nearly a straight line needs five, halving more than twenty."""
    asked: list[float] = []

    def chance(share: float) -> float:
        asked.append(share)
        return float(1 - (1 - share) ** size)

    found = _joint_share(chance, np.ones(size), 0.05)
    exact = 1 - 0.95 ** (1 / size)
    assert exact * (1 - 3 * multiplicity.PRECISION) <= found <= exact
    assert len(asked) <= 7


def test_the_common_share_is_all_of_alpha_where_the_checks_are_one() -> None:
    assert _joint_share(lambda share: share, np.ones(5), 0.05) == 0.05
    assert _joint_share(lambda share: 5 * share, np.ones(5), 0.05) == pytest.approx(0.01)
    assert _joint_share(lambda share: 6 * share, np.ones(5), 0.05) == pytest.approx(0.01)


def test_levels_hardly_depend_on_the_seed() -> None:
    correlation = nested(20, 2)
    levels = [step_down_max_t(np.ones(23), correlation, 0.05, np.random.default_rng(seed))[0] for seed in range(8)]
    assert np.std(levels) / np.mean(levels) < 0.01


@given(st.integers(0, 10_000), st.integers(2, 12))
@settings(max_examples=30, deadline=None)
def test_the_joint_levels_decide_at_least_what_holm_decides(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    loadings = rng.standard_normal((size, 3))
    covariance = loadings @ loadings.T + 0.5 * np.eye(size)
    scale = np.sqrt(np.diag(covariance))
    p = rng.random(size) ** 3
    joint = step_down_max_t(p, covariance / np.outer(scale, scale), 0.05, rng)
    assert np.all((p <= joint) >= (p <= holm(p, 0.05)))


def test_the_more_is_rejected_the_more_the_rest_may_spend() -> None:
    p = np.array([1e-9, 1e-9, 0.9, 0.9])
    levels = step_down_max_t(p, np.eye(4), 0.05, seeded())
    assert levels[0] < levels[2]
    assert levels[2] == pytest.approx(1 - 0.95**0.5, rel=0.01)


def test_overall_comparisons_and_slices_share_the_weight() -> None:
    weights = family_weights(np.array([True, True, False, False, False]))
    assert weights.sum() == pytest.approx(1)
    assert weights[:2].sum() == pytest.approx(multiplicity.OVERALL_SHARE)
    assert family_weights(np.array([True, True])) == pytest.approx([0.5, 0.5])
    assert family_weights(np.array([False])) == pytest.approx([1.0])


def test_without_a_correlation_or_with_too_many_holm_decides() -> None:
    overall = np.array([True, False, False])
    p = np.array([0.9, 0.9, 0.9])
    expected = weighted_holm(p, family_weights(overall), 0.05)
    assert family_levels(p, overall, None, 0.05, seeded()) == pytest.approx(expected)
    many = np.ones(multiplicity.MOST_CORRELATED + 1)
    levels = family_levels(many, many < 0, np.zeros((0, 0)), 0.05, seeded())
    assert levels == pytest.approx(np.full(len(many), 0.05 / len(many)))


def test_an_empty_family_has_no_levels() -> None:
    nobody = np.zeros(0, dtype=bool)
    assert len(family_levels(np.zeros(0), nobody, None, 0.05, seeded())) == 0
    assert family_p(np.zeros(0), nobody, None, 0.05, seeded()) == 1.0


def test_where_the_smallest_p_is_above_alpha_anyway_nothing_is_simulated() -> None:
    overall = np.arange(9) == 0
    assert family_p(np.full(9, 0.5), overall, nested(6, 2), 0.05, seeded()) > 0.4


@pytest.mark.parametrize("correlated", [False, True])
def test_a_familys_p_value_is_never_above_one(correlated: bool) -> None:
    overall = np.arange(4) == 0
    assert family_p(np.ones(4), overall, np.eye(4) if correlated else None, 0.05, seeded()) == 1.0


def test_the_p_value_of_independent_comparisons_is_that_of_the_smallest_share() -> None:
    """0.48 of the weight for all rows, 0.26 for each slice: 1 - (1 - 0.48 c) (1 - 0.26 c)^2, c the least p / weight."""
    overall, p = np.arange(3) == 0, np.array([0.9, 0.0131, 0.8])
    share = 0.0131 / 0.26
    expected = 1 - (1 - 0.48 * share) * (1 - 0.26 * share) ** 2
    assert family_p(p, overall, np.eye(3), 0.05, seeded()) == pytest.approx(expected, rel=0.01)
    assert family_p(p, overall, None, 0.05, seeded()) == pytest.approx(share)
    assert family_p(p / 2, overall, np.eye(3), 0.05, seeded()) == pytest.approx(share / 2)
    assert family_p(p * 9, overall, np.eye(3), 0.05, seeded()) == pytest.approx(share * 9 * 0.48)


def test_a_single_comparison_has_all_of_alpha() -> None:
    assert family_levels(np.array([0.2]), np.array([True]), np.eye(1), 0.05, seeded()) == pytest.approx([0.05])


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_familys_p_value_says_whether_any_is_rejected(seed: int, correlated: bool) -> None:
    rng = np.random.default_rng(seed)
    correlation = nested(6, 2)
    overall = np.arange(9) == 0
    p = draw(correlation, 1, rng)[0] ** rng.choice([1, 2, 4])
    known = correlation if correlated else None
    levels = family_levels(p, overall, known, 0.05, np.random.default_rng(1))
    assert (family_p(p, overall, known, 0.05, np.random.default_rng(1)) <= 0.05) == bool(np.any(p <= levels))


def test_a_family_of_23_blocks_unchanged_models_at_alpha_and_catches_one_slice() -> None:
    """5 % +- 3 binomial standard errors over 4,000 pull requests; Holm's share is lower, and so is its power."""
    correlation, overall = nested(20, 2), np.arange(23) == 0
    p = draw(correlation, 4000, seeded())
    levels = family_levels(np.ones(23), overall, correlation, 0.05, seeded())
    assert np.mean(np.any(p <= levels, axis=1)) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4000))
    sliced = stats.norm.ppf(p)
    sliced[:, 5] -= 4.0
    caught = stats.norm.cdf(sliced)[:, 5] <= levels[5]
    assert np.mean(caught) > 0.8
    assert np.all(levels >= weighted_holm(np.ones(23), family_weights(overall), 0.05))


def test_step_down_keeps_the_false_alarm_rate_beside_a_true_regression() -> None:
    """Strong control: with one slice surely down, the chance of blaming any other is still alpha, and not less."""
    overall = np.zeros(5, dtype=bool)
    levels = family_levels(np.array([0.9, 1e-12, 0.9, 0.9, 0.9]), overall, nested(4), 0.05, seeded())
    others = np.delete(draw(nested(4), 8000, seeded()), 1, axis=1)
    blamed = np.mean(np.any(others <= np.delete(levels, 1), axis=1))
    assert blamed == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 8000))
