"""A registered version of a model, and where it stands: test, production."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.facts.waiver import Waiver

Role = Literal["model", "golden", "code", "smoke"]
"""What a released file is for: it decides; it holds answers that a service must give again; it is run; it holds what
the service of test is asked before production."""
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
STAGES = ("test", "prod")
"""The environments, in the order in which a version goes through them."""


def stamp(moment: dt.datetime) -> str:
    """A moment as tags, records and the service tell it, in UTC to the second: `2026-11-22T12:00:00Z`."""
    return moment.astimezone(dt.UTC).strftime(_STAMP)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A released file, known by the hash of its bytes."""

    role: Role
    path: str
    """Inside the repository, with slashes."""
    md5: str
    """32 hex digits: DVC's name for it, and its address in the remote."""
    sha256: str
    """64 hex digits, computed at registration from the bytes that hashed to `md5`."""
    size: int
    in_git: bool
    """True where the commit holds the bytes, and not the remote."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of the released model on its holdout."""

    name: str
    value: float
    low: float | None
    """The ends of the interval; None where it has none."""
    high: float | None
    n: int
    """Rows."""
    confidence: float
    """Of the interval: 0.95."""
    method: str
    slice: tuple[str, str] | None = None
    """(column, value); None over all rows."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict that let a commit be registered."""

    decision: str
    """`merge` (by an owner's waiver, too), or `unsure` where the policy lets that be registered."""
    base: str
    """The commit that it was compared with."""
    question: str
    policy: str
    """SHA-256 of the policy that judged."""
    sha256: str
    """Of verdict.json itself."""


@dataclass(frozen=True, slots=True)
class Release:
    """A registered version: what its annotated tag says of it."""

    model: str
    version: str
    """`v1.2.0`."""
    commit: str
    """40 hex digits: the commit that made it, on main."""
    artefacts: tuple[Artefact, ...]
    data: Mapping[str, str]
    """What it was trained from, as far as DVC tracks it: path -> md5 (`.dir` for a folder)."""
    params: Mapping[str, object]
    """`params.yaml:train.C` -> value: those of the stages that made it."""
    libraries: Mapping[str, str]
    metrics: tuple[Measured, ...]
    verdict: Judged
    waiver: Waiver | None
    by: str
    """Who registered it."""
    at: str
    """When (UTC): `2026-11-22T12:00:00Z`."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the file that decides: the first artefact in the role `model`."""
        return next(artefact.sha256 for artefact in self.artefacts if artefact.role == "model")


@dataclass(frozen=True, slots=True)
class Smoke:
    """What a running service answered before its version went to production."""

    service: str
    """Its address."""
    asked: int
    passed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Which version is in an environment, since when, and how it came there."""

    model: str
    stage: str
    """`test` or `prod`."""
    release: Release
    since: str
    """UTC, as `Release.at`."""
    by: str
    came_from: str
    """The stage that it came from; empty for one that came from registration, or back from history."""
    number: int
    """Of the stage's tag: the highest is in force."""
    smoke: Smoke | None = None
