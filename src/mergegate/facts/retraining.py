"""When the data last changed, against the schedule that the team set itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

ALARM_AFTER = 3
"""Periods without new data after which somebody should look."""


@dataclass(frozen=True, slots=True)
class Retraining:
    """The schedule of `ci.retrain`, and where it stands."""

    weeks: int
    """Of one period."""
    last: dt.date
    """When a commit last changed the data (UTC)."""
    today: dt.date
    data: tuple[str, ...] = ("data.dvc",)
    """The files that name the data."""

    @property
    def due(self) -> bool:
        """Whether this week is one to retrain in.

        Whole weeks are counted, Monday to Monday: whoever merges on a Wednesday is due again on a Monday, not on the
        Monday after that, so that the days which a pull request waits do not add up.
        """
        return _week(self.today) - _week(self.last) >= self.weeks

    @property
    def late(self) -> bool:
        """Whether nothing came for three periods."""
        return (self.today - self.last).days >= 7 * self.weeks * ALARM_AFTER


def _week(day: dt.date) -> int:
    """The weeks since a Monday long ago: day 1 of the calendar."""
    return (day.toordinal() - 1) // 7
