"""What the HTML report draws beside its tables: numbers already counted, nothing judged by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class TargetPicture:
    """A model's value on its way through the schedule of its target."""

    model: str
    metric: str
    day: dt.date
    value: float
    low: float
    high: float
    """One-sided bounds of `value`."""
    floor: float | None
    marks: tuple[tuple[dt.date, float], ...]
    """The schedule: from each day on, what it asks for; the oldest first."""
    past: tuple[tuple[dt.date, float], ...] = ()
    """The model's value after each earlier merge, the oldest first."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """One cell of the confusion matrix, off its diagonal."""

    label: str
    answer: str
    before: int
    after: int
    """Rows with this label that got this answer, by base's model and by head's."""


@dataclass(frozen=True, slots=True)
class ConfusionPicture:
    """The wrong answers whose number changed, those that changed most first."""

    model: str
    cells: tuple[Confusion, ...]
    left_out: int = 0
    """Cells that changed, too."""


@dataclass(frozen=True, slots=True)
class DataPicture:
    """Rows of a table of data by class, on base and on head."""

    table: str
    moved: tuple[tuple[str, int], ...]
    """(`added`, `removed`, `relabelled` or `edited`, rows)."""
    classes: tuple[tuple[str, int, int], ...]
    """(class, rows on base, on head), the biggest movers first; empty where the label is no class."""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class PowerPicture:
    """How surely a drop of one metric would have been proven, on these rows and at the level it was judged at."""

    model: str
    metric: str
    margin: float
    points: tuple[tuple[float, float], ...]
    """(true drop in the metric's own unit, chance that it blocks), rising."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """All of a verdict."""

    targets: tuple[TargetPicture, ...] = ()
    confusions: tuple[ConfusionPicture, ...] = ()
    data: tuple[DataPicture, ...] = ()
    powers: tuple[PowerPicture, ...] = ()
