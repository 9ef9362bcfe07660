"""P-values and confidence bounds of a gain that never contradict each other.

A bound is the p-value turned around: the upper bound is the largest gain that the test does not reject, found to the
last float. So "p is at most the level" and "the bound lies beyond" are one statement, whatever the basis.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Discordant, Studentised
from mergegate.stats import discordant
from mergegate.stats.special import stdtr, stdtrit

if TYPE_CHECKING:
    from collections.abc import Callable

    from mergegate.facts.comparison import Basis, Replicates


def bounds(basis: Basis, level: float) -> tuple[float, float]:
    """One-sided lower and upper confidence bounds of the gain, each at one-sided `level` in (0, 0.5).

    Together they are a two-sided interval of confidence 1 - 2 * level. Inside [-limit, limit]; infinite only where
    nothing is known of a gain without a limit.
    """
    return -_upper(mirrored(basis), level) + 0.0, _upper(basis, level)


def p_drop(basis: Basis, margin: float) -> float:
    """P-value against "the gain is at least -margin": small where head is proven worse by more than `margin` >= 0."""
    return _p_at_least(basis)(-margin)


def p_gain(basis: Basis) -> float:
    """P-value against "the gain is at most 0": small where head is proven better."""
    return _p_at_least(mirrored(basis))(0.0)


def mirrored(basis: Basis) -> Basis:
    """The same evidence with base and head changed about."""
    if isinstance(basis, Discordant):
        return Discordant(basis.lost, basis.gained, basis.n)
    if isinstance(basis, Studentised):
        return replace(basis, gain=-basis.gain)
    return type(basis)(-basis.gain, -basis.sorted[::-1], basis.limit)


def limit_of(basis: Basis) -> float:
    """The largest absolute gain that is possible."""
    return 1.0 if isinstance(basis, Discordant) else basis.limit


def _p_at_least(basis: Basis) -> Callable[[float], float]:
    """The p-value against "the true gain is at least x", as a function of x; 1 where that cannot be false."""
    within = _p_within(basis)
    limit = limit_of(basis)
    return lambda gain: 1.0 if gain <= -limit else within(gain)


def _p_within(basis: Basis) -> Callable[[float], float]:
    if isinstance(basis, Discordant):
        return discordant.p_of_gain(basis.gained, basis.lost, basis.n) if basis.n else lambda _: 1.0
    if isinstance(basis, Studentised):
        return lambda gain: _studentised(basis, gain)
    count = len(basis.sorted)
    return lambda gain: (1 + count - int(np.searchsorted(basis.sorted, gain, side="left"))) / (count + 1)


def _studentised(basis: Studentised, gain: float) -> float:
    """Student's t; without any spread the sign test is what remains; with less than one degree, nothing."""
    if not basis.df >= 1 or not math.isfinite(basis.se):
        return 1.0
    if basis.se > 0:
        return float(stdtr(basis.df, (basis.gain - gain) / basis.se))
    if basis.gain >= gain:
        return 1.0
    return float(2.0 ** -min(basis.df + 1, 1000.0))


def _upper(basis: Basis, level: float) -> float:
    """The largest gain in [-limit, limit] that is not rejected at `level`."""
    limit = limit_of(basis)
    p = _p_at_least(basis)

    def rejects(gain: float) -> bool:
        return p(gain) <= level

    if not rejects(limit if math.isfinite(limit) else sys.float_info.max):
        return limit
    if isinstance(basis, Discordant):
        return _discordant_upper(rejects)
    if isinstance(basis, Studentised):
        return _studentised_upper(basis, level, rejects)
    return _replicates_upper(basis, rejects)


def _discordant_upper(rejects: Callable[[float], bool]) -> float:
    """Between -1, which is never rejected, and 1; on the side of 0 that mid-p McNemar says."""
    if rejects(0.0):
        just_below = math.nextafter(0.0, -1.0)
        return _last_kept(-1.0, just_below, rejects) if rejects(just_below) else just_below
    return _last_kept(0.0, 1.0, rejects)


def _studentised_upper(basis: Studentised, level: float, rejects: Callable[[float], bool]) -> float:
    """The textbook bound, moved by the few last digits in which it and the p-value may round apart."""
    if basis.se == 0:
        return basis.gain
    guess = basis.gain - basis.se * float(stdtrit(basis.df, level))
    guess = min(max(guess, -basis.limit), basis.limit)
    step = 4 * max(math.ulp(guess), math.ulp(basis.gain), math.ulp(basis.se))
    kept, rejected = guess, guess
    while rejects(kept):
        kept, step = kept - step, 2 * step
    while not rejects(rejected):
        rejected, step = rejected + step, 2 * step
    return max(_last_kept(kept, rejected, rejects), -basis.limit)


def _replicates_upper(basis: Replicates, rejects: Callable[[float], bool]) -> float:
    """The replicate above which no more lie than the level allows."""
    first, last = 0, len(basis.sorted)
    while first < last:
        middle = (first + last) // 2
        if rejects(float(basis.sorted[middle])):
            last = middle
        else:
            first = middle + 1
    return min(float(basis.sorted[first - 1]), basis.limit)  # the smallest is never rejected, so first > 0


def _last_kept(kept: float, rejected: float, rejects: Callable[[float], bool]) -> float:
    """The largest float in [kept, rejected) that `rejects` does not reject, by bisection."""
    while True:
        middle = (kept + rejected) / 2
        if not kept < middle < rejected:
            return kept
        if rejects(middle):
            rejected = middle
        else:
            kept = middle
