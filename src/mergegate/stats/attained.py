"""What chance of a false alarm a test really has at a level: less, where only few rows can differ.

With 20 rows that differ, mid-p McNemar at 0.1 % raises a false alarm in 0.08 %: the counts make steps. A family that
knows this gives the rest of alpha to those who can use it (Westfall and Wolfinger, American Statistician 51:3-8, 1997).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Discordant
from mergegate.stats.discordant import mid_p
from mergegate.stats.special import bdtr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mergegate.facts.comparison import Basis

    Floats = NDArray[np.float64]

EXACT_BELOW = 30.0
"""Expected rows that differ, below which mid-p McNemar is summed up exactly."""
MOST_DIFFERING = 75
"""Rows that differ, beyond which the exact sum stops: eight standard deviations above `EXACT_BELOW`."""


class Attained:
    """The chance, for each comparison, of p <= level while nothing changed; never above the level."""

    def __init__(self, bases: Sequence[Basis], margins: Sequence[float]) -> None:
        """Comparisons with a margin, of many rows that differ, or not of a yes/no per row attain their level."""
        self._size = len(bases)
        exact = [
            (index, chance_of_differing(basis.n, share_differing(basis)))
            for index, (basis, margin) in enumerate(zip(bases, margins, strict=True))
            if isinstance(basis, Discordant) and margin == 0 and basis.n * share_differing(basis) < EXACT_BELOW
        ]
        self._exact = np.array([index for index, _ in exact], dtype=np.intp)
        self._chances = np.array([chance for _, chance in exact]).reshape(len(exact), MOST_DIFFERING + 1)

    def __call__(self, levels: Floats) -> Floats:
        """Levels in (0, 1) of all comparisons, shape (m,), to chances."""
        result = np.array(levels, dtype=np.float64)
        asked = result[self._exact]
        for level in np.unique(asked):
            chosen = asked == level
            summed = self._chances[chosen] @ false_alarms(float(level))
            result[self._exact[chosen]] = np.minimum(summed, level)
        return result


def share_differing(basis: Discordant) -> float:
    """Share of rows that differ, one more than were seen in two more rows: none seen is not none possible."""
    return (basis.gained + basis.lost + 1) / (basis.n + 2)


def chance_of_differing(n: int, share: float) -> Floats:
    """The chance that 0, 1, ... MOST_DIFFERING of `n` rows differ."""
    differ = np.arange(MOST_DIFFERING + 1)
    return np.diff(bdtr(np.minimum(differ, n), n, share), prepend=0.0)


def false_alarms(level: float) -> Floats:
    """The chance of p <= level by 0, 1, ... MOST_DIFFERING coin tosses."""
    most = most_gains(level)
    return np.where(most >= 0, bdtr(np.maximum(most, 0), np.arange(MOST_DIFFERING + 1), 0.5), 0.0)


@lru_cache(maxsize=256)
def most_gains(level: float) -> NDArray[np.int64]:
    """For 0 to MOST_DIFFERING rows that differ: the most gains that mid-p McNemar still rejects; -1 where none."""
    return np.array([_most_gains_of(differ, level) for differ in range(MOST_DIFFERING + 1)])


def _most_gains_of(differ: int, level: float) -> int:
    gains = -1
    while gains < differ and mid_p(gains + 1, differ - gains - 1) <= level:
        gains += 1
    return gains
