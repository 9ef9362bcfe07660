"""Where a feature is cut: supervised, monotone where the domain demands it, and nothing strong erased in silence.

A floor under the rows of a bin keeps noise out of the card, and it keeps out what is rare: a fact about 4 % of the
applicants that turns nine approvals in ten into one in three is below any floor of 5 %. So the range is cut a second
time, finely, and each part that the floor made join a bin is compared with what else is in that bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from loan.settings import Bins, Feature

FINE_ROWS, FINE_BINS = 10, 16
"""The second look: parts of so many rows, so many at most."""
SURE = 3.0
"""Standard errors: the parts were searched for, so that two would often be luck."""
_WAYS = {"falling": -1, "free": 0, "rising": 1}


@dataclass(frozen=True, slots=True)
class Joined:
    """A part of a feature's range that has no bin of its own."""

    feature: str
    low: float | None
    """Where it begins; None for the smallest value."""
    below: float | None
    """Where it ends, itself excluded; None for the largest value."""
    rows: int
    lost: float
    """Log-odds between it and the rest of the bin that it joined, >= 0."""
    surely: float
    """`lost` less three standard errors, >= 0."""


def edges(feature: Feature, values: NDArray[Any], approved: NDArray[Any], how: Bins) -> tuple[float, ...]:
    """Where bins begin, the first aside: multiples of the step. `values` may hold NaN; `approved` is 0 or 1."""
    known = ~np.isnan(values)
    found = _tree(feature, values[known], approved[known], how.most, how.min_rows)
    return _with_rows(found, values[known], how.min_rows)


def joined(feature: Feature, values: NDArray[Any], approved: NDArray[Any], cuts: Sequence[float]) -> list[Joined]:
    """The parts of a finer look that differ from the bin they joined, whether by the floor or the number of bins."""
    known = ~np.isnan(values)
    values, approved = values[known], approved[known]
    finer = sorted({*cuts, *_tree(feature, values, approved, FINE_BINS, FINE_ROWS)})
    part, whole = np.searchsorted(finer, values, side="right"), np.searchsorted(cuts, values, side="right")
    ends = [None, *finer, None]
    found = []
    for index in range(len(finer) + 1):
        inside = part == index
        rest = (whole == whole[inside][0]) & ~inside if inside.any() else inside
        if 0 < inside.sum() <= rest.sum():  # of two that are unlike, the smaller one has joined
            lost, error = _difference(approved[inside], approved[rest])
            surely = max(abs(lost) - SURE * error, 0.0)
            found.append(Joined(feature.name, ends[index], ends[index + 1], int(inside.sum()), abs(lost), surely))
    return found


def _difference(one: NDArray[Any], other: NDArray[Any]) -> tuple[float, float]:
    """Difference of log-odds of approval and its standard error (Haldane and Anscombe's half a row for each count)."""
    counts = [one.sum() + 0.5, (1 - one).sum() + 0.5, other.sum() + 0.5, (1 - other).sum() + 0.5]
    logs = np.log(counts)
    return float(logs[0] - logs[1] - logs[2] + logs[3]), float(np.sqrt(sum(1 / count for count in counts)))


def _tree(feature: Feature, values: NDArray[Any], approved: NDArray[Any], most: int, rows: int) -> list[float]:
    """The edges of a tree of this one feature; a flag has one edge."""
    if feature.type == "flag":
        return [1.0]
    if len(values) < 2 * rows:
        return []
    tree = DecisionTreeClassifier(
        criterion="entropy", max_leaf_nodes=most, min_samples_leaf=rows,
        monotonic_cst=[_WAYS[feature.monotone]], random_state=0,
    ).fit(values.reshape(-1, 1), approved)  # fmt: skip
    thresholds = tree.tree_.threshold[tree.tree_.children_left >= 0]
    # A decimal that a person would write: 0.8, and not 0.8000000000000001.
    rounded = {round(round(float(one) / feature.step) * feature.step, 9) for one in thresholds}
    return sorted(one for one in rounded if feature.min < one <= feature.max)


def _with_rows(cuts: Sequence[float], values: NDArray[Any], rows: int) -> tuple[float, ...]:
    """The edges that leave at least `rows` in each bin, the smallest first."""
    kept: list[float] = []
    low = -np.inf
    for cut in cuts:
        if ((values >= low) & (values < cut)).sum() >= rows:
            kept.append(cut)
            low = cut
    if kept and (values >= kept[-1]).sum() < rows:
        kept.pop()
    return tuple(kept)
