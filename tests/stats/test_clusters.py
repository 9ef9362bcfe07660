"""Cluster-robust errors: against dense matrices and the textbook."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from mergegate.stats.clusters import bell_mccaffrey, caution_of, cluster_error, kurtosis_df
from mergegate.stats.correlation import gain_correlation

Floats = NDArray[np.float64]


def dense_df(share: Floats, variance: Floats) -> float:
    """Bell and McCaffrey's degrees of freedom by the matrices of their definition."""
    size = len(share)
    residual = np.eye(size) - np.outer(share, np.ones(size))
    root = np.diag(1 / np.sqrt(1 - share))
    spread = root @ residual @ np.diag(variance) @ residual.T @ root
    return float(np.trace(spread) ** 2 / np.sum(spread**2))


@pytest.mark.parametrize("sizes", [[5, 5, 5, 5], [1, 2, 3, 40], [10, 20, 30, 40, 50, 1, 1]])
def test_the_degrees_of_freedom_are_those_of_the_definition(sizes: list[int]) -> None:
    share = np.array(sizes) / sum(sizes)
    for variance in (share, share**2):
        assert bell_mccaffrey(share, variance) == pytest.approx(dense_df(share, variance))


def test_equal_clusters_are_a_plain_t_test_of_their_means() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=25)
    se, df = cluster_error((means - means.mean()) / 25, np.full(25, 8.0))
    assert se == pytest.approx(means.std(ddof=1) / 5)
    assert 20 < df <= 24


def test_a_cluster_with_most_of_the_rows_leaves_few_degrees() -> None:
    rng = np.random.default_rng(0)
    rows = np.array([900.0, *np.full(20, 5.0)])
    assert cluster_error(rng.normal(size=21) * rows / 1000, rows)[1] < 2.5


@pytest.mark.parametrize("rows", [[10.0], [10.0, 0.0]])
def test_one_cluster_tells_nothing(rows: list[float]) -> None:
    assert cluster_error(np.zeros(len(rows)), np.array(rows)) == (math.inf, 0.0)


def test_few_influences_among_many_zeros_are_few_degrees() -> None:
    influence = np.zeros(10_000)
    influence[:10] = [1, -1] * 5
    assert kurtosis_df(influence) == pytest.approx(20, rel=0.01)


def test_normal_influences_have_as_many_degrees_as_rows() -> None:
    assert kurtosis_df(np.random.default_rng(0).normal(size=50_000)) == pytest.approx(50_000, rel=0.05)


@pytest.mark.parametrize("influence", [np.zeros(12), np.array([1.0, -1.0] * 6)])
def test_influences_of_one_size_have_at_most_n_minus_one(influence: Floats) -> None:
    assert kurtosis_df(influence) == 11


def test_only_few_clusters_are_a_caution() -> None:
    assert caution_of(20) == ""
    assert caution_of(19).startswith("only 19 groups")


def test_the_correlation_of_gains_is_that_of_their_influences() -> None:
    rng = np.random.default_rng(1)
    every = rng.normal(size=20_000)
    part = np.where(np.arange(20_000) < 5000, every, 0.0)
    result = gain_correlation([every, part, None, np.zeros(20_000)])
    assert result[0, 1] == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(result[2:], np.eye(4)[2:])
    assert np.linalg.eigvalsh(result).min() > -1e-9


def test_cells_of_alike_rows_give_the_rows_correlation() -> None:
    rng = np.random.default_rng(1)
    values, count = rng.normal(size=(2, 30)), rng.integers(1, 400, 30)
    by_row = gain_correlation(list(np.repeat(values, count, axis=1)))
    by_cell = gain_correlation(list(values * np.sqrt(count)), clusters=int(count.sum()))
    assert by_cell == pytest.approx(by_row, abs=1e-5)


def test_correlations_that_few_clusters_make_up_are_shrunk_away() -> None:
    noise = np.random.default_rng(2).normal(size=(40, 12))
    plain = np.asarray(np.corrcoef(noise))
    shrunk = gain_correlation(list(noise))
    off = ~np.eye(40, dtype=bool)
    assert np.abs(shrunk[off]).max() < 0.35 * np.abs(plain[off]).max()


