"""Base against head on how well their scores order the rows: AUC and average precision."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import caution_of, cluster_error, kurtosis_df
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.joint import ScoreTable

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Levels = NDArray[np.int32]

METHODS = {"auc": "DeLong", "average_precision": "influence function"}
SPARSE = 20
"""Levels for each row, from which on sorting is cheaper than a table of all levels."""


def paired_ranking(metric: str, table: ScoreTable, levels: tuple[Levels, Levels] | None = None) -> Paired | Undefined:
    """Compare `auc` or `average_precision`; with clusters, the influence is summed over each (Obuchowski 1997).

    `levels` are those of `levels_of`, where the rows are ranked already.
    """
    positives = int(np.count_nonzero(table.positive))
    if not positives:
        return Undefined("no row has the positive label")
    if positives == len(table.positive) and metric == "auc":
        return Undefined("every row has the positive label")
    measure = _auc if metric == "auc" else _average_precision
    of_base, of_head = levels or levels_of(table)
    before, influence = measure(table.positive, of_base)
    influence *= -1
    after, gained = measure(table.positive, of_head)
    influence += gained
    if table.cluster is not None:
        return _clustered(metric, table, table.cluster, (before, after), influence)
    parts = [influence[table.positive], influence[~table.positive]] if metric == "auc" else [influence]
    basis = _independent(after - before, parts)
    return Paired(before, after, basis, len(influence), None, METHODS[metric])


@lru_cache(maxsize=1)
def levels_of(table: ScoreTable) -> tuple[Levels, Levels]:
    """Each row's place among the distinct scores of base, and of head: 0 is the lowest, ties share one.

    Sorting is what a ranking costs. So the rows are sorted once, and their slices take their part by `among`.
    """
    return _dense(table.base), _dense(table.head)


def among(levels: tuple[Levels, Levels], rows: Bools) -> tuple[Levels, Levels]:
    """The levels of some of the rows, counted anew."""
    base, head = levels
    return _closed(base[rows]), _closed(head[rows])


def _dense(values: NDArray[np.number[Any]]) -> Levels:
    levels: Levels = np.unique(values, return_inverse=True)[1].astype(np.int32)
    return levels


def _closed(levels: Levels) -> Levels:
    """Levels without the gaps that rows of other slices left: by a table where that is less work than sorting."""
    most = int(levels.max(initial=-1)) + 1
    if most > SPARSE * len(levels):
        return _dense(levels)
    used = np.zeros(most, dtype=np.bool_)
    used[levels] = True
    place = np.cumsum(used, dtype=np.int32)
    place -= 1
    return place[levels]


def _auc(positive: Bools, level: Levels) -> tuple[float, Floats]:
    """The AUC and the influence of each row: DeLong's structural components, centred (Biometrics 44:837, 1988).

    A row's component is the share of the other kind of rows that it beats, ties by half (midranks, as Sun and Xu, IEEE
    Signal Processing Letters 21:1389, 2014), from the counts of both kinds at each level.
    """
    ones = np.bincount(level[positive], minlength=int(level.max()) + 1)
    zeros = np.bincount(level, minlength=len(ones))
    zeros -= ones
    influence = np.empty(len(level))
    influence[positive] = (_below(zeros) / zeros.sum())[level[positive]]
    influence[~positive] = 1 - (_below(ones) / ones.sum())[level[~positive]]
    auc = float(influence[positive].mean())
    influence -= auc
    influence[positive] /= ones.sum()
    influence[~positive] /= zeros.sum()
    return auc, influence


def _below(count: NDArray[np.intp]) -> Floats:
    """Rows below each level, and half of those at it."""
    below: Floats = np.cumsum(count, dtype=np.float64)
    below -= count / 2
    return below


def _average_precision(positive: Bools, level: Levels) -> tuple[float, Floats]:
    """Average precision (ties share a threshold, as in scikit-learn) and the influence of each row on it.

    With T(s), A(s) the positives and all rows at or above s: AP is the mean over positives of T / A. A row above s
    changes T / A by (positive - T / A) / A.
    """
    hits = np.bincount(level[positive], minlength=int(level.max()) + 1)
    above = np.cumsum(np.bincount(level)[::-1])[::-1]
    precision = np.cumsum(hits[::-1])[::-1] / above
    ones = int(hits.sum())
    value = float(hits @ precision) / ones
    # Sums over the positives at or below a row's score: whose precision the row takes part in.
    gain = np.cumsum(hits / above)
    cost = np.cumsum(hits * precision / above)
    influence = positive * (precision - value + gain)[level] - cost[level]
    return value, influence / ones


def _independent(gain: float, parts: list[Floats]) -> Studentised:
    """The variances of the parts (for an AUC the positives and the negatives), each with its own n - 1, added."""
    if min(len(part) for part in parts) < 2:
        return Studentised(gain, math.inf, 0.0, 1.0)
    inflated = [(part - part.mean()) * math.sqrt(len(part) / (len(part) - 1)) for part in parts]
    influence = np.concatenate(inflated)
    return Studentised(gain, math.sqrt(float(influence @ influence)), kurtosis_df(influence), 1.0)


def _clustered(
    metric: str, table: ScoreTable, cluster: NDArray[np.int32], values: tuple[float, float], influence: Floats
) -> Paired:
    sums = sum_by(cluster, influence, table.clusters)
    size = sum_by(cluster, np.ones(len(influence)), table.clusters)
    present = size > 0
    groups = int(np.count_nonzero(present))
    se, df = cluster_error(sums[present], size[present])
    before, after = values
    basis = Studentised(after - before, se, df, 1.0)
    method = f"{METHODS[metric]}, clustered"
    return Paired(before, after, basis, len(influence), groups, method, caution_of(groups), sums)
