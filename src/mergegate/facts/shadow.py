"""How head's answers on unlabelled rows deviate from base's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.comparison import Slice
    from mergegate.facts.joint import CountTable
    from mergegate.facts.limits import Rate

QUANTILES = (0.05, 0.5, 0.95)
"""Of the scores, as they are shown."""


@dataclass(frozen=True, slots=True)
class ScoreShift:
    """How the scores are distributed before and after."""

    mean: tuple[float, float]
    """Before and after, in the score's own unit."""
    quantiles: tuple[tuple[float, float], ...]
    """Before and after, for each of `QUANTILES`; good to a thousandth of the scores' range."""
    gap: float
    """The largest distance between the two distribution functions (Kolmogorov and Smirnov's statistic), in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class ShadowRows:
    """Base's answers joined with head's, counted."""

    n: int
    """Rows that both answered; 0 where they have none in common."""
    only_base: int
    only_head: int
    slices: tuple[Slice, ...]
    """The first is the overall one."""
    counts: tuple[CountTable, ...]
    """For each slice; label and base are 0, head is 1 where its answer is another than base's."""
    classes: tuple[tuple[str, int, int], ...] = ()
    """(class, how often base answers it, how often head does), by name; none for numbers."""
    moves: tuple[tuple[str, str, int], ...] = ()
    """(base's answer, head's, rows): the most frequent changes, at most ten."""
    scores: ScoreShift | None = None
    """None where the table has no scores."""
    deviations: tuple[tuple[str, ...], ...] = ()
    """The rows with another answer, the first row the header; of many, those with the smallest hashes of their ids."""
    lacking: tuple[str, ...] = ()
    """Columns that the policy names for the model and this table does not have: slices, the group, the score."""


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """The deviations of one model."""

    model: str
    rows: ShadowRows
    rate: Rate
    """Of the rows that both answered, those that head answers otherwise."""
    by_slice: tuple[tuple[Slice, Rate], ...]
    coverage: float
    """The share of base's rows that head answered."""
    identical: bool = False
    """True where both tables are the same bytes."""
