"""A change with its interval against the limit, as one short line of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mergegate.report.numbers import allowed

if TYPE_CHECKING:
    from mergegate.facts import Finding

LEGEND = "● change, ━ its interval, ┆ the limit, ┼ no change; right is better"


def gains(finding: Finding) -> tuple[float, float, float, float | None] | None:
    """(low, value, high, limit) turned so that more is better; None where there is no interval to draw."""
    change = finding.change
    if change is None or not all(math.isfinite(x) for x in (change.low, change.value, change.high)):
        return None
    limit = allowed(finding)
    if finding.better == "lower":
        return -change.high, -change.value, -change.low, None if limit is None else -limit
    return change.low, change.value, change.high, limit


def text_plot(finding: Finding, width: int = 15) -> str:
    """Draw `━━●━━──┆─┼`, `width` characters of one font width, no spaces; empty where there is nothing to draw."""
    numbers = gains(finding)
    if numbers is None:
        return ""
    low, value, high, limit = numbers
    marks = [low, value, high, 0.0, *([] if limit is None else [limit])]
    left, right = min(marks), max(marks)
    if right <= left:
        return ""

    def at(x: float) -> int:
        return round((x - left) / (right - left) * (width - 1))

    line = ["─"] * width
    line[at(low) : at(high) + 1] = "━" * (at(high) - at(low) + 1)
    dot = at(value)
    zero = _beside(at(0.0), {dot}, 1 if value < 0 else -1, width) if value else dot
    if limit and zero == at(limit) and zero in {0, width - 1}:  # at an edge it is no change that makes room
        zero = _beside(zero, {zero, dot}, 1 if limit < 0 else -1, width)
    line[zero] = "┼"
    if limit is not None:
        line[_beside(at(limit), {dot, zero}, 1 if value < limit and zero != at(limit) else -1, width)] = "┆"
    line[dot] = "●"
    return "".join(line)


def _beside(cell: int, taken: set[int], step: int, width: int) -> int:
    """Move a mark off another one, to the side on which it lies, so that it is still seen."""
    moved = cell
    while moved in taken and 0 <= moved + step < width:
        moved += step
    return cell if moved in taken else moved
