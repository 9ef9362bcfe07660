"""A model's value against the mark that the policy sets for a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """Head's overall value of one metric, with how far below and above it the truth may lie."""

    model: str
    metric: str
    value: float
    """Head's value, in the metric's own unit."""
    low: float
    high: float
    """One-sided bounds of `value`, each at `level`: the model misses a mark only where `high` lies below it."""
    mark: float
    """What the schedule asks for on `day`."""
    floor: float | None
    """The mark that blocks; None where the schedule itself blocks."""
    n: int
    """Rows."""
    day: dt.date
    """The day (UTC) for which the mark holds."""
    level: float = 0.05
    """One-sided level of each bound."""
    groups: int | None = None
    """Clusters that the bounds respect; None where the rows are independent."""
    method: str = ""
    """A name that docs/statistics.md explains."""
    next_mark: float | None = None
    """What the schedule asks for after its next step; None where it has ended or does not rise."""
    next_day: dt.date | None = None
    """The day of that step."""
    caution: str = ""
    """What a reader must know of the bounds' limits here."""

    @property
    def required(self) -> float:
        """The mark that blocks: the floor where there is one, the schedule otherwise."""
        return self.mark if self.floor is None else self.floor
