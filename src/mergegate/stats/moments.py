"""Base against head on the mean of a loss per row, or a function of that mean, from sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import caution_of, cluster_error
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.joint import MomentTable

    Floats = NDArray[np.float64]

Transform = Literal["mean", "root_mean", "explained"]
INDEPENDENT = "paired t"
CLUSTERED = "cluster-robust t"
LEAST_VARIANCE = 1e-30
"""The least that the labels must vary by, in mean squared errors, for a share of it to mean anything."""


def paired_moments(
    table: MomentTable, *, transform: Transform = "mean", label_variance: float = math.nan, limit: float = math.inf
) -> Paired | Undefined:
    """Compare the mean loss (less is better), its square root (RMSE), or the share of variance explained (R2).

    `explained` is 1 - mean squared error / `label_variance` (the labels' mean squared deviation on these rows); the
    labels of the holdout are taken as given. `limit` is the largest possible gain, for example 1 for a Brier score.
    """
    n = float(table.n.sum())
    if n == 0:
        return Undefined("there are no rows")
    if transform == "explained" and not label_variance > 0:
        return Undefined("all labels are equal, so there is no variance to explain")
    base, head = float(table.base.sum()) / n, float(table.head.sum()) / n
    if not math.isfinite(base + head + float(table.diff_sq.sum())):
        return Undefined("the losses are too large to be summed")
    if transform == "explained" and label_variance < LEAST_VARIANCE * max(base, head):
        return Undefined("the labels hardly vary beside the errors, so there is no variance to explain")
    change = _change(transform, base, head, label_variance)
    if table.cluster is None:
        basis = Studentised(change.gain, _independent_error(table, change, base, head), n - 1, limit)
        return Paired(change.before, change.after, basis, int(n), None, INDEPENDENT)
    return _clustered(table, table.cluster, change, _entry_influence(table, change, base, head), limit)


@dataclass(frozen=True, slots=True)
class _Change:
    """The metric before and after, and how the gain answers to each model's mean loss."""

    before: float
    after: float
    gain: float
    of_base: float
    of_head: float


def _change(transform: Transform, base: float, head: float, label_variance: float) -> _Change:
    if transform == "mean":
        return _Change(base, head, base - head, 1.0, -1.0)
    if transform == "explained":
        slope = 1 / label_variance
        return _Change(1 - base * slope, 1 - head * slope, (base - head) * slope, slope, -slope)
    before, after = math.sqrt(max(base, 0.0)), math.sqrt(max(head, 0.0))
    if before > 0 and after > 0:
        return _Change(before, after, before - after, 0.5 / before, -0.5 / after)
    secant = 1 / (before + after) if before + after > 0 else 0.0
    return _Change(before, after, before - after, secant, -secant)


def _independent_error(table: MomentTable, change: _Change, base: float, head: float) -> float:
    """The standard error of the gain for independent rows."""
    n = float(table.n.sum())
    if n < 2:
        return math.inf
    more = _one_more(table, change)
    unseen = 0.0 if more is None else float(more @ more)
    spread = max(float(table.diff_sq.sum()) / n - (head - base) ** 2, 0.0)
    if change.of_base == -change.of_head:
        variance = change.of_base**2 * spread
    elif table.base_sq is None or table.head_sq is None:
        variance = spread / (change.before + change.after) ** 2
    else:
        of_base = max(float(table.base_sq.sum()) / n - base**2, 0.0)
        of_head = max(float(table.head_sq.sum()) / n - head**2, 0.0)
        together = (of_base + of_head - spread) / 2
        variance = change.of_base**2 * of_base + change.of_head**2 * of_head
        variance = max(variance + 2 * change.of_base * change.of_head * together, 0.0)
    return math.sqrt(variance / (n - 1) + unseen)


def _one_more(table: MomentTable, change: _Change) -> Floats | None:
    """What one more row would add to the gain if it came out as these did not: of a class that they hardly have.

    Root mean square over the rows of what each would, had it come out the other way, shape (1,). Where one class is so
    rare that the sample has two rows of it or none, what those would say is not in the spread of the others, and an
    interval of these alone covers far too little (as `one_more` in unseen.py, for counts). None where no row can come
    out the other way.
    """
    if table.other_sq is None:
        return None
    n = float(table.n.sum())
    return np.array([change.of_head * math.sqrt(float(table.other_sq.sum()) / n) / n])


def _entry_influence(table: MomentTable, change: _Change, base: float, head: float) -> Floats:
    """What each entry adds to the gain."""
    influence = change.of_base * (table.base - base * table.n) + change.of_head * (table.head - head * table.n)
    return np.asarray(influence / table.n.sum())


def _clustered(table: MomentTable, cluster: NDArray[np.int32], change: _Change, each: Floats, limit: float) -> Paired:
    influence = sum_by(cluster, each, table.clusters)
    size = sum_by(cluster, table.n, table.clusters)
    present = size > 0
    groups = int(np.count_nonzero(present))
    se, df = cluster_error(influence[present], size[present], unseen=_one_more(table, change))
    basis = Studentised(change.gain, se, df, limit)
    n = int(table.n.sum())
    return Paired(change.before, change.after, basis, n, groups, CLUSTERED, caution_of(groups), influence)
