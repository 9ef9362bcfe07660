"""Lines of a pull request that may have caused a finding, and what is said beside them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How loudly a line is marked: in the words of GitHub's workflow commands."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in head's files something stands that the pull request changes, or by which it is judged."""

    path: str
    """Relative to the root, with slashes."""
    line: int
    """Counted from 1."""
    what: str
    """What changes there, plain text: `params.yaml:train.C 1.0 → 0.001`."""
    models: tuple[str, ...] = ()
    """The models that are made from it; empty where it belongs to none."""
    table: str = ""
    """The name, in the policy, of the table of data that it is or that it speaks of."""
    card: bool = False
    """Whether it is a points card, or code that is generated from one."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One marked line."""

    path: str
    line: int
    level: Level
    title: str
    message: str
    """Plain text, one line."""
