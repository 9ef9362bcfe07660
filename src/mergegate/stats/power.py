"""What these rows can show: the smallest drop that would be proven with 80 % power, and the rows that it would take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mergegate.errors import UseError
from mergegate.facts.comparison import Discordant, Studentised
from mergegate.stats.attained import EXACT_BELOW, chance_of_differing, most_gains, share_differing
from mergegate.stats.special import bdtr, gammaincinv, ndtr, ndtri, stdtrit

if TYPE_CHECKING:
    from mergegate.facts.comparison import Basis

MOST_ROWS = 10**15
"""What `rows_needed` answers where no number of rows would do."""


def mde(basis: Basis, level: float, power: float = 0.8, *, margin: float = 0.0) -> float:
    """Smallest drop (>= 0) that a test at one-sided `level` proves to exceed `margin` with probability `power`.

    The largest possible drop (perhaps infinite) where even that would not be proven.
    """
    return _outlook(basis).mde(level, power, margin)


def rows_needed(basis: Basis, n: int, drop: float, level: float, power: float = 0.8, *, margin: float = 0.0) -> int:
    """Rows like these `n` (the same share differing, groups of the same size) that would prove `drop` > `margin`."""
    if not drop > margin or n < 1:
        raise UseError(
            f"no number of rows proves a drop of {drop:g} to exceed a margin of {margin:g}",
            do="ask for a drop that is larger than the margin",
        )
    outlook = _outlook(basis)

    def enough(rows: int) -> bool:
        return outlook.scaled(rows / n).proves(drop, level, power, margin)

    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST_ROWS:
            return MOST_ROWS
    while high - low > 1 + high // 10_000:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


class _Outlook(Protocol):
    """What more rows like the ones seen would bring."""

    def mde(self, level: float, power: float, margin: float) -> float: ...

    def proves(self, drop: float, level: float, power: float, margin: float) -> bool: ...

    def scaled(self, factor: float) -> _Outlook: ...


def _outlook(basis: Basis) -> _Outlook:
    if isinstance(basis, Discordant):
        return _Rows(share_differing(basis), float(basis.n))
    if isinstance(basis, Studentised):
        return _Error(basis.se, basis.df, basis.limit, basis.fixed)
    return _Error(float(np.std(basis.sorted)), math.inf, basis.limit)


@dataclass(frozen=True, slots=True)
class _Error:
    """A gain with a standard error."""

    se: float
    df: float
    limit: float
    fixed: float = 0.0
    """The part of `se` that more rows do not shrink."""

    def mde(self, level: float, power: float, margin: float) -> float:
        if not self.df >= 1 or not math.isfinite(self.se):
            return self.limit
        if self.se == 0:
            return margin if 2.0 ** -min(self.df + 1, 1000.0) <= level else self.limit
        return min(margin + self.se * _noncentrality(self.df, level, power), self.limit)

    def proves(self, drop: float, level: float, power: float, margin: float) -> bool:
        return self.mde(level, power, margin) <= drop

    def scaled(self, factor: float) -> _Error:
        if not self.fixed:
            return _Error(self.se / math.sqrt(factor), self.df * factor, self.limit)
        of_rows = max(self.se**2 - self.fixed**2, 0.0)
        return _Error(math.sqrt(self.fixed**2 + of_rows / factor), self.df, self.limit, self.fixed)


def _noncentrality(df: float, level: float, power: float) -> float:
    """How many standard errors away the truth must lie for a t test at `level` to reject with probability `power`.

    The noncentral t as a normal over the root of a chi-square, averaged over quantiles of the latter: SciPy's inverse
    does not return for a critical value in the thousands.
    """
    if df > 1000:
        return float(ndtri(1 - level) + ndtri(power))
    spread = np.sqrt(2 * gammaincinv(df / 2, (np.arange(200) + 0.5) / 200) / df)
    critical = -float(stdtrit(df, level)) * spread
    low, high = 0.0, float(critical.max()) + 10.0
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if float(ndtr(middle - critical).mean()) >= power else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class _Rows:
    """Independent rows, a `share` of which differ between the models."""

    share: float
    n: float

    limit = 1.0

    def mde(self, level: float, power: float, margin: float) -> float:
        low, high = margin, self.limit
        while high - low > 1e-3 * high and high > 1e-12:
            middle = (low + high) / 2
            low, high = (low, middle) if self.proves(middle, level, power, margin) else (middle, high)
        return high

    def proves(self, drop: float, level: float, power: float, margin: float) -> bool:
        share = min(max(self.share, drop), 1.0)
        if margin == 0 and self.n * share < EXACT_BELOW:
            return _exact_power(share, round(self.n), drop, level) >= power
        under_null = math.sqrt(max(share - margin**2, 0.0) / self.n)
        under_drop = math.sqrt(max(share - drop**2, 1e-12) / self.n)
        return float(ndtr((drop - margin + float(ndtri(level)) * under_null) / under_drop)) >= power

    def scaled(self, factor: float) -> _Rows:
        return _Rows(self.share, self.n * factor)


def _exact_power(share: float, n: int, drop: float, level: float) -> float:
    """Chance that mid-p McNemar rejects where a `share` of `n` rows differ and head loses `drop` more than it gains."""
    most = most_gains(level)
    differ = np.arange(len(most))
    caught = np.where(most >= 0, bdtr(np.maximum(most, 0), differ, (1 - drop / share) / 2), 0.0)
    return float(chance_of_differing(n, share) @ caught)
