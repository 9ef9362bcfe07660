"""What the pull request changes of what its models are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a change is a change of."""

    CODE = "code"
    PARAMS = "params"
    DATA = "data"
    LIBRARIES = "libraries"
    STAGE = "stage"
    """The definition of a stage in `dvc.yaml`; it is mixed together with the code."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs."""

    kind: Kind
    what: str
    """The file, the param, the library or the stage."""
    before: str
    after: str
    stages: tuple[str, ...] = ()
    """Addresses of the stages that read it themselves."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a model is made by, and how far it moved."""

    model: str
    stages: frozenset[str]
    """Addresses of the stage that writes its predictions and of all that it needs."""
    moved: str
    """How its metrics moved over all rows, in words."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of change, and how much of the difference it made."""

    name: str
    amounts: tuple[float, ...]
    """For each metric, in its own unit."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """How much of a model's change each kind of change made."""

    model: str
    metrics: tuple[str, ...]
    parts: tuple[Part, ...]
    mixes: int
    """How many mixed pipelines were run for it."""
