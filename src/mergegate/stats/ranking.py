"""Base against head on how well their scores order the rows: AUC and average precision."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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

METHODS = {"auc": "DeLong", "average_precision": "influence function"}


def paired_ranking(metric: str, table: ScoreTable) -> Paired | Undefined:
    """Compare `auc` or `average_precision`; with clusters, the influence is summed over each (Obuchowski 1997)."""
    positives = int(np.count_nonzero(table.positive))
    if not positives:
        return Undefined("no row has the positive label")
    if positives == len(table.positive) and metric == "auc":
        return Undefined("every row has the positive label")
    measure = _auc if metric == "auc" else _average_precision
    before, of_base = measure(table.positive, table.base)
    after, of_head = measure(table.positive, table.head)
    influence = of_head - of_base
    if table.cluster is not None:
        return _clustered(metric, table, table.cluster, (before, after), influence)
    parts = [influence[table.positive], influence[~table.positive]] if metric == "auc" else [influence]
    basis = _independent(after - before, parts)
    return Paired(before, after, basis, len(influence), None, METHODS[metric])


def midranks(values: Floats) -> Floats:
    """Ranks from 1, ties at their mean, in n log n (Sun and Xu, IEEE Signal Processing Letters 21:1389, 2014)."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: Floats = (last - (count - 1) / 2)[which]
    return ranks


def _auc(positive: Bools, score: Floats) -> tuple[float, Floats]:
    """The AUC and the influence of each row: DeLong's structural components, centred (Biometrics 44:837, 1988)."""
    ones, zeros = int(np.count_nonzero(positive)), int(np.count_nonzero(~positive))
    ranks = midranks(score)
    influence = np.empty(len(score))
    influence[positive] = (ranks[positive] - midranks(score[positive])) / zeros
    influence[~positive] = 1 - (ranks[~positive] - midranks(score[~positive])) / ones
    auc = float(influence[positive].mean())
    influence -= auc
    influence[positive] /= ones
    influence[~positive] /= zeros
    return auc, influence


def _average_precision(positive: Bools, score: Floats) -> tuple[float, Floats]:
    """Average precision (ties share a threshold, as in scikit-learn) and the influence of each row on it.

    With T(s), A(s) the positives and all rows at or above s: AP is the mean over positives of T / A. A row above s
    changes T / A by (positive - T / A) / A.
    """
    ones = int(np.count_nonzero(positive))
    levels, which = np.unique(-score, return_inverse=True)
    hits = np.bincount(which, positive, len(levels))
    rows = np.bincount(which, minlength=len(levels))
    above_hits, above = np.cumsum(hits), np.cumsum(rows)
    precision = above_hits / above
    value = float(hits @ precision) / ones
    # Sums over the positives at or below a row's score: whose precision the row takes part in.
    gain = np.cumsum((hits / above)[::-1])[::-1]
    cost = np.cumsum((hits * precision / above)[::-1])[::-1]
    influence = positive * (precision[which] - value + gain[which]) - cost[which]
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
