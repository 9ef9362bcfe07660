"""The merges that a holdout has decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

HISTORY_FILE = "metrics/history.jsonl"
"""One line for each merge on main that a holdout decided, oldest first."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One line of the history, as far as it is read again."""

    sha: str
    holdouts: Mapping[str, str]
    """By model: the digest of the holdout that decided it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A metric before and after a merge."""

    before: float | None
    after: float | None
    low: float | None
    """The ends of the interval of the change; None where it has none."""
    high: float | None
    state: str


@dataclass(frozen=True, slots=True)
class ToldWaiver:
    """Who accepted what got worse."""

    by: str
    reason: str
    covers: tuple[str, ...]
    head: str
    at: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the history, for a reader: whatever of it is there."""

    sha: str
    day: dt.date | None
    decision: str
    judged: str
    metrics: Mapping[tuple[str, str], Moved]
    """By (model, metric), over all rows of the holdout."""
    holdouts: Mapping[str, str]
    waiver: ToldWaiver | None = None


@dataclass(frozen=True, slots=True)
class Reuse:
    """How often a model's holdout was used before."""

    merges: int
    """Merges that this very holdout has decided so far."""
    renew_after: int
    """So many are enough: then the holdout is to be renewed."""
    wear: float
    """How many times wider its promise is than on the first day."""
