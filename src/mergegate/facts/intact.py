"""What a pull request does to that which it is judged by, as git shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Odd:
    """A file that does something by being there."""

    path: str
    what: str
    """What it does, in words."""
    blocks: bool = False
    """True where there is no honest use for it."""


@dataclass(frozen=True, slots=True)
class ClaimedMetrics:
    """A metrics file that the pull request commits, against what base's stage writes of the evidence."""

    path: str
    differing: tuple[tuple[str, str, str], ...] = ()
    """(name, as claimed, as computed) of each number that differs."""
    why_not: str = ""
    """Why it was not computed, in words; empty where it was."""
    failed: bool = False
    """True where nothing excuses that."""
    beyond: bool = False
    """True where it is of no model and of no answers, so that computing it again would mean to train again."""
    code: tuple[str, ...] = ()
    """Where it was not computed because the pull request changes that code: the files, as far as they are files."""


@dataclass(frozen=True, slots=True)
class EditedRows:
    """Held-out rows that keep their id and ask something else."""

    model: str
    rows: int
    columns: tuple[str, ...]
    """Those that differ somewhere."""


@dataclass(frozen=True, slots=True)
class Intact:
    """Everything that the judge found by comparing the two commits."""

    known: bool = False
    """False where the pull request's commit is not there to look at."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Changed file -> its owners in base's CODEOWNERS; a file without is left out."""
    weakened: tuple[tuple[str, str], ...] = ()
    """(stage, what of it no longer holds)."""
    groundless: tuple[tuple[str, str], ...] = ()
    """(output, stage): its hash in dvc.lock changed and nothing that it is made of did."""
    other: tuple[str, ...] = ()
    """Outputs that the pull request's dvc.lock names, and of which another file was handed over."""
    metrics: tuple[ClaimedMetrics, ...] = ()
    odd: tuple[Odd, ...] = ()
    edited: tuple[EditedRows, ...] = ()
    undeclared: tuple[tuple[str, str], ...] = ()
    """(stage, file): code that the stage imports, that the pull request changes, and on which the stage does not
    depend."""
