"""The standard error of a gain from what each cluster adds to it, and how many degrees of freedom it has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEW = 20
"""Clusters, below which a reader is told that there are few."""


def cluster_error(influence: Floats, rows: Floats, *, unseen: Floats | None = None) -> tuple[float, float]:
    """Standard error and degrees of freedom; both arrays have shape (clusters,), of clusters that have rows.

    `unseen` are influences to be added to the spread, of what the rows could not show (see `unseen.py`).

    The bias-reduced sandwich CR2 for an average, with the degrees of freedom of Bell and McCaffrey (Survey Methodology
    28:169-181, 2002), under the working model that rows of a cluster move together: it holds with few clusters, and
    with one that has most of the rows. They are lowered to what the kurtosis of the influence supports.
    """
    share = rows / rows.sum()
    keep = share < 1
    if np.count_nonzero(keep) < 2:
        return math.inf, 0.0
    inverse = 1 / (1 - share)
    influence = influence - influence.sum() * share
    variance = float(inverse @ influence**2)
    if unseen is not None:
        variance += float(unseen @ unseen)
        influence = np.append(influence, unseen)
    return math.sqrt(variance), min(bell_mccaffrey(share, share**2), kurtosis_df(influence))


def bell_mccaffrey(share: Floats, variance: Floats) -> float:
    """Satterthwaite's degrees of freedom of the CR2 variance of a mean, with the clusters' working `variance`.

    With K = D^1/2 (I - h 1') V (I - 1 h') D^1/2, h = share, V = diag(variance), D = diag(1 / (1 - h)):
    df = trace(K)^2 / |K|^2, K being diagonal plus rank two, in time and memory linear in the clusters.
    """
    inverse = 1 / (1 - share)
    diagonal = inverse * variance
    left, right = np.sqrt(inverse) * share, np.sqrt(inverse) * variance
    total = float(variance.sum())
    trace = float((diagonal - 2 * left * right + total * left**2).sum())
    ll, rr, lr = float(left @ left), float(right @ right), float(left @ right)
    low_rank = 2 * ll * rr + 2 * lr**2 + total**2 * ll**2 - 4 * total * lr * ll
    cross = float(diagonal @ (total * left**2 - 2 * left * right))
    return trace**2 / (float(diagonal @ diagonal) + low_rank + 2 * cross)


def kurtosis_df(influence: Floats, count: Floats | None = None) -> float:
    """Degrees of freedom with which a sum of squares of independent influences is known: 2 / (its relative variance).

    With k equal influences among many zeros, about 2 k: few rows that differ are little evidence of the spread,
    however many rows there are. About n for normal influences.
    """
    square = influence**2
    weighted = square if count is None else count * square
    n = float(len(influence) if count is None else count.sum())
    second, fourth = float(weighted.sum()), float(weighted @ square)
    if second == 0:
        return n - 1
    relative = fourth / second**2 - 1 / n
    return min(2 / relative, n - 1) if relative > 0 else n - 1


def caution_of(clusters: int) -> str:
    """What to tell a reader of so many clusters."""
    if clusters >= FEW:
        return ""
    return f"only {clusters} groups: the interval is as wide as so few allow"
