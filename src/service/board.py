"""What is served right now. Each request reads it once, so that an answer is of one version, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.settings import MODELS

if TYPE_CHECKING:
    from service.answers import IntentAnswers, LoanAnswers


@dataclass(frozen=True, slots=True)
class Version:
    """Which version it is, and where it comes from."""

    model: str
    version: str
    """`v1.2.0`, or `unreleased`."""
    digest: str
    """SHA-256 of the file that decides."""
    commit: str
    since: str
    """UTC: since when it stands in the stage, or, unreleased, since when it is served."""
    stage: str = ""
    """Empty for a revision that nobody promoted."""
    number: int = 0
    """Of the stage's tag."""
    state: str = ""
    """Of a working tree: another one where its files are others."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A version that proved its digests and golden answers."""

    version: Version
    answers: IntentAnswers | LoanAnswers
    golden: int
    """Answers that held."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the newest version is not served."""

    version: str
    """Empty where not even that is known."""
    why: str
    at: str


@dataclass(eq=False)
class Board:
    """The served version of each model. Each change is one assignment, seen whole or not at all."""

    served: dict[str, Served] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    draining: bool = False
    """True from SIGTERM on."""
    closed: bool = False
    """True from when new requests are refused."""

    @property
    def ready(self) -> bool:
        """Whether every model is served, and will be for a while."""
        return not self.draining and all(model in self.served for model in MODELS)
