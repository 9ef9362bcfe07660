"""What `mergegate lint` reads and what it finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextFile:
    """One text file of a repository; none of it is trusted."""

    path: str
    """Relative to the root, with slashes."""
    text: str


@dataclass(frozen=True, slots=True, order=True)
class LintFinding:
    """One way around the gate, with the line that leaves it open."""

    path: str
    line: int
    """Counted from 1."""
    code: str
    what: str
    why: str
    do: str
