"""Base against head on expected calibration error: how far confidence lies from the share of right answers, in bins.

A bin's gap (rights minus confidences) is |truth + noise|, and so looks larger than it is where the truth is near 0:
a perfectly calibrated model shows the more error the fewer rows it is measured on. Comparing it with a badly
calibrated one, the plain difference and its bootstrap are both biased towards "no worse" (a percentile interval of
95 % covers as little as 16 %). So each |gap| is replaced by the folded normal's one-step correction. It takes away a
part of the bias, and its error, up to twice as large near 0 where the bias is, leaves room for the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import caution_of, cluster_error
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.special import ndtr
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.joint import BinTable

    Floats = NDArray[np.float64]

METHOD = "debiased ECE"
CAUTION = "the change and its interval are freed of the bias of few rows in a bin; before and after are not"


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One model's error, in rows (n times the ECE)."""

    plain: float
    corrected: float
    influence: Floats
    """What each cell adds to `corrected`."""


def paired_ece(table: BinTable) -> Paired | Undefined:
    """Compare the expected calibration error (less is better) of base and head on the same rows."""
    n = int(table.count.sum())
    if n == 0:
        return Undefined("there are no rows")
    base = _side(table, table.base_bin, table.count * table.base_right - table.base_score)
    head = _side(table, table.head_bin, table.count * table.head_right - table.head_score)
    gain = (base.corrected - head.corrected) / n
    influence = (base.influence - head.influence) / n
    influence -= influence.sum() * table.count / n
    one_more = 1 / n  # a row that differs, as in unseen.py
    before, after = base.plain / n, head.plain / n
    if table.cluster is None:
        variance = float((influence**2 / table.count).sum()) * n / max(n - 1, 1) + one_more**2
        basis = Studentised(gain, math.sqrt(variance), n - 1.0, 1.0)
        return Paired(before, after, basis, n, None, METHOD, CAUTION)
    sums = sum_by(table.cluster, influence, table.clusters)
    size = sum_by(table.cluster, table.count, table.clusters)
    present = size > 0
    groups = int(np.count_nonzero(present))
    se, df = cluster_error(sums[present], size[present], unseen=np.array([one_more]))
    caution = "; ".join(filter(None, (CAUTION, caution_of(groups))))
    basis = Studentised(gain, se, df, 1.0)
    return Paired(before, after, basis, n, groups, f"{METHOD}, clustered", caution, sums)


def _side(table: BinTable, code: NDArray[np.int32], residual: Floats) -> _Side:
    """`residual`, shape (cells,): rights minus confidences of each cell."""
    gap = sum_by(code, residual, table.bins)
    spread = np.sqrt(_spread(table, code, residual))
    certain = np.divide(np.abs(gap), spread, out=np.full_like(gap, np.inf), where=spread > 0)
    slope = np.sign(gap) * (3 - 2 * ndtr(certain))
    return _Side(float(np.abs(gap).sum()), float(_corrected(np.abs(gap), spread).sum()), slope[code] * residual)


def _spread(table: BinTable, code: NDArray[np.int32], residual: Floats) -> Floats:
    """The variance of each bin's gap, shape (bins,): from rows (alike within a cell), or from clusters."""
    if table.cluster is None:
        return sum_by(code, residual**2 / table.count, table.bins)
    pair, which = np.unique(table.cluster.astype(np.int64) * table.bins + code, return_inverse=True)
    return sum_by(pair % table.bins, sum_by(which, residual, len(pair)) ** 2, table.bins)


def _corrected(size: Floats, spread: Floats) -> Floats:
    """|gap| less the mean by which noise of this spread lengthens a gap of this size (the folded normal's)."""
    ratio = np.divide(size, spread, out=np.full_like(size, np.inf), where=spread > 0)
    folded = spread * math.sqrt(2 / math.pi) * np.exp(-(np.minimum(ratio, 40.0) ** 2) / 2) + size * (
        2 * ndtr(ratio) - 1
    )
    return np.asarray(2 * size - folded)
