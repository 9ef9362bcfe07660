"""A value against a mark: one-sided bounds of a proportion or of a mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mergegate.stats.clusters import cluster_error
from mergegate.stats.special import ndtri, stdtrit
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.joint import CountTable

    Floats = NDArray[np.float64]


def wilson(
    successes: float, n: float, level: float, *, design_effect: float = 1.0, df: float = math.inf
) -> tuple[float, float]:
    """Wilson's score bounds of a proportion (JASA 22:209-212, 1927), each one-sided at `level` in (0, 0.5).

    With groups, `design_effect` (how many times the variance of independent rows) shrinks n to its effective size and
    `df` replaces the normal by Student's t. (0, 1) where nothing is known.
    """
    if n <= 0 or not design_effect > 0 or not math.isfinite(design_effect) or not df >= 1:
        return 0.0, 1.0
    effective = n / design_effect
    z = -float(ndtri(level) if math.isinf(df) else stdtrit(df, level))
    share = successes / n
    centre = share + z * z / (2 * effective)
    half = z * math.sqrt(share * (1 - share) / effective + z * z / (4 * effective * effective))
    scale = 1 + z * z / effective
    low = 0.0 if successes <= 0 else max((centre - half) / scale, 0.0)
    high = 1.0 if successes >= n else min((centre + half) / scale, 1.0)
    return low, high


def design_effect(table: CountTable) -> tuple[float, float]:
    """How many times more a share of right answers of head varies than with independent rows, and its degrees.

    (1, inf) for independent rows. Never below 1: groups that look too even are luck. (inf, 0) where one group has all.
    """
    if table.cluster is None:
        return 1.0, math.inf
    size = sum_by(table.cluster, table.count, table.clusters)
    right = sum_by(table.cluster, table.count * (table.head == table.label), table.clusters)
    return clustered_effect(right, size)


def clustered_effect(hits: Floats, size: Floats) -> tuple[float, float]:
    """The same for any share, from each cluster's `hits` and rows, both of shape (clusters,)."""
    present = size > 0
    size, hits = size[present], hits[present]
    n, share = float(size.sum()), float(hits.sum() / size.sum())
    se, df = cluster_error((hits - share * size) / n, size)
    if not math.isfinite(se):
        return math.inf, 0.0
    if not 0 < share < 1:
        # Nothing varies, so nothing is seen of how groups move: as if each were one row.
        return float((size**2).sum()) / n, float(len(size) - 1)
    return max(se * se * n / (share * (1 - share)), 1.0), df
