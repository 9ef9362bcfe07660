"""How far a distribution moved, as far as that cannot be luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import cluster_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.data import Cells

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shifted:
    """The two distributions and the part of their distance that new rows of the same kind would show again."""

    before: Floats
    after: Floats
    """Shares of the kinds, shape (kinds,), each summing to 1."""
    distance: float
    """Total variation: half the sum of the absolute differences; never below the truth on average."""
    basis: Studentised
    """Of the *gain*: minus the sure part of the distance. Its mean is never below minus the true distance."""
    clusters: int
    """Clusters that have rows."""


def shifted(cells: Cells) -> Shifted:
    """The distance between base and head, cluster by cluster.

    The plain distance is |truth + noise| and grows with the number of kinds even where nothing moved. So the kinds that
    grew are learnt on one half of the clusters, and the share by which just these grew is measured on the other half:
    for any fixed choice of kinds that share is at most the distance, and it is a mean, to which Student's t applies.
    The two halves change places and their results are averaged, which steadies the answer; its variance is taken as if
    both were one. A cluster's rows on base and on head belong together, so that rows which did not change cancel.
    """
    base, head = _matrix(cells, cells.base), _matrix(cells, cells.head)
    present = (base.sum(axis=1) + head.sum(axis=1)) > 0
    even = np.arange(cells.clusters) % 2 == 0
    folds = [_fold(base, head, present & half, present & ~half) for half in (even, ~even)]
    gain = -sum(fold[0] for fold in folds) / 2
    variance = sum(fold[1] ** 2 for fold in folds) / 2  # not / 4: where nothing moved, the halves' signs agree by luck
    before, after = base.sum(axis=0) / base.sum(), head.sum(axis=0) / head.sum()
    return Shifted(
        before,
        after,
        float(np.abs(after - before).sum() / 2),
        Studentised(float(gain), float(np.sqrt(variance)), min(fold[2] for fold in folds), limit=1.0),
        int(present.sum()),
    )


def _matrix(cells: Cells, counts: NDArray[np.int64]) -> Floats:
    """Rows of each (cluster, kind)."""
    table = np.zeros((cells.clusters, len(cells.kinds)))
    np.add.at(table, (cells.cluster, cells.kind), counts)
    return table


def _fold(base: Floats, head: Floats, learn: NDArray[np.bool_], judge: NDArray[np.bool_]) -> tuple[float, float, float]:
    """By how much the kinds grew on `judge` that grew on `learn`; standard error, degrees of freedom."""
    if not all(side[part].sum() for side in (base, head) for part in (learn, judge)):
        return 0.0, np.inf, 0.0
    grew = head[learn].sum(axis=0) / head[learn].sum() - base[learn].sum(axis=0) / base[learn].sum()
    sign = np.sign(grew) / 2
    before, after = base[judge], head[judge]
    total = before.sum(), after.sum()
    shares = before.sum(axis=0) / total[0], after.sum(axis=0) / total[1]
    value = float(sign @ (shares[1] - shares[0]))
    influence = (after @ sign - after.sum(axis=1) * (sign @ shares[1])) / total[1]
    influence -= (before @ sign - before.sum(axis=1) * (sign @ shares[0])) / total[0]
    weight = before.sum(axis=1) / total[0] + after.sum(axis=1) / total[1]
    se, df = cluster_error(influence, weight)
    return value, se, df
