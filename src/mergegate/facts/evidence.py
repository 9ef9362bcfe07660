"""What one revision has to show, and what it has not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Absent:
    """Evidence that is not there. It is a value, so that it reaches the report instead of being lost."""

    what: str
    why: str
    do: str = ""
    side: str = ""
    """`base` or `head`: who should have brought it; empty where it decides nothing."""
    model: str = ""
    bootstrap: bool = False
    """True where there never was any: the base has no such pipeline, model or table yet."""
    scheduled: bool = False
    """True where it is made by the scheduled training alone, as base's params.yaml says: not judged, and said so."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A git revision, or the working tree on top of one."""

    name: str
    """As it was asked for: `main`, `HEAD~1`, `workspace`."""
    sha: str
    """40 hex digits; for the working tree those of HEAD."""
    dirty: bool = False
    """True for a working tree that differs from `sha`."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that DVC tracks, or that was handed over, on this machine's disk and verified."""

    name: str
    """The path inside the repository, as the policy names it."""
    path: Path
    """Where its bytes are now (the DVC cache, the working tree or a hand-over folder)."""
    md5: str
    size: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the gate knows of one revision, keyed by the paths that the policy names."""

    revision: Revision
    tables: Mapping[str, TableFile | Absent] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    """Flattened: `params.yaml:train.C` -> value."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """Flattened like the params; shown, never judged."""
    same: Mapping[str, str] = field(default_factory=dict)
    """Tables that are only looked at where they change, and are base's own: path -> hash. They were not brought."""
