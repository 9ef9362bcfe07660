"""How often each model's two answers to a pair differ, and whether head's do so more often than base's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.invariance import Invariances, KindCheck
from mergegate.stats.classification import paired_change
from mergegate.stats.paired import Undefined
from mergegate.stats.rate import rate_of

if TYPE_CHECKING:
    from mergegate.facts.answerpolicy import InvariancePolicy
    from mergegate.facts.invariance import PairRows
    from mergegate.facts.joint import CountTable


def compare_pairs(name: str, policy: InvariancePolicy, rows: PairRows, *, identical: bool = False) -> Invariances:
    """One check for each kind of pair, in the order of their names."""
    checks = tuple(
        _check(kind, table, policy.kinds.get(kind, policy.max_rate), alone=rows.alone)
        for kind, table in zip(rows.kinds, rows.counts, strict=True)
    )
    answered = sum(table.n for table in rows.counts)
    total = answered + rows.unanswered
    return Invariances(name, rows, checks, answered / total if total else 0.0, identical)


def _check(kind: str, table: CountTable, limit: float, *, alone: bool) -> KindCheck:
    every = np.ones(len(table.count), np.bool_)
    after = rate_of(table, every, table.head == 1)
    if alone:
        return KindCheck(kind, None, after, limit)
    # With 0 for "the two answers agree" as the label, being right is not to flip.
    found = paired_change("accuracy", table, positive=None)
    gain = None if isinstance(found, Undefined) else found.basis
    return KindCheck(kind, rate_of(table, every, table.base == 1), after, limit, gain)
