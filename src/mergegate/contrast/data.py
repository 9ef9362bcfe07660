"""Compares head's data with base's: how far each column moved, and which columns tell the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts import Comparison, Direction, Slice
from mergegate.facts.data import DataExam, Leak, Shift
from mergegate.stats.clusters import caution_of
from mergegate.stats.shift import shifted
from mergegate.stats.skill import skill_of

if TYPE_CHECKING:
    from mergegate.facts import Studentised
    from mergegate.facts.data import Cells, Found, Sample
    from mergegate.facts.datapolicy import LeakPolicy, TablePolicy
    from mergegate.stats.skill import Skill

MOST_KINDS = 5
"""Kinds that are shown of a column that moved."""


def compare_data(name: str, policy: TablePolicy, found: Found) -> DataExam:
    """The exam of one table that differs from base's."""
    limit = policy.drift.max_shift if policy.drift else 0.0
    head = found.samples[1]
    return DataExam(
        name=name,
        path=policy.path,
        rows=found.rows,
        faults=found.faults,
        diff=found.diff,
        texts=found.texts,
        uncompared=_uncompared(policy, found),
        shifts=tuple(_shift(name, cells, limit, policy.label) for cells in found.cells),
        leaks=_leaks(name, policy.leaks, head, found.samples[0]) if policy.leaks and head else (),
    )


def _uncompared(policy: TablePolicy, found: Found) -> tuple[str, ...]:
    if found.rows[0] is None:
        return ()
    counted = {cells.column for cells in found.cells}
    return tuple(name for name in policy.drift_columns if name not in counted)


def _shift(table: str, cells: Cells, limit: float, label: str | None) -> Shift:
    moved = shifted(cells)
    order = sorted(range(len(cells.kinds)), key=lambda at: -abs(moved.after[at] - moved.before[at]))
    kinds = [(cells.kinds[at], float(moved.before[at]), float(moved.after[at])) for at in order[:MOST_KINDS]]
    what = "class balance" if cells.column == label else f"distribution of {cells.column}"
    comparison = Comparison(
        model=table,
        metric=what,
        slice=Slice(),
        direction=Direction.LOWER,
        before=0.0,
        after=max(-moved.basis.gain, 0.0),
        n=int(cells.base.sum() + cells.head.sum()),
        groups=moved.clusters if cells.grouped else None,
        basis=moved.basis,
        method="cross-fitted total variation",
        margin=limit,
        caution=caution_of(moved.clusters),
    )
    return Shift(comparison, moved.distance, tuple(kind for kind in kinds if kind[1] != kind[2]))


def _leaks(table: str, policy: LeakPolicy, head: Sample, base: Sample | None) -> tuple[Leak, ...]:
    found = []
    for column in head.columns:
        after = skill_of(head.columns[column], head.label, head.cluster, head.labels)
        if after is None:
            continue
        before = None
        if base is not None and column in base.columns and _much(after, policy):
            before = skill_of(base.columns[column], base.label, base.cluster, base.labels)
        found.append(
            Leak(
                column,
                _told(table, f"skill of {column}", after.skill, policy.max_skill, after),
                _told(table, f"certainty of {column}", after.certain, policy.max_certain, after),
                stood=before is not None and _much(before, policy),
            )
        )
    return tuple(found)


def _much(skill: Skill, policy: LeakPolicy) -> bool:
    return -skill.skill.gain > policy.max_skill or -skill.certain.gain > policy.max_certain


def _told(table: str, what: str, basis: Studentised, limit: float, skill: Skill) -> Comparison:
    return Comparison(
        model=table,
        metric=what,
        slice=Slice(),
        direction=Direction.LOWER,
        before=0.0,
        after=max(-basis.gain, 0.0),
        n=skill.n,
        groups=None,
        basis=basis,
        method="cross-fitted, one column alone",
        margin=limit,
    )
