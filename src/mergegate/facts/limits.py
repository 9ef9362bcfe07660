"""A share of rows, with what is needed to bound it at any level, and absolute limits on such shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.answerpolicy import LimitPolicy


@dataclass(frozen=True, slots=True)
class Rate:
    """Of `n` rows something is true of `hits`; together they tell as much as n / effect independent ones."""

    hits: int
    n: int
    effect: float = 1.0
    """How many times more the share varies than with independent rows, >= 1; infinite where nothing is known."""
    df: float = math.inf
    """Degrees of freedom with which `effect` is known; infinite for independent rows."""
    groups: int | None = None
    """Clusters among the rows; None where they are independent."""

    @property
    def value(self) -> float:
        """The share, in [0, 1]; 0 without rows."""
        return self.hits / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class LimitCell:
    """One class, or one value of a slice column, before and after."""

    value: str
    before: Rate | None
    """None where base has nothing to compare with."""
    after: Rate
    mostly: str = ""
    """For a class: which classes it is mistaken for, or which are mistaken for it, most often; in words."""


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """One line of `limits`: every class or slice value that has enough rows, and all of them together."""

    model: str
    policy: LimitPolicy
    overall: LimitCell
    cells: tuple[LimitCell, ...]
    """Those with at least `min_slice` rows that the metric looks at."""
    small: int = 0
    """How many more there are, with fewer rows."""
    identical: bool = False
    """True where base and head are the same bytes."""
