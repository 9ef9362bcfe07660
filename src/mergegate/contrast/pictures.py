"""Counts what the HTML report draws, out of what was compared."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from mergegate.contrast.target import mark_on
from mergegate.facts.pictures import Confusion, ConfusionPicture, DataPicture, PowerPicture, TargetPicture
from mergegate.stats.power import mde

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.comparison import Comparison
    from mergegate.facts.data import DataExam
    from mergegate.facts.joint import Joint
    from mergegate.facts.policy import TargetPolicy
    from mergegate.facts.target import TargetCheck

MOST_CELLS = 40
MOST_CLASSES = 20
MOST_MARKS = 60
MOST_PAST = 200
CHANCES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Of a block: for each, the drop that has it."""
_KINDS = ("added", "removed", "relabelled", "edited")


def target_picture(
    target: TargetPolicy, check: TargetCheck, past: tuple[tuple[dt.date, float], ...] = ()
) -> TargetPicture:
    """The schedule from its start (or the first known value, or today) to one step after today."""
    past = past[-MOST_PAST:]
    known = [check.day, *(day for day, _ in past), *([target.start] if target.start else [])]
    days = {min(known), check.day, *([check.next_day] if check.next_day else [])}
    if target.start is not None and check.day > target.start:
        interval = int(target.every[:-1]) * (7 if target.every.endswith("w") else 1)
        steps = min((check.day - target.start).days // interval, target.steps)
        first = max(0, steps - MOST_MARKS)
        days |= {target.start + dt.timedelta(days=interval * step) for step in range(first, steps + 1)}
    marks = tuple((day, mark_on(target, day)) for day in sorted(days))
    return TargetPicture(
        check.model, check.metric, check.day, check.value, check.low, check.high, check.floor, marks, past
    )


def confusion_picture(name: str, joint: Joint) -> ConfusionPicture | None:
    """The cells whose number of rows changed; None where none did, or there are no classes."""
    if not joint.counts:
        return None
    table, wide = joint.counts[0], len(joint.classes)
    label = table.label.astype(np.int64) * wide
    places = [np.where(answer == table.label, -1, label + answer) for answer in (table.base, table.head)]
    known = np.unique(np.concatenate(places))
    known = known[known >= 0]
    before, after = (_rows(known, place, table.count) for place in places)
    moved = [index for index in np.argsort(-np.abs(after - before), kind="stable") if after[index] != before[index]]
    if not moved:
        return None
    cells = tuple(
        Confusion(
            joint.classes[int(known[index]) // wide], joint.classes[int(known[index]) % wide],
            int(before[index]), int(after[index]),
        )
        for index in moved[:MOST_CELLS]
    )  # fmt: skip
    return ConfusionPicture(name, cells, len(moved) - len(cells))


def _rows(known: NDArray[np.int64], place: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    wrong = place >= 0
    return np.bincount(np.searchsorted(known, place[wrong]), count[wrong], len(known)).astype(np.int64)


def data_picture(exam: DataExam) -> DataPicture | None:
    """What the rows of a table became; None where nothing differs."""
    diff = exam.diff
    if diff is None or not diff.changed:
        return None
    moved: Counter[str] = Counter()
    for kind in _KINDS:
        moved[kind] = getattr(diff, kind)
    ordered = sorted(diff.classes.items(), key=lambda one: (-abs(one[1][1] - one[1][0]), one[0]))
    classes = tuple((name, before, after) for name, (before, after) in ordered[:MOST_CLASSES])
    return DataPicture(
        exam.name, tuple((kind, moved[kind]) for kind in _KINDS), classes, max(len(ordered) - MOST_CLASSES, 0)
    )


def power_picture(comparison: Comparison, level: float) -> PowerPicture:
    """The drops that a test at one-sided `level` proves to exceed the margin, by the chance that it does."""
    drops = [(mde(comparison.basis, level, chance, margin=comparison.margin), chance) for chance in CHANCES]
    points: list[tuple[float, float]] = []
    for drop, chance in drops:
        if np.isfinite(drop) and drop >= 0 and (not points or drop > points[-1][0]):
            points.append((float(drop), chance))
    return PowerPicture(comparison.model, comparison.metric, comparison.margin, tuple(points))
