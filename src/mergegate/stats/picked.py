"""Did the rows that a model has wrong leave more often than the others?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray


def picked_rows(wrong: int, removed: int, wrong_rows: int, rows: int) -> float:
    """One-sided mid-p of Fisher's exact test: P(more wrong ones leave) + P(as many) / 2, for independent rows.

    `wrong` of `removed` rows are wrong, and `wrong_rows` of all `rows`. 1 where nothing was removed.
    """
    if not removed:
        return 1.0
    count = np.arange(wrong, min(removed, wrong_rows) + 1)
    log = _log_choose(wrong_rows, count) + _log_choose(rows - wrong_rows, removed - count) - _log_choose(rows, removed)
    chance = np.exp(log)
    return min(1.0, float(chance.sum() - chance[0] / 2))


def picked_groups(wrong: NDArray[np.int64], removed: NDArray[np.int64], rate: float) -> float:
    """One-sided p-value where the rows of a group leave together; arrays of shape (groups that lost rows,).

    Each group's excess over what `rate`, the share of wrong rows in all of the holdout, leads one to expect is one
    observation; their sum over the root of their sum of squares is a self-normalised sum, which under no selection has
    lighter tails than the normal distribution where the excesses lean to the right, as they do for a rate below 1/2
    (Efron, "Student's t-test under symmetry conditions", JASA 64:1278-1302, 1969). One group alone proves nothing.
    """
    excess = wrong - rate * removed
    spread = math.sqrt(float(excess @ excess))
    return float(ndtr(-float(excess.sum()) / spread)) if spread > 0 else 1.0


def _log_choose(n: int, k: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """ln C(n, k), minus infinity where k is out of range."""
    count = np.asarray(k, dtype=np.float64)
    inside = (count >= 0) & (count <= n)
    held = np.where(inside, count, 0.0)
    found = gammaln(n + 1.0) - gammaln(held + 1.0) - gammaln(n - held + 1.0)
    return np.where(inside, found, -np.inf)
