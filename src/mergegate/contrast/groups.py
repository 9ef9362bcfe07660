"""What the cards do to the people of each audit column, beside all others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts import CountTable
from mergegate.facts.criteria import APPROVE, Change, GroupCheck, Known
from mergegate.facts.limits import Rate
from mergegate.stats.bounds import bounds
from mergegate.stats.classification import paired_change
from mergegate.stats.paired import Undefined
from mergegate.stats.ratio import log_ratio, paired_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mergegate.facts.applicants import Applicants
    from mergegate.facts.card import Card
    from mergegate.facts.criteria import Scored
    from mergegate.stats.paired import Paired

    Bools = NDArray[np.bool_]

LEVEL = 0.025
"""One-sided level of the 95 % intervals that are shown."""


def check_groups(rows: Applicants, head: Card, before: Scored | None, after: Scored) -> tuple[GroupCheck, ...]:
    """One check for each audit column of which somebody is in the group and somebody not."""
    return tuple(_checked(rows, head, before, after))


def _checked(rows: Applicants, head: Card, before: Scored | None, after: Scored) -> Iterator[GroupCheck]:
    for name, values in sorted(rows.audit.items()):
        known, member = values >= 0, values == 1
        if not member.any() or not (known & ~member).any():
            continue
        approved = [None if side is None else side.decided == APPROVE for side in (before, after)]
        new = approved[1]
        assert new is not None  # noqa: S101 - head is always scored
        old = approved[0]
        at = np.flatnonzero(known)
        yield GroupCheck(
            name=name,
            approved=(_rate(new, member), _rate(new, known & ~member)),
            ratio=None if old is None else _change(paired_ratio(member[at], old[at], new[at], _clusters(rows, at))),
            ratios=(_ratio(rows, at, member, old), _ratio(rows, at, member, new)),
            denials=None if old is None else _denials(rows, member, old, new),
            denied=(_false(rows, member, old), _false(rows, member, new)),
            points=(None if before is None else _means(before, known, member), _means(after, known, member)),
            by_rule=_by_rule(head, after, known, member),
        )


def _rate(hit: Bools, among: Bools) -> Rate:
    return Rate(int((hit & among).sum()), int(among.sum()))


def _false(rows: Applicants, member: Bools, approved: Bools | None) -> Rate | None:
    among = member & rows.positive
    return None if approved is None or not among.any() else _rate(~approved, among)


def _clusters(rows: Applicants, at: NDArray[np.intp]) -> tuple[NDArray[np.int32], int] | None:
    return None if rows.cluster is None else (rows.cluster[at], rows.clusters)


def _ratio(rows: Applicants, at: NDArray[np.intp], member: Bools, approved: Bools | None) -> Known | None:
    if approved is None:
        return None
    found = log_ratio(member[at], approved[at], _clusters(rows, at))
    if isinstance(found, Undefined):
        return None
    low, high = bounds(found, LEVEL)
    return Known(math.exp(found.gain), math.exp(max(low, -700.0)), math.exp(min(high, 700.0)))


def _denials(rows: Applicants, member: Bools, old: Bools, new: Bools) -> Change | None:
    """Of those of the group that should be approved: the share denied, paired; fewer is better."""
    at = np.flatnonzero(member & rows.positive)
    if not len(at):
        return None
    ones = np.ones(len(at), dtype=np.int32)
    cluster = None if rows.cluster is None else rows.cluster[at]
    before, after = (side[at].astype(np.int32) for side in (old, new))
    table = CountTable(ones, before, after, ones.astype(np.int64), 2, cluster, rows.clusters)
    found = _change(paired_change("recall", table, positive=1))
    if found is None:
        return None
    return Change(1 - found.before, 1 - found.after, found.basis, found.n, found.method, found.groups)


def _change(found: Paired | Undefined) -> Change | None:
    if isinstance(found, Undefined):
        return None
    return Change(found.before, found.after, found.basis, found.n, found.method, found.groups)


def _means(side: Scored, known: Bools, member: Bools) -> tuple[float, float]:
    return float(side.points[member].mean()), float(side.points[known & ~member].mean())


def _by_rule(card: Card, side: Scored, known: Bools, member: Bools) -> tuple[tuple[str, float], ...]:
    more = side.parts[member].mean(axis=0) - side.parts[known & ~member].mean(axis=0)
    found = [(rule.title, float(value)) for rule, value in zip(card.rules, more, strict=True)]
    return tuple(sorted(found, key=lambda one: -abs(one[1])))
