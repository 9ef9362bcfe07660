"""The count-space bootstrap: the reference that the delta method is held against, and a check for your own tables.

Drawing n rows with replacement is drawing the counts of the joint table (label, base, head) from a multinomial; with
clusters it is drawing how often each cluster counts. The cost grows with cells or clusters, not with rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Replicates
from mergegate.stats.classification import FALLS
from mergegate.stats.confusion import Margins, measure
from mergegate.stats.paired import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.joint import CountTable

    Floats = NDArray[np.float64]


def bootstrap_change(
    metric: str,
    table: CountTable,
    rng: np.random.Generator,
    *,
    positive: int | None = None,
    replicates: int = 2000,
) -> Replicates | Undefined:
    """Percentile-bootstrap replicates of the gain in `metric`; replicates on which it is undefined are left out."""
    gain = _gain(metric, table, table.count.astype(np.float64), positive)
    if isinstance(gain, Undefined):
        return gain
    drawn = (_gain(metric, table, weights, positive) for weights in _weights(table, rng, replicates))
    kept = np.array([value for value in drawn if not isinstance(value, Undefined)])
    return Replicates(gain, np.sort(kept), 2.0 if metric == "mcc" else 1.0)


def _weights(table: CountTable, rng: np.random.Generator, replicates: int) -> Floats:
    """How many rows each cell has in each replicate; shape (replicates, cells)."""
    count = table.count.astype(np.float64)
    if table.cluster is None:
        return rng.multinomial(table.n, count / count.sum(), size=replicates).astype(np.float64)
    present, code = np.unique(table.cluster, return_inverse=True)
    times = rng.multinomial(len(present), np.full(len(present), 1 / len(present)), size=replicates)
    return np.asarray(times[:, code] * count)


def _gain(metric: str, table: CountTable, weights: Floats, positive: int | None) -> float | Undefined:
    values = []
    for answer in (table.base, table.head):
        measured = measure(metric, Margins.of(table.label, answer, weights, table.classes), positive)
        if isinstance(measured, Undefined):
            return measured
        values.append(measured.value)
    return (values[1] - values[0]) * (-1 if metric in FALLS else 1)
