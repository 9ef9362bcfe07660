"""Which rows changed from right to wrong and from wrong to right: where, and into what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """Some rows: all with a label, all of a slice, or all with a label that are answered with another class."""

    name: str
    lost: int
    """Right before and wrong now."""
    gained: int
    """Wrong before and right now."""
    wrong_before: int
    wrong_now: int


@dataclass(frozen=True, slots=True)
class Discrepancies:
    """Base's mistakes against head's, in counts; each tuple has those that moved most first, and nothing unmoved."""

    model: str
    n: int
    total: Moved
    classes: tuple[Moved, ...]
    """By label."""
    slices: tuple[Moved, ...]
    confusions: tuple[Moved, ...]
    """By cell of the confusion matrix, the right answers aside."""
