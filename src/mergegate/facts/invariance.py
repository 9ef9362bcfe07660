"""Pairs that differ only in what the model must not look at, as both models answered them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.comparison import Basis
    from mergegate.facts.joint import CountTable
    from mergegate.facts.limits import Rate


@dataclass(frozen=True, slots=True, eq=False)
class PairRows:
    """Every pair that is judged, counted by its kind."""

    kinds: tuple[str, ...]
    """Sorted; those that have pairs."""
    counts: tuple[CountTable, ...]
    """For each kind; label is 0, base and head are 1 where the two answers of a pair differ."""
    unanswered: int = 0
    """Pairs of base that head did not answer, or not both halves of: they are not judged."""
    new: int = 0
    """Pairs that only head has: they are not judged."""
    alone: bool = False
    """True where base has no such table yet: base's counts then say nothing."""
    examples: tuple[tuple[str, ...], ...] = ()
    """Pairs that head answers differently, the first row the header."""
    grouped: bool = False
    """True where clusters are the model's groups; otherwise each original with its variants is one."""


@dataclass(frozen=True, slots=True)
class KindCheck:
    """The pairs of one kind."""

    kind: str
    before: Rate | None
    """Flipped pairs of base; None where base has no such table yet."""
    after: Rate
    limit: float
    gain: Basis | None = None
    """Of the share of pairs that do not flip, head against base, paired; None where there is nothing to compare."""


@dataclass(frozen=True, slots=True, eq=False)
class Invariances:
    """All kinds of one model."""

    model: str
    rows: PairRows
    kinds: tuple[KindCheck, ...]
    coverage: float = 1.0
    """The share of base's pairs that head answered."""
    identical: bool = False
    """True where both tables are the same bytes."""