def test_gains_without_anything_in_common_stay_apart() -> None:
    assert np.array_equal(gain_correlation([np.array([1.0, 0.0]), np.array([0.0, 1.0])]), np.eye(2))
    assert np.array_equal(gain_correlation([None, np.ones(3)]), np.eye(2))


def by_hand(influences: list[Floats], clusters: int) -> Floats:
    """Schaefer and Strimmer's shrinkage, written out: one factor, 1 - (sum of variances) / (sum of squares)."""
    pairs = [(i, j) for i in range(len(influences)) for j in range(len(influences)) if i != j]
    plain = {
        (i, j): float(influences[i] @ influences[j])
        / math.sqrt(float(influences[i] @ influences[i]) * float(influences[j] @ influences[j]))
        for i, j in pairs
    }
    variances = sum((1 - r**2) ** 2 / (clusters - 1) for r in plain.values())
    keep = max(0.0, 1 - variances / sum(r**2 for r in plain.values()))
    result = np.eye(len(influences))
    for pair, r in plain.items():
        result[pair] = keep * r
    return result


@pytest.mark.parametrize("clusters", [2, 3, 12])
def test_the_shrinkage_is_that_of_the_paper(clusters: int) -> None:
    rng = np.random.default_rng(clusters)
    common = rng.normal(size=clusters)
    influences = [common + 0.3 * rng.normal(size=clusters) for _ in range(4)]
    influences[3] = -influences[3]
    assert gain_correlation(influences) == pytest.approx(by_hand(influences, clusters), abs=1e-5)
    assert gain_correlation(influences, clusters=90) == pytest.approx(by_hand(influences, 90), abs=1e-5)


def test_gains_of_any_size_correlate_alike() -> None:
    """A loss in cents beside a share: squares of either must not leave the numbers that single precision has."""
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, 50)) + rng.normal(size=50)
    expected = gain_correlation([one, other])
    assert gain_correlation([1e30 * one, 1e-30 * other]) == pytest.approx(expected, abs=1e-6)


def test_no_correlation_is_above_one() -> None:
    """Rounding must not make a matrix that no normal has."""
    for seed in range(40):
        influence = np.random.default_rng(seed).normal(size=7)
        found = gain_correlation([influence, 3 * influence, -influence, 1e3 * influence])
        assert np.abs(found).max() <= 1


@pytest.mark.parametrize("rows", [np.array([3.0, 3.0, 3.0]), np.array([1.0, 2.0, 7.0])])
def test_the_unseen_is_added_to_the_spread_and_takes_no_degrees_of_the_seen(rows: Floats) -> None:
    influence = np.array([0.3, -0.1, -0.2])
    share = rows / rows.sum()
    centred = influence - influence.sum() * share
    expected = math.sqrt(float((centred**2 / (1 - share)).sum()) + 0.05**2 + 0.02**2)
    se, df = cluster_error(influence, rows, unseen=np.array([0.05, 0.02]))
    assert se == pytest.approx(expected)
    kurtosis = kurtosis_df(np.append(centred, [0.05, 0.02]))
    assert df == pytest.approx(min(dense_df(share, share**2), kurtosis))


def test_degrees_of_freedom_are_those_of_the_relative_variance_of_the_squares() -> None:
    """2 / (sum of fourth powers / (sum of squares)^2 - 1 / n), by cells as by rows."""
    influence, count = np.array([3.0, -1.0, 0.5, 0.0]), np.array([2.0, 3.0, 4.0, 91.0])
    rows = np.repeat(influence, count.astype(int))
    expected = 2 / (float((rows**4).sum()) / float((rows**2).sum()) ** 2 - 1 / 100)
    assert kurtosis_df(rows) == pytest.approx(expected)
    assert kurtosis_df(influence, count) == pytest.approx(expected)
    assert kurtosis_df(np.zeros(3), np.array([2.0, 3.0, 4.0])) == 8.0
