"""What a sample does not show of its own spread, put back: rows that could have differed, and classes seen only once.

Two repairs make the delta method hold down to 50 rows and to classes of a handful of rows (benchmarks/_coverage.py):

- One more row that differs than was seen, worth what those were worth. It keeps the interval honest where few rows
  differ or none, as Tango's interval is; elsewhere it adds 1 / (rows that differ) to the variance.
- Where every class weighs alike, each is centred at its own mean, which hides a part N_c / N of the spread that unit c
  (a row or a cluster) brings to its class of N rows. That part is put back, and for a class that lives in one unit
  alone, and so shows nothing, the spread of all rows stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.joint import CountTable
    from mergegate.stats.confusion import Measured

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The (unit, label) pairs of a table: which cells make each up, and how many rows it has of its label's rows."""

    of_cell: NDArray[np.intp]
    label: NDArray[np.int32]
    unit: NDArray[np.int32]
    share: Floats
    """Rows of the pair / rows of the label, in (0, 1]."""


def one_more(table: CountTable, base: Measured, head: Measured) -> float:
    """The influence of one more row that differs: root mean square over the rows whose answers moved the gain.

    What a right answer is worth on the average counts among them as one row: where none differs it is all that is
    known. It is not all, as rows that differ may be worth less: most of them move a precision by (1 - precision) only.
    """
    rows = sum_by(table.label, table.count, table.classes)
    worth = worth_of(base, head)
    looked_at = float(rows[worth > 0].sum()) or 1.0
    squares = float(rows @ worth**2) / looked_at
    moved = head.of_answering(table.label, table.head) - base.of_answering(table.label, table.base)
    seen = table.count * ((table.base != table.head) & (moved != 0))
    return float(np.sqrt((squares + float(seen @ moved**2)) / (1 + int(seen.sum()))))


def worth_of(base: Measured, head: Measured) -> Floats:
    """What a right answer to a row of each label is worth, compared with a wrong one; shape (classes,)."""
    each = [np.maximum(np.abs(one.of_hit + one.of_answer), np.abs(one.of_answer)) for one in (base, head)]
    worth: Floats = np.maximum(*each)
    return worth


def uncentred_rows(table: CountTable, influence: Floats, worth: Floats) -> tuple[Floats, Floats]:
    """For independent rows: influence per cell, inflated, and the influences that stand in for classes of one row."""
    rows = sum_by(table.label, table.count, table.classes)
    mean = sum_by(table.label, table.count * influence, table.classes) / np.maximum(rows, 1.0)
    inflate = np.sqrt(rows / np.maximum(rows - 1, 1.0))
    inflated = mean[table.label] + (influence - mean[table.label]) * inflate[table.label]
    return inflated, worth[rows == 1] * np.sqrt(_differing(table))


def uncentred_clusters(
    table: CountTable, cluster: NDArray[np.int32], influence: Floats, worth: Floats
) -> tuple[Floats, Floats]:
    """For clusters: influence per cluster, inflated, and what stands in for classes that live in one cluster.

    `influence` is of one row in each cell.
    """
    units = _units(table, cluster)
    rows = sum_by(table.label, table.count, table.classes)
    mean = sum_by(table.label, table.count * influence, table.classes) / np.maximum(rows, 1.0)
    expected = mean[units.label] * units.share * rows[units.label]
    deviation = sum_by(units.of_cell, table.count * influence, len(units.label)) - expected
    inflate = np.sqrt(np.where(units.share < 1, 1 / np.where(units.share < 1, 1 - units.share, 1.0), 1.0))
    inflated: Floats = sum_by(units.unit, expected + deviation * inflate, table.clusters)
    alone = units.label[units.share >= 1]
    spread = _differing(table) * _together(table, cluster)
    return inflated, worth[alone] * np.sqrt(rows[alone] * spread)


def _units(table: CountTable, cluster: NDArray[np.int32]) -> Units:
    key = cluster.astype(np.int64) * table.classes + table.label
    keys, of_cell = np.unique(key, return_inverse=True)
    label, unit = (keys % table.classes).astype(np.int32), (keys // table.classes).astype(np.int32)
    size = sum_by(of_cell, table.count, len(keys))
    rows = sum_by(table.label, table.count, table.classes)
    return Units(of_cell, label, unit, size / rows[label])


def _differing(table: CountTable) -> float:
    """Share of rows that one model has right and the other wrong, one more in two more rows."""
    differs = (table.base == table.label) != (table.head == table.label)
    return (float(table.count[differs].sum()) + 1) / (table.n + 2)


def _together(table: CountTable, cluster: NDArray[np.int32]) -> float:
    """How many times more a cluster's sum of right-or-wrong changes varies than if its rows were independent."""
    change = (table.head == table.label).astype(np.float64) - (table.base == table.label)
    sums = sum_by(cluster, table.count * change, table.clusters)
    alone = float(table.count @ change**2)
    return max(float(sums @ sums) / alone, 1.0) if alone else 1.0
