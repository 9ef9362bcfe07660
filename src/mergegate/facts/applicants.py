"""Rows of people that a card decides on, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Applicants:
    """Held-out or training rows; every array has shape (n,), and the rows are in the order of their ids."""

    ids: NDArray[np.object_]
    positive: NDArray[np.bool_]
    """True where the right decision is to approve."""
    numbers: Mapping[str, NDArray[np.float64]]
    """By feature: NaN where it is missing, infinite where something stands there that is no number."""
    texts: Mapping[str, NDArray[np.object_]]
    """By feature: the value as text, None where it is missing."""
    audit: Mapping[str, NDArray[np.int8]] = field(default_factory=dict)
    """By audit column: 1 in the group, 0 not, -1 not known."""
    cluster: NDArray[np.int32] | None = None
    """Codes of rows that belong together, in [0, clusters); None where they are independent."""
    clusters: int = 0
    borrowed: tuple[str, ...] = ()
    """Features that base's table lacks, taken from head's: its own claim."""

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """Cross-fitted scores of training rows: each by what was made without the row; in the order of the ids."""

    ids: NDArray[np.object_]
    """Shape (n,)."""
    cards: tuple[NDArray[np.float64], ...]
    """Of each repeat the card's points, shape (n,); minus infinity where it refused the row."""
    ceilings: tuple[NDArray[np.float64], ...]
    """Of each repeat the ceiling's scores, shape (n,), finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a table of predictions says of each row; arrays of shape (n,), in the order of the ids."""

    ids: NDArray[np.object_]
    prediction: NDArray[np.object_]
    ceiling: NDArray[np.float64] | None
    """None where the policy names no ceiling, or the table lacks its column."""
