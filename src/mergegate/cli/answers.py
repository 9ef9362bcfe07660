"""Brings what a model answers where nobody knows what is right to the exam: unlabelled rows, and pairs of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.facts import Absent, TableFile

if TYPE_CHECKING:
    from mergegate.facts import Comparison, Evidence, Joint, ModelPolicy
    from mergegate.facts.invariance import Invariances
    from mergegate.facts.limits import LimitCheck
    from mergegate.facts.shadow import Shadow


@dataclass(frozen=True, slots=True)
class Answers:
    """What the policy asks for beside the holdout; None where it does not, or where the evidence is absent."""

    shadow: Shadow | None = None
    invariances: Invariances | None = None


def absent_answers(model: ModelPolicy, base: Evidence, head: Evidence) -> list[tuple[str, Absent]]:
    """(side, table) of each that is not there. One that base never wrote decides nothing: it is only told."""
    found = []
    for part in (model.shadow, model.invariances):
        for side, evidence in (("base", base), ("head", head)):
            table = evidence.tables[part.table] if part else None
            if isinstance(table, Absent):
                found.append(("" if table.bootstrap else side, replace(table, bootstrap=False)))
    return found


def answers(name: str, model: ModelPolicy, base: Evidence, head: Evidence) -> Answers:
    """Read and compare what is there of both revisions."""
    shadow, invariances = None, None
    if model.shadow:
        before, after = base.tables[model.shadow.table], head.tables[model.shadow.table]
        if isinstance(before, TableFile) and isinstance(after, TableFile):
            from mergegate.contrast.shadow import compare_shadow
            from mergegate.read.shadow import read_shadow

            rows = read_shadow(before.path, after.path, model, model.shadow)
            shadow = compare_shadow(name, rows, identical=before.md5 == after.md5)
    if model.invariances:
        before, after = base.tables[model.invariances.table], head.tables[model.invariances.table]
        known = isinstance(before, TableFile) or before.bootstrap
        if isinstance(after, TableFile) and known:
            from mergegate.contrast.invariance import compare_pairs
            from mergegate.read.invariance import read_pairs

            own = before if isinstance(before, TableFile) else None
            pairs = read_pairs(own.path if own else None, after.path, model, model.invariances)
            same = own is not None and own.md5 == after.md5
            invariances = compare_pairs(name, model.invariances, pairs, identical=same)
    return Answers(shadow, invariances)


def limits_of(
    name: str, model: ModelPolicy, joint: Joint, before: TableFile | Absent, after: TableFile
) -> tuple[LimitCheck, ...]:
    """The absolute limits of a model, on its holdout."""
    if not model.limits:
        return ()
    from mergegate.contrast.limits import check_limits

    same = isinstance(before, TableFile) and before.md5 == after.md5
    return check_limits(name, model, joint, alone=isinstance(before, Absent), identical=same)


def conjunction_of(name: str, model: ModelPolicy, joint: Joint) -> Comparison | None:
    """The worst conjunction of a model's holdout, where the policy asks for it."""
    if not model.worst_conjunction:
        return None
    from mergegate.contrast.conjunction import compare_conjunction

    return compare_conjunction(name, model, joint)
