"""Did the rows that a model has wrong leave more often than the others?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from mergegate.stats.picked import picked_groups, picked_rows


@pytest.mark.parametrize(("wrong", "removed", "wrong_rows", "rows"), [(0, 5, 3, 40), (3, 5, 3, 40), (4, 20, 60, 500)])
def test_rows_have_the_mid_p_of_the_hypergeometric_tail(wrong: int, removed: int, wrong_rows: int, rows: int) -> None:
    known = hypergeom(rows, wrong_rows, removed)
    expected = known.sf(wrong) + known.pmf(wrong) / 2
    assert picked_rows(wrong, removed, wrong_rows, rows) == pytest.approx(expected, rel=1e-9)


def test_rows_that_all_must_be_wrong_show_nothing() -> None:
    assert picked_rows(0, 0, 3, 40) == 1.0
    assert picked_rows(7, 7, 40, 40) == pytest.approx(0.5)


def test_a_million_rows_are_counted() -> None:
    assert picked_rows(1_200, 10_000, 100_000, 1_000_000) < 1e-9
    assert picked_rows(1_000, 10_000, 100_000, 1_000_000) == pytest.approx(0.5, abs=0.02)


def test_groups_have_the_self_normalised_sum() -> None:
    wrong, removed = np.array([2, 0, 3]), np.array([2, 4, 3])
    excess = np.array([1.5, -1.0, 2.25])
    z = excess.sum() / np.sqrt((excess**2).sum())
    assert picked_groups(wrong, removed, 0.25) == pytest.approx(float(hypergeom_free_tail(z)), rel=1e-12)


def hypergeom_free_tail(z: float) -> float:
    """The upper tail of the normal distribution, by another road than the one that is tested."""
    from math import erfc, sqrt

    return erfc(z / sqrt(2)) / 2


def test_one_group_alone_proves_nothing() -> None:
    assert picked_groups(np.array([500]), np.array([500]), 0.1) > 0.1
    assert picked_groups(np.array([0]), np.array([7]), 0.0) == 1.0
    assert picked_groups(np.array([], dtype=np.int64), np.array([], dtype=np.int64), 0.1) == 1.0


def worlds(rng: np.random.Generator, share_wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and wrong rows of 300 groups, each group mostly right or mostly wrong, as template blocks are."""
    sizes = rng.geometric(0.05, 300)
    rates = np.where(rng.random(300) < share_wrong, rng.beta(8, 2, 300), rng.beta(1, 20, 300))
    return sizes, rng.binomial(sizes, rates)


@pytest.mark.parametrize("leave", [8, 40])
def test_groups_that_leave_at_random_are_seldom_called_picked(leave: int) -> None:
    rng, alarms = np.random.default_rng(2), np.zeros(2)
    for _ in range(3_000):
        sizes, wrong = worlds(rng, 0.1)
        gone = rng.choice(300, leave, replace=False)
        p = picked_groups(wrong[gone], sizes[gone], wrong.sum() / sizes.sum())
        alarms += [p <= 0.05, p <= 0.001]
    assert alarms[0] <= 0.06 * 3_000
    assert alarms[1] <= 6


def test_groups_that_leave_because_they_are_wrong_are_called_picked() -> None:
    sizes, wrong = worlds(np.random.default_rng(3), 0.1)
    gone = np.argsort(-wrong / sizes, kind="stable")[:20]
    assert picked_groups(wrong[gone], sizes[gone], wrong.sum() / sizes.sum()) < 0.001


def test_rows_that_leave_at_random_are_seldom_called_picked_and_wrong_ones_are() -> None:
    wrong = hypergeom(1_000, 100, 50).rvs(4_000, random_state=4)
    chances = np.array([picked_rows(int(one), 50, 100, 1_000) for one in wrong])
    assert (chances <= 0.05).mean() <= 0.06
    assert (chances <= 0.001).mean() <= 0.003
    assert picked_rows(20, 50, 100, 1_000) < 0.001
