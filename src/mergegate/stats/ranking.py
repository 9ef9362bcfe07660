"""Base against head on how well their scores order the rows: AUC and average precision."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import caution_of, cluster_error, kurtosis_df
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mergegate.facts.joint import ScoreTable

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Levels = NDArray[np.int32]

METHODS = {"auc": "DeLong", "average_precision": "influence function"}
SPARSE = 20
"""Levels for each row, from which on sorting is cheaper than a table of all levels."""


def paired_ranking(metric: str, table: ScoreTable) -> Paired | Undefined:
    """Compare `auc` or `average_precision`; with clusters, the influence is summed over each (Obuchowski 1997)."""
    positives = int(np.count_nonzero(table.positive))
    if not positives:
        return Undefined("no row has the positive label")
    if positives == len(table.positive) and metric == "auc":
        return Undefined("every row has the positive label")
    measure = _auc if metric == "auc" else _average_precision
    base, head = (measure(table.positive, _levels(side)) for side in (table.base, table.head))
    return _compared(metric, table, base, head)


def repeated_auc(rows: ScoreTable, base: Sequence[Floats], head: Sequence[Floats]) -> Paired | Undefined:
    """The AUC of the same `rows`, scored several times over by each side: the mean of each, and its influence.

    For cross-fitted scores, of which each repeat has other folds; those of `rows` itself are not looked at. The mean of
    the rows' influences keeps to DeLong, as the repeats share their rows. It speaks for other rows of the same kind,
    and for what was fitted on average (LeDell, Petersen, van der Laan, Electronic Journal of Statistics 9:1583, 2015).
    """
    positive = rows.positive
    if positive.all() or not positive.any():
        return Undefined("every row has the same label")
    return _compared("auc", rows, _mean_auc(positive, base), _mean_auc(positive, head))


def _compared(metric: str, rows: ScoreTable, base: tuple[float, Floats], head: tuple[float, Floats]) -> Paired:
    """Head's value and influences less base's; head's are overwritten, as those of many rows are large."""
    (before, of_base), (after, influence) = base, head
    influence -= of_base
    if rows.cluster is not None:
        return _clustered(metric, rows, rows.cluster, (before, after), influence)
    basis = _independent(after - before, influence, rows.positive)
    return Paired(before, after, basis, len(influence), None, METHODS[metric])


def _mean_auc(positive: Bools, scores: Sequence[Floats]) -> tuple[float, Floats]:
    found = [_auc(positive, _levels(one)) for one in scores]
    return float(np.mean([value for value, _ in found])), np.mean([influence for _, influence in found], axis=0)


@lru_cache(maxsize=1)
def levelled(table: ScoreTable) -> ScoreTable:
    """The same rows with levels for scores: 0 is the lowest score, ties share a level, none is left out.

    Sorting is what a ranking costs. Whoever compares many parts of a table sorts it once by this.
    """
    return replace(table, base=_dense(table.base), head=_dense(table.head))


def _dense(score: Floats | Levels) -> Levels:
    levels: Levels = np.unique(score, return_inverse=True)[1].astype(np.int32)
    return levels


def _levels(score: Floats | Levels) -> Levels:
    """Levels of scores, or of levels of which some are left out: those by a table, where that beats sorting."""
    most = int(score.max()) + 1 if score.dtype == np.int32 else 0
    if not 0 < most <= SPARSE * len(score):
        return _dense(score)
    used = np.zeros(most, dtype=np.bool_)
    used[score] = True
    if used.all():
        return score.astype(np.int32, copy=False)
    level = np.cumsum(used, dtype=np.int32)
    level -= 1
    found: Levels = level[score]
    return found


def _auc(positive: Bools, level: Levels) -> tuple[float, Floats]:
    """The AUC and the influence of each row: DeLong's structural components, centred (Biometrics 44:837, 1988).

    A row's component is the share of the other kind of rows that it beats, ties by half (midranks, as Sun and Xu, IEEE
    Signal Processing Letters 21:1389, 2014), from the counts of both kinds at each level.
    """
    levels = int(level.max()) + 1
    row = level + ~positive * np.int32(levels)  # All levels of the positives, then all levels of the negatives.
    count = np.bincount(row, minlength=2 * levels).astype(np.int32).reshape(2, levels)
    positives, negatives = count.sum(axis=1).tolist()
    # In place, as with ten million rows each array of levels is 80 MB.
    worth = np.empty((2, levels))
    for kind in (0, 1):
        np.cumsum(count[1 - kind], out=worth[kind])
        worth[kind] *= 2
        worth[kind] -= count[1 - kind]
    worth /= np.array([[2 * negatives], [-2 * positives]])
    auc = float(np.einsum("i,i->", count[0], worth[0])) / positives
    del count
    worth += np.array([[-auc], [1 - auc]])
    worth /= np.array([[positives], [negatives]])
    return auc, worth.ravel()[row]


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


def _independent(gain: float, influence: Floats, positive: Bools) -> Studentised:
    """The spread of the positives and of the negatives, each about its own mean and with its own n - 1.

    The means are 0 for an AUC; for an average precision they say what one more positive row is worth.
    """
    rows = np.array([np.count_nonzero(~positive), np.count_nonzero(positive)])
    if 1 in rows:
        return Studentised(gain, math.inf, 0.0, 1.0)
    kind, ones = positive.view(np.int8), influence.sum(where=positive)
    mean = np.array([influence.sum() - ones, ones]) / np.maximum(rows, 1)
    # In place, as above.
    influence -= mean[kind]
    influence *= np.sqrt(rows / np.maximum(rows - 1, 1))[kind]
    influence += mean[kind]
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
