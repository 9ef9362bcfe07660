"""Exact bounds of a share of rows, and its p-value against a limit.

Clopper and Pearson (Biometrika 26:404-413, 1934): the level is kept however few rows there are and however far out the
limit lies, where score tests raise many times the false alarms that they promise. With groups at the effective number
of rows and with the degrees of freedom that the groups support (Korn and Graubard, Survey Methodology 24:193-201,
1998).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.limits import Rate
from mergegate.stats.special import betaincinv, ndtri, stdtrit
from mergegate.stats.sums import sum_by
from mergegate.stats.target import clustered_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mergegate.facts.joint import CountTable

INDEPENDENT = "Clopper-Pearson"
CLUSTERED = "Korn-Graubard, clustered"
_LEAST = 1e-12
"""No p-value below it is looked for."""


def rate_of(table: CountTable, among: NDArray[np.bool_], hit: NDArray[np.bool_]) -> Rate:
    """Of the cells `among`, the share that is also `hit`; both of shape (cells,)."""
    count = table.count * among
    n, hits = int(count.sum()), int(table.count[among & hit].sum())
    if table.cluster is None or not n:
        return Rate(hits, n, groups=None if table.cluster is None else 0)
    size = sum_by(table.cluster, count, table.clusters)
    effect, df = clustered_effect(sum_by(table.cluster, count * hit, table.clusters), size)
    return Rate(hits, n, effect, df, int(np.count_nonzero(size)))


def method_of(rate: Rate) -> str:
    """The name of the method that bounds it, as docs/statistics.md explains it."""
    return INDEPENDENT if rate.groups is None else CLUSTERED


def lower(rate: Rate, level: float) -> float:
    """The one-sided lower bound at `level` in (0, 0.5); 0 where nothing is known."""
    rows = _effective(rate, level)
    hits = rate.value * rows
    return float(betaincinv(hits, rows - hits + 1, level)) if hits > 0 else 0.0


def upper(rate: Rate, level: float) -> float:
    """The one-sided upper bound at `level` in (0, 0.5); 1 where nothing is known."""
    rows = _effective(rate, level)
    hits = rate.value * rows
    return float(betaincinv(hits + 1, rows - hits, 1 - level)) if rows > hits else 1.0


def p_above(rate: Rate, limit: float) -> float:
    """P-value against "the share is at most `limit`": p <= level exactly where the lower bound lies above it."""
    return _smallest(lambda level: lower(rate, level) > limit)


def p_above_times(rate: Rate, times: float, overall: Rate) -> float:
    """P-value against "the share is at most `times` the overall one".

    Each of the two is bounded at half of the level, so that nothing need be known of how they hang together.
    """
    return _smallest(lambda level: lower(rate, level / 2) > times * upper(overall, level / 2))


def _effective(rate: Rate, level: float) -> float:
    """So many independent rows would tell as much, at this level; 0 where nothing is known."""
    if rate.n <= 0 or not math.isfinite(rate.effect) or not rate.df >= 1:
        return 0.0
    shrunk = 1.0 if math.isinf(rate.df) else float(ndtri(level) / stdtrit(rate.df, level)) ** 2
    return rate.n / rate.effect * min(shrunk, 1.0)


def _smallest(rejects: Callable[[float], bool]) -> float:
    """The smallest level that rejects, by bisection; 1 where none up to 0.4999 does. The smaller, the clearer."""
    kept, rejected = math.log(_LEAST), math.log(0.4999)
    if not rejects(math.exp(rejected)):
        return 1.0
    if rejects(_LEAST):
        return _LEAST
    while rejected - kept > 1e-9:
        middle = (kept + rejected) / 2
        if rejects(math.exp(middle)):
            rejected = middle
        else:
            kept = middle
    return math.exp(rejected)
