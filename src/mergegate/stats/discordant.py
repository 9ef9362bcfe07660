"""A yes/no per row and model, rows independent: exact and score tests on the two counts that differ.

The mid-p McNemar test is the best of the exact kind (Fagerland, Lydersen, Laake, BMC Med Res Methodol 13:91, 2013);
at a margin the score test of Tango (Statistics in Medicine 17:891-908, 1998) holds its level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mergegate.stats.special import bdtr, ndtr

if TYPE_CHECKING:
    from collections.abc import Callable


def mid_p(gained: int, lost: int) -> float:
    """One-sided mid-p McNemar: P(fewer gains) + P(as few gains) / 2, where each of the rows that differ is a coin toss.

    Small where head lost more rows than it gained. 1 where no row differs: nothing was seen.
    """
    differ = gained + lost
    if not differ:
        return 1.0
    below = float(bdtr(gained - 1, differ, 0.5)) if gained else 0.0
    return (below + float(bdtr(gained, differ, 0.5))) / 2


def tango_z(gained: int, lost: int, n: int, gain: float) -> float:
    """Tango's score statistic against "the true gain is `gain`" (in [-1, 1]); negative where less was seen."""
    if gain < 0:
        return -tango_z(lost, gained, n, -gain)
    distance = gained - lost - n * gain
    linear = (2 * n - gained + lost) * gain - gained - lost
    constant = -lost * gain * (1 - gain)
    root = math.sqrt(linear * linear - 8 * n * constant)
    # The likelihood's root for the chance of a loss, in the form that does not cancel.
    loss = (root - linear) / (4 * n) if linear <= 0 else -2 * constant / (root + linear)
    variance = n * (2 * loss + gain * (1 - gain))
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def p_of_gain(gained: int, lost: int, n: int) -> Callable[[float], float]:
    """The p-value against "the true gain is at least x" as a function of x in (-1, 1], falling as x rises.

    Tango's test everywhere but at 0, where mid-p McNemar decides. The two differ by a little, so that one could say
    "below 0" and the other "not below -0.00001". To keep p monotone, mid-p is a floor for p below 0 and a ceiling
    above it: who is not proven below 0 is not proven below anything smaller, either.
    """
    at_zero = mid_p(gained, lost)

    def p(gain: float) -> float:
        if gain == 0:
            return at_zero
        tango = float(ndtr(tango_z(gained, lost, n, gain)))
        return max(tango, at_zero) if gain < 0 else min(tango, at_zero)

    return p
