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
