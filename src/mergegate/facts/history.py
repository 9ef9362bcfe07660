"""The merges that a holdout has decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
class Reuse:
    """How often a model's holdout was used before."""

    merges: int
    """Merges that this very holdout has decided so far."""
    renew_after: int
    """So many are enough: then the holdout is to be renewed."""
    wear: float
    """How many times wider its promise is than on the first day."""
