"""Sums by code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sum_by(
    code: NDArray[np.signedinteger[Any]], weight: NDArray[np.number[Any] | np.bool_], size: int
) -> NDArray[np.float64]:
    """The sum of `weight` over the entries of each code in [0, size); shape (size,)."""
    return np.bincount(code, weight, size).astype(np.float64, copy=False)
