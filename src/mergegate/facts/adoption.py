"""What `mergegate init` found in somebody else's repository, and what it would write there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a metrics or plots file, with what its name says about it."""

    file: str
    key: str
    value: float
    better: str
    """`higher`, `lower`, or empty where the name does not say."""
    tolerance: float
    why_not: str = ""
    """Why it is not judged, in words; empty where it is."""


@dataclass(frozen=True, slots=True)
class Again:
    """How the judge could compute answers itself, as the pipeline shows it."""

    stage: str
    """The stage that writes them, as DVC addresses it."""
    model: str
    """The model's file, which that stage reads."""
    rows: str = ""
    """The table of held-out rows that it reads; empty where that is not clear."""
    runs_code: bool = False
    """True where loading such a file may run what its maker put there."""


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A table of predictions, as the columns of an output show it."""

    path: str
    rows: int
    fields: Mapping[str, object]
    """The model of the policy, ready to be validated: task, columns, slices, metrics."""
    guesses: Mapping[str, str] = field(default_factory=dict)
    """Field -> why it is what it is, for a comment beside it."""
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What the repository shows."""

    stages: int
    pipelines: tuple[str, ...]
    """Every `dvc.yaml` with a stage."""
    numbers: tuple[Number, ...]
    tables: tuple[AnswerTable, ...]
    remarks: tuple[str, ...] = ()
    """What was seen and not proposed, and why; plain text."""
    library: str = ""
    """`sklearn`, `torch` or empty: with what the pipeline's code trains."""

    @property
    def judged(self) -> tuple[Number, ...]:
        """The numbers that the policy would judge."""
        return tuple(one for one in self.numbers if not one.why_not)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the files around the policy depend on."""

    branch: str
    """The default branch."""
    python: str
    """`3.11`: what the workflows install."""
    version: str
    """Of this mergegate."""
    storage: str
    """The remote's folder, seen from git's top, where it lies inside the repository; else empty."""
    kept: tuple[str, ...]
    """What a run on main may change in git: the locks, and outputs that lie there."""
    owner: str = ""
    """Who is asked, as CODEOWNERS writes it; empty where nobody can know."""
    folder: str = ""
    """Where the DVC project lies below git's top; empty where it lies there."""
    inputs: tuple[str, ...] = ()
    """Files that say which packages the pipeline needs."""


class Fate(StrEnum):
    """What becomes of one file."""

    WRITTEN = "written"
    THERE = "already there"
    YOURS = "kept yours"


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that the adoption needs."""

    path: str
    """Relative to git's top."""
    text: str
    executable: bool = False
    optional: bool = False
    """True where somebody's own file of that name needs nothing of ours."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became, or would become, of a file."""

    draft: Draft
    fate: Fate
    missing: tuple[str, ...] = ()
    """Lines of ours that somebody's own file has not."""
