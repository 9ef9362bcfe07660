"""The plan as a drawing: stages in columns from what they read to what reads them, as SVG that needs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.facts.plan import Action
from mergegate.report.escape import clean, clip
from mergegate.report.mermaid import drawable, words

if TYPE_CHECKING:
    from mergegate.facts import Plan, RunRecord

WIDE, HIGH, GAP, BETWEEN = 190, 44, 56, 14
"""A stage's box, the room between columns and that between rows, in SVG units."""
_KINDS = {
    Action.RUN: "ran",
    Action.MAY_RUN: "ran",
    Action.RESTORE: "restored",
    Action.UNCHANGED: "calm",
    Action.FROZEN: "frozen",
}


@dataclass(frozen=True, slots=True)
class Box:
    """One stage, placed; texts not escaped."""

    x: int
    y: int
    name: str
    said: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All stages and the curves between them."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[str, ...]
    """Paths, as SVG's `d`."""


def drawing(plan: Plan | None, run: RunRecord | None) -> Drawing | None:
    """Place the stages; None where there are none, or too many to read."""
    if plan is None or not drawable(plan):
        return None
    columns = _columns(plan)
    rows: dict[int, int] = {}
    places: dict[str, tuple[int, int]] = {}
    boxes = []
    for stage in plan.stages:
        column = columns[stage.name]
        row = rows[column] = rows.get(column, -1) + 1
        x, y = column * (WIDE + GAP) + 2, row * (HIGH + BETWEEN) + 2
        places[stage.name] = x, y
        boxes.append(Box(x, y, _short(stage.name, 24), _short(words(stage, run), 28), _KINDS[stage.action]))
    edges = tuple(
        _curve(places[above], places[stage.name])
        for stage in plan.stages
        for above in stage.upstream
        if above in places and columns[above] < columns[stage.name]
    )
    wide = (max(columns.values()) + 1) * (WIDE + GAP) - GAP + 4
    return Drawing(wide, (max(rows.values()) + 1) * (HIGH + BETWEEN) - BETWEEN + 4, tuple(boxes), edges)


def _columns(plan: Plan) -> dict[str, int]:
    """Each stage one column behind the last of those that it reads; the plan names them in that order."""
    columns: dict[str, int] = {}
    for stage in plan.stages:
        columns[stage.name] = 1 + max((columns[above] for above in stage.upstream if above in columns), default=-1)
    return columns


def _short(text: str, size: int) -> str:
    return clip(clean(text), size)


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + WIDE, start[1] + HIGH // 2
    to_x, to_y = end[0], end[1] + HIGH // 2
    half = max((to_x - x) // 2, 20)
    return f"M{x},{y} C{x + half},{y} {to_x - half},{to_y} {to_x},{to_y}"
