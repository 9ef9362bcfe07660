"""Numbers as a reader wants them: points for shares, own units for losses, and never more digits than are known."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts import Finding

_OWN_UNIT = frozenset({"log_loss", "brier", "ece", "mae", "rmse", "r2", "pinball", "mcc"})
"""Metrics that are no share of rows: their changes are told as they are, not in percentage points."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How the changes of one finding are written."""

    factor: float
    word: str
    """` points`, or nothing where the metric has its own unit."""
    decimals: int

    def signed(self, x: float) -> str:
        """A change with its sign, without the unit's word."""
        if not math.isfinite(x):
            return "unbounded" if math.isnan(x) else ("+∞" if x > 0 else "−∞")
        shown = f"{x * self.factor:+,.{self.decimals}f}"
        is_zero = not re.search("[1-9]", shown)
        return shown.lstrip("+-") if is_zero else shown.replace("-", "−")

    def limit(self, x: float) -> str:
        """A limit with its sign, as short as it was written in the policy."""
        shown = f"{x * self.factor:+.6g}"
        return "0" if x == 0 else shown.replace("-", "−")


def unit(finding: Finding) -> Unit:
    """Return the unit of a finding's change, with as many decimals as its interval deserves."""
    numbers = [x for x in (finding.before, finding.after) if x is not None]
    own = any(word in _OWN_UNIT for word in re.split(r"\W+", finding.subject))
    share = not own and bool(numbers) and all(0 <= x <= 1 for x in numbers)
    factor = 100.0 if share else 1.0
    return Unit(factor, " points" if share else "", _decimals(finding, factor, share=share))


def _decimals(finding: Finding, factor: float, *, share: bool) -> int:
    """Enough that the interval has a digit, and that no end of it seems to lie on a limit on which it does not lie."""
    if finding.change is None:
        return 1 if share else 3
    ends = [x * factor for x in (finding.change.low, finding.change.high, finding.change.value) if math.isfinite(x)]
    half = (max(ends) - min(ends)) / 2 if ends else 0.0
    decimals = min(max(1 if share else 0, -math.floor(math.log10(half)) if half > 0 else 1), 6)
    limit = allowed(finding)
    while limit is not None and decimals < 6 and any(_looks_equal(x, limit * factor, decimals) for x in ends[:2]):
        decimals += 1
    return decimals


def _looks_equal(x: float, limit: float, decimals: int) -> bool:
    """True where two numbers that differ are written alike."""
    return not math.isclose(x, limit, rel_tol=1e-9, abs_tol=1e-12) and round(x, decimals) == round(limit, decimals)


def allowed(finding: Finding) -> float | None:
    """The change at which the limit lies, in the metric's own direction: below 0 where higher is better."""
    if finding.margin is None:
        return None
    return finding.margin if finding.better == "lower" else -finding.margin


def value(x: float, decimals: int = 3) -> str:
    """One value of a metric: 0.913; whole numbers of two or more as they are."""
    if not math.isfinite(x):
        return "not a number" if math.isnan(x) else ("∞" if x > 0 else "−∞")
    if abs(x) >= 2 and x == int(x) and abs(x) < 1e15:
        return f"{int(x):,}".replace("-", "−")
    if abs(x) >= 1e15 or 0 < abs(x) < 10**-decimals:
        return f"{x:.3g}".replace("-", "−")
    return f"{x:,.{decimals if abs(x) < 1000 else 1}f}".replace("-", "−")


def pair(before: float | None, after: float | None) -> str:
    """`0.913 → 0.871`, with a fourth digit where three would hide the change."""
    if before is None or after is None:
        return "" if before is after else f"{_or_none(before)} → {_or_none(after)}"
    three = (value(before), value(after))
    if three[0] == three[1] and before != after:
        three = (value(before, 4), value(after, 4))
    return f"{three[0]} → {three[1]}"


def _or_none(x: float | None) -> str:
    return "none" if x is None else value(x)


def interval(finding: Finding) -> str:
    """`95 % −5.1 to −3.3`; empty where the finding has no interval."""
    change = finding.change
    if change is None:
        return ""
    as_written = unit(finding)
    level = f"{_level(change.confidence)} %"
    return f"{level} {as_written.signed(change.low)} to {as_written.signed(change.high)}"


def _level(confidence: float) -> str:
    """Percent, rounded down to what a reader can use: 98, 99.8, 99.97. The exact level is in verdict.json."""
    percent = confidence * 100
    decimals = 0 if percent < 99 else 1 if percent < 99.9 else 2
    return f"{math.floor(percent * 10**decimals + 1e-9) / 10**decimals:g}"


def change(finding: Finding) -> str:
    """`−4.2 points`; empty where the finding has no change."""
    if finding.change is None:
        return ""
    as_written = unit(finding)
    return as_written.signed(finding.change.value) + as_written.word


def limit(finding: Finding) -> str:
    """`limit −0.5`; empty where the finding has no margin."""
    at = allowed(finding)
    return "" if at is None else f"limit {unit(finding).limit(at)}"


def rows(finding: Finding) -> str:
    """`7,512 rows in 401 groups`."""
    if finding.change is None:
        return ""
    groups = f" in {finding.change.groups:,} groups" if finding.change.groups is not None else ""
    return f"{finding.change.n:,} rows{groups}"
