"""A forest plot: every comparison as a line against its limit, as SVG that needs no script and no style of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.facts.verdict import State
from mergegate.report import numbers
from mergegate.report.plot import gains
from mergegate.report.story import WORDS, name, sliced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts import Finding

MOST_LINES = 120
ROW = 24
LEFT, MIDDLE, RIGHT = 330, 420, 190
"""Widths of the names, the plot and the figures, in SVG units."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison, placed: all coordinates in SVG units, texts not escaped."""

    y: float
    name: str
    state: str
    figures: str
    low: float
    value: float
    high: float
    limit: float | None
    cut_low: bool
    cut_high: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """One plot: comparisons of one unit on one axis."""

    title: str
    lines: tuple[Line, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]
    left_out: int

    @property
    def height(self) -> int:
        """Height of the whole picture."""
        return ROW * (len(self.lines) + 3)


def forests(findings: Sequence[Finding]) -> tuple[Forest, ...]:
    """Place the findings that have an interval: those in points on one axis, each other metric on its own."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        if gains(finding) is not None:
            word = numbers.unit(finding).word.strip()
            kinds.setdefault(word or finding.subject, []).append(finding)
    return tuple(_forest(kind, members) for kind, members in kinds.items())


def _forest(kind: str, findings: list[Finding]) -> Forest:
    """The axis reaches what most intervals need; one that is wider is cut and gets an arrow.

    What a slice of a few rows needs does not count: the intervals of what decides would be dots beside it.
    """
    shown = findings[:MOST_LINES]
    factor = numbers.unit(shown[0]).factor
    placed = [tuple(None if x is None else x * factor for x in gains(f) or ()) for f in shown]
    wide = [sliced(finding) and finding.state is State.CANNOT_TELL for finding in shown]
    deciding = [ends for ends, is_wide in zip(placed, wide, strict=True) if not is_wide] or placed
    reach = _reach(
        [abs(x) for low, _, high, limit in deciding for x in (low, high, limit) if x is not None],
        [abs(value) for _, value, *_ in placed if value is not None],
    )

    def at(x: float) -> float:
        inside = min(max(x, -reach), reach)
        return round(LEFT + (inside + reach) / (2 * reach) * MIDDLE, 1)

    lines = []
    for row, (finding, (low, value, high, limit)) in enumerate(zip(shown, placed, strict=True)):
        if low is None or value is None or high is None:
            continue
        lines.append(
            Line(
                y=ROW * row + ROW,
                name=name(finding),
                state=str(finding.state),
                figures=f"{numbers.change(finding)} ({WORDS[finding.state]})",
                low=at(low),
                value=at(value),
                high=at(high),
                limit=None if limit is None else at(limit),
                cut_low=low < -reach,
                cut_high=high > reach,
            )
        )
    ticks = tuple(
        (at(x), f"{x:+.3g}".replace("-", "−") if x else "0") for x in (-reach, -reach / 2, 0.0, reach / 2, reach)
    )
    return Forest(kind, tuple(lines), at(0.0), ticks, len(findings) - len(shown))


def _reach(ends: list[float], values: list[float]) -> float:
    """Half the axis: every value and nine of ten ends fit, rounded up to a round number."""
    ordered = sorted(ends)
    wanted = max(ordered[int(0.9 * (len(ordered) - 1))], *values, 1e-12)
    power = 10.0 ** _floor_log10(wanted)
    return next(step * power for step in (1, 1.5, 2, 3, 5, 10) if step * power >= wanted * 0.999)


def _floor_log10(x: float) -> int:
    return int(f"{x:e}".split("e")[1])
