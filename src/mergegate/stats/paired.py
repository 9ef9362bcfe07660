"""What every paired statistic returns: the two values, the basis of the gain, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.comparison import Basis


@dataclass(frozen=True, slots=True)
class Undefined:
    """The metric has no value on these rows; `why` is a clause in plain words, without a final stop."""

    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Base against head on the same rows."""

    before: float
    after: float
    """In the metric's own unit and direction; always finite."""
    basis: Basis
    """Of the gain: positive is better, whatever the metric's direction."""
    n: int
    """Rows that the metric looks at (for a recall: those of its class)."""
    groups: int | None
    """Clusters among these rows; None where they are independent."""
    method: str
    """A name that docs/statistics.md explains."""
    caution: str = ""
    """What a reader must know of the method's limits here; empty where nothing."""
    influence: NDArray[np.float64] | None = None
    """Shape (table.clusters,): what each cluster adds to the gain, summing to about 0; None without clusters."""
