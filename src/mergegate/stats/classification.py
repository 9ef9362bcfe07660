"""Base against head on a metric of right and wrong answers, from how often each (label, base, head) occurs."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Discordant, Studentised
from mergegate.stats.clusters import caution_of, cluster_error, kurtosis_df
from mergegate.stats.confusion import Margins, Measured, measure
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.sums import sum_by
from mergegate.stats.unseen import one_more, uncentred_clusters, uncentred_rows, worth_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.comparison import Basis
    from mergegate.facts.joint import CountTable

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int32]

EXACT = "mid-p McNemar, Tango"
DELTA = "delta method"
CLUSTERED = "cluster-robust t"
FALLS = frozenset({"false_positive_rate", "false_negative_rate"})
"""Metrics of which less is better."""
PER_ROW = frozenset({"accuracy", "recall", "false_positive_rate", "false_negative_rate"})
"""Metrics that are the mean of a yes/no over rows that the labels choose."""

MACRO = frozenset({"balanced_accuracy", "recall_macro", "precision_macro", "f1_macro"})
"""Metrics in which every class weighs alike, however rare."""


def paired_change(metric: str, table: CountTable, *, positive: int | None = None) -> Paired | Undefined:
    """Before, after and the basis of the gain in `metric`, by the best method for the metric and the table.

    `positive` is the class code for metrics of one class (`precision`, `recall`, `f1`, the two rates).
    """
    both = _measure_both(metric, table, positive)
    if isinstance(both, Undefined):
        return both
    base, head = both
    rows = _rows_of(metric, table, positive)
    if table.cluster is None:
        if metric in PER_ROW:
            basis: Basis = _discordant(metric, table, positive, rows)
            method = EXACT
        else:
            basis = _delta(metric, table, base, head)
            method = DELTA
        return Paired(base.value, head.value, basis, int(table.count[rows].sum()), None, method)
    return _clustered(metric, table, table.cluster, both, rows)


def gain_influence(metric: str, table: CountTable, *, positive: int | None = None) -> Floats | Undefined:
    """What each cluster of a clustered table adds to the gain, shape (table.clusters,), summing to about 0."""
    if table.cluster is None:
        return Undefined("the rows have no clusters")
    both = _measure_both(metric, table, positive)
    if isinstance(both, Undefined):
        return both
    return sum_by(table.cluster, table.count * _influence(metric, table, *both), table.clusters)


def _measure_both(metric: str, table: CountTable, positive: int | None) -> tuple[Measured, Measured] | Undefined:
    values = []
    for margins in _margins(table):
        value = measure(metric, margins, positive)
        if isinstance(value, Undefined):
            return value
        values.append(value)
    return values[0], values[1]


@lru_cache(maxsize=2)
def _margins(table: CountTable) -> tuple[Margins, Margins]:
    """Of base's answers and of head's: counted once for all metrics of a slice."""
    return (
        Margins.of(table.label, table.base, table.count, table.classes),
        Margins.of(table.label, table.head, table.count, table.classes),
    )


def _influence(metric: str, table: CountTable, base: Measured, head: Measured) -> Floats:
    """Of one row in each cell, on the gain."""
    sign = -1 if metric in FALLS else 1
    return sign * (head.at(table.label, table.head) - base.at(table.label, table.base))


def _rows_of(metric: str, table: CountTable, positive: int | None) -> NDArray[np.bool_]:
    """The cells that the metric looks at."""
    if metric in {"recall", "false_negative_rate"}:
        return np.asarray(table.label == positive)
    if metric == "false_positive_rate":
        return np.asarray(table.label != positive)
    return np.ones(len(table.label), dtype=bool)


def _delta(metric: str, table: CountTable, base: Measured, head: Measured) -> Studentised:
    """Independent rows: the spread of the influence of a row."""
    gain = head.value - base.value
    n = float(table.n)
    if n < 2:
        return Studentised(gain, math.inf, 0.0, _limit(metric))
    influence, extra = _influence(metric, table, base, head), np.zeros(0)
    if metric in MACRO:
        influence, extra = uncentred_rows(table, influence, worth_of(base, head))
    influence = np.concatenate([influence, extra, [one_more(table, base, head)]])
    count = np.concatenate([table.count, np.ones(len(extra) + 1)])
    variance = float(count @ influence**2) * n / (n - 1)
    return Studentised(gain, math.sqrt(variance), kurtosis_df(influence, count), _limit(metric))


def _limit(metric: str) -> float:
    return 2.0 if metric == "mcc" else 1.0


def _discordant(metric: str, table: CountTable, positive: int | None, rows: NDArray[np.bool_]) -> Discordant:
    """Which of the rows each model has right; for a false-positive rate, right is any answer but the positive one."""
    if metric == "false_positive_rate":
        base, head = table.base != positive, table.head != positive
    else:
        base, head = table.base == table.label, table.head == table.label
    gained, lost = rows & head & ~base, rows & base & ~head
    return Discordant(int(table.count[gained].sum()), int(table.count[lost].sum()), int(table.count[rows].sum()))


def _clustered(
    metric: str, table: CountTable, cluster: Codes, both: tuple[Measured, Measured], rows: NDArray[np.bool_]
) -> Paired:
    base, head = both
    per_row = _influence(metric, table, base, head)
    influence = sum_by(cluster, table.count * per_row, table.clusters)
    spread, extra = influence, np.zeros(0)
    if metric in MACRO:
        spread, extra = uncentred_clusters(table, cluster, per_row, worth_of(base, head))
    extra = np.append(extra, one_more(table, base, head))
    size = sum_by(cluster, table.count * rows, table.clusters)
    present = size > 0
    groups = int(np.count_nonzero(present))
    se, df = cluster_error(spread[present], size[present], unseen=extra)
    gain = (head.value - base.value) * (-1 if metric in FALLS else 1)
    basis = Studentised(gain, se, df, _limit(metric))
    n = int(table.count[rows].sum())
    return Paired(base.value, head.value, basis, n, groups, CLUSTERED, caution_of(groups), influence)
