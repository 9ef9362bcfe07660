"""One chance of a false block for many comparisons: at which level each of them was judged.

Every function returns levels such that `p <= level` is the decision, with the chance of any false one at most alpha.
Those that were rejected carry the level of their step, the others that of the step at which it ended.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mergegate.stats.union import Union

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Share = Callable[[NDArray[np.intp]], float]
    Chance = Callable[[Floats], Floats]

OVERALL_SHARE = 0.48
"""Weight that the comparisons over all rows have together; the slices have the rest. About half: with 20 slices a
drop of everything and a drop of one slice are then caught equally often (docs/statistics.md)."""
PRECISION = 2e-4
"""Of a threshold, relative; the simulation behind it is good to about 5e-3."""
MOST_CORRELATED = 1500
"""Comparisons, above which their correlation is left unused: Holm needs no matrix."""


def holm(p: Floats, alpha: float) -> Floats:
    """Holm's step-down levels (Scandinavian Journal of Statistics 6:65-70, 1979), under any dependence; shape (m,)."""
    return weighted_holm(p, np.ones_like(p), alpha)


def weighted_holm(p: Floats, weights: Floats, alpha: float) -> Floats:
    """Holm's levels with weights > 0 of any sum: heavier comparisons are given more of alpha."""
    return _step_down(p, weights, lambda left: alpha / float(weights[left].sum()))


def step_down_max_t(
    p: Floats,
    correlation: Floats,
    alpha: float,
    rng: np.random.Generator,
    *,
    weights: Floats | None = None,
    attained: Chance | None = None,
) -> Floats:
    """Step-down max-T (as min-p, weighted): levels that know how the comparisons move together; shape (m,).

    Westfall and Young (1993), with the test statistics' joint distribution taken as normal with `correlation`. Never
    below Holm's levels. `attained` turns the levels of all comparisons into the chances of a false alarm that their
    tests really have there (`stats/attained.py`); None: the levels themselves.
    """
    weights = np.ones_like(p) if weights is None else weights
    union = Union(correlation, rng)

    def share(left: NDArray[np.intp]) -> float:
        among = np.isin(np.arange(len(p)), left)
        return _joint_share(
            lambda share: union.probability(_chances(weights * share, attained) * among), weights[left], alpha
        )

    return _step_down(p, weights, share)


def family_levels(
    p: Floats,
    overall: NDArray[np.bool_],
    correlation: Floats | None,
    alpha: float,
    rng: np.random.Generator,
    *,
    attained: Chance | None = None,
) -> Floats:
    """Levels for all comparisons of a pull request: over all rows (`overall`) and slices, in one family; shape (m,).

    The overall comparisons carry `OVERALL_SHARE` of the weight, the slices the rest, neither waits for the other.
    Jointly by max-T where the correlation is known, by Holm where not. `attained` as in `step_down_max_t`.
    """
    if len(p) == 0:
        return np.zeros(0)
    weights = family_weights(overall)
    if correlation is None or len(p) > MOST_CORRELATED:
        return weighted_holm(p, weights, alpha)
    return step_down_max_t(p, correlation, alpha, rng, weights=weights, attained=attained)


def family_p(
    p: Floats,
    overall: NDArray[np.bool_],
    correlation: Floats | None,
    alpha: float,
    rng: np.random.Generator,
    *,
    attained: Chance | None = None,
) -> float:
    """The p-value of the whole family: at most `alpha` exactly where `family_levels` lets at least one be rejected.

    Sharp near `alpha` only: where Bonferroni already decides, its bounds are returned, which saves the simulation.
    """
    if len(p) == 0:
        return 1.0
    weights = family_weights(overall)
    share = float((p / weights).min())
    at_least, at_most = share * float(weights.max()), share * float(weights.sum())
    if at_most <= alpha or correlation is None or len(p) > MOST_CORRELATED:
        return min(at_most, 1.0)
    if at_least > alpha:
        return min(at_least, 1.0)
    return Union(correlation, rng).probability(_chances(weights * share, attained))


def _chances(levels: Floats, attained: Chance | None) -> Floats:
    return levels if attained is None else attained(levels)


def family_weights(overall: NDArray[np.bool_]) -> Floats:
    """Weights that sum to 1: `OVERALL_SHARE` over the overall comparisons, the rest over the slices."""
    several, slices = int(np.count_nonzero(overall)), int(np.count_nonzero(~overall))
    if not several or not slices:
        return np.full(len(overall), 1 / len(overall))
    return np.where(overall, OVERALL_SHARE / several, (1 - OVERALL_SHARE) / slices)


def _step_down(p: Floats, weights: Floats, share: Share) -> Floats:
    """Reject all p <= weight * share(those left), and again with those left, until none is rejected."""
    levels = np.zeros(len(p))
    left = np.arange(len(p))
    lowest = 0.0
    while len(left):
        # With fewer left the share can only grow; simulation must not make it shrink.
        lowest = max(lowest, share(left))
        levels[left] = np.minimum(weights[left] * lowest, 0.5)
        kept = p[left] > levels[left]
        if kept.all():
            break
        left = left[kept]
    return levels


def _joint_share(chance: Callable[[float], float], weights: Floats, alpha: float) -> float:
    """The largest share c for which the `chance` of any p_j <= weight_j * c is at most alpha; no level above alpha."""
    low, high = alpha / float(weights.sum()), alpha / float(weights.max())

    def excess(share: float) -> float:
        return math.log(max(chance(share), 1e-300) / alpha)

    above = excess(high)
    if above <= 0:
        return high
    below = min(excess(low), 0.0)
    while high > low * (1 + PRECISION) and below < -PRECISION:
        # Nearly a straight line in logarithms, so the secant is close at once; kept off the ends, so that both move.
        step = min(max(below / (below - above), 0.02), 0.98)
        middle = low * (high / low) ** step
        found = excess(middle)
        low, below, high, above = (middle, found, high, above) if found <= 0 else (low, below, middle, found)
    return low
