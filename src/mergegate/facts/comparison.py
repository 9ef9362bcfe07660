"""Numbers for one subject: base against head, with all that is needed to bound the change at any level."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is."""
        return 1 if self is Direction.HIGHER else -1


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """The rows that share a value of a column; the overall "slice" has no column."""

    column: str = ""
    value: str = ""

    @property
    def overall(self) -> bool:
        """True for all rows together."""
        return not self.column

    def __str__(self) -> str:
        return "all rows" if self.overall else f"{self.column}={self.value}"


@dataclass(frozen=True, slots=True)
class Discordant:
    """A yes/no per row, rows independent: the two counts of a paired 2x2 table that differ.

    The gain is (gained - lost) / n, in [-1, 1].
    """

    gained: int
    """Rows that head has right and base has wrong."""
    lost: int
    """Rows that base has right and head has wrong."""
    n: int


@dataclass(frozen=True, slots=True)
class Studentised:
    """A gain with a standard error, whose studentised error follows Student's t with `df` degrees."""

    gain: float
    se: float
    df: float
    limit: float = float("inf")
    """The largest absolute gain that is possible (1 for a difference of proportions)."""
    fixed: float = 0.0
    """The part of `se` that more rows do not shrink: the noise of training. At most `se`."""


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """A gain with bootstrap replicates of it (sorted, finite)."""

    gain: float
    sorted: NDArray[np.float64]
    limit: float = float("inf")


Basis = Discordant | Studentised | Replicates
"""What is needed to bound the gain at any level. A gain is oriented: positive is better, whatever the metric."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval, in the metric's own unit and direction, and how it was made."""

    value: float
    low: float
    high: float
    n: int
    """Rows."""
    method: str
    confidence: float = 0.95
    """The two-sided level of the interval."""
    groups: int | None = None
    """Clusters that the interval respects; None where the rows are independent."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Base against head on one metric and one slice, before anybody judges it."""

    model: str
    metric: str
    slice: Slice
    direction: Direction
    before: float
    after: float
    n: int
    groups: int | None
    basis: Basis
    """Of the gain: oriented so that positive is better."""
    method: str
    """A name that docs/statistics.md explains, for example `mid-p McNemar`."""
    margin: float
    """The largest drop that the team accepts, >= 0."""
    caution: str = ""
    """What a reader must know of the method's limits here, for example too few groups."""

    @property
    def change(self) -> float:
        """After minus before, in the metric's own direction."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The comparisons that share one false-block rate, with the correlation of their test statistics if known."""

    comparisons: tuple[Comparison, ...]
    correlation: NDArray[np.float64] | None = None
    """Shape (len(comparisons),) * 2, of the oriented gains; None where it was not estimated."""
