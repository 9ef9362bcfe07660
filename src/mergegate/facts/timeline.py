"""What main has been through, for the history page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from mergegate.facts.evidence import Absent
    from mergegate.facts.history import Told
    from mergegate.facts.release import Release, Standing


@dataclass(frozen=True, slots=True)
class Size:
    """A table or folder as one merge left it."""

    path: str
    day: dt.date
    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Use:
    """How often a model's holdout decided a merge."""

    model: str
    holdout: str
    """The digest of its ids and labels."""
    merges: int
    renew_after: int
    wear: float
    """How many times wider its promise is than on the first day."""
    current: bool
    """False for one that was renewed since."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The schedule of a target over the days of the history."""

    model: str
    metric: str
    floor: float | None
    marks: tuple[tuple[dt.date, float], ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it, each the oldest first."""

    sha: str
    """The commit that it was read at."""
    merges: tuple[Told, ...] = ()
    sizes: tuple[Size, ...] = ()
    uses: tuple[Use, ...] = ()
    targets: tuple[Marks, ...] = ()
    releases: tuple[Release, ...] = ()
    standings: tuple[Standing, ...] = ()
    absent: tuple[Absent, ...] = ()
    """What could not be read, and why."""
