"""Counts what changed from right to wrong and back, by class, slice and cell of the confusion matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.discrepancy import Discrepancies, Moved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mergegate.facts.joint import CountTable, Joint

MOST = 10
"""Entries of each kind that are kept: those that moved most."""


def discrepancies(name: str, joint: Joint) -> Discrepancies | None:
    """None where no row changed from right to wrong or back, or there are no classes."""
    if not joint.counts:
        return None
    table = joint.counts[0]
    total = _of("all rows", table)
    confusions = _confusions(joint, table)
    if not total.lost and not total.gained and not confusions:
        return None
    return Discrepancies(
        name, table.n, total, _classes(joint, table),
        _first(_of(str(one), part) for one, part in zip(joint.slices[1:], joint.counts[1:], strict=True)), confusions,
    )  # fmt: skip


def _of(name: str, table: CountTable) -> Moved:
    base, head = table.base == table.label, table.head == table.label
    sums = [int(table.count[mask].sum()) for mask in (base & ~head, ~base & head, ~base, ~head)]
    return Moved(name, *sums)


def _classes(joint: Joint, table: CountTable) -> tuple[Moved, ...]:
    base, head = table.base == table.label, table.head == table.label
    sums = [
        np.bincount(table.label[mask], table.count[mask], table.classes).astype(np.int64)
        for mask in (base & ~head, ~base & head, ~base, ~head)
    ]
    return _first(Moved(joint.classes[code], *(int(part[code]) for part in sums)) for code in np.unique(table.label))


def _confusions(joint: Joint, table: CountTable) -> tuple[Moved, ...]:
    """The cells (label, another answer) whose number of rows changed; a code per cell keeps this linear in the rows."""
    base, head = table.base == table.label, table.head == table.label
    places = [table.label.astype(np.int64) * table.classes + answer for answer in (table.base, table.head)]
    wanted = [(places[1], base & ~head), (places[0], ~base & head), (places[0], ~base), (places[1], ~head)]
    known = np.unique(np.concatenate([places[0][~base], places[1][~head]]))
    sums = [_counted(known, place[mask], table.count[mask]) for place, mask in wanted]
    moved = np.argsort(-np.abs(sums[3] - sums[2]), kind="stable")[:MOST]
    cells = ((divmod(int(known[index]), table.classes), index) for index in moved if sums[3][index] != sums[2][index])
    return tuple(
        Moved(f"{joint.classes[label]} answered {joint.classes[answer]}", *(int(part[index]) for part in sums))
        for (label, answer), index in cells
    )


def _counted(known: NDArray[np.int64], place: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(known, place), count, len(known)).astype(np.int64)


def _first(found: Iterable[Moved]) -> tuple[Moved, ...]:
    """Those in which anything moved, most newly wrong rows first."""
    moved = [one for one in found if one.lost or one.gained]
    return tuple(sorted(moved, key=lambda one: (-one.lost, -one.gained, one.name))[:MOST])
