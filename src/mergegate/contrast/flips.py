"""Who is decided otherwise by head's card, and for which reasons."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.contrast.cardwords import plain, signed, unit_of
from mergegate.facts.criteria import APPROVE, DENY, MISSING, OUTSIDE, REFUSED, Flips, GroupFlips

if TYPE_CHECKING:
    from mergegate.facts.applicants import Applicants
    from mergegate.facts.card import Card, CardRule
    from mergegate.facts.criteria import Scored

LISTED = 1_000
"""Rows that are listed; of more, those with the smallest hashes of their ids."""
_LONGEST = 60


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both cards on the same rows."""

    base: Card
    head: Card
    before: Scored
    after: Scored
    rows: Applicants


def flips(sides: Sides) -> Flips:
    """Counts over all rows and by audit group, and the rows with reasons."""
    before, after, rows = sides.before.decided, sides.after.decided, sides.rows
    to_deny, to_approve = (before == APPROVE) & (after != APPROVE), (before != APPROVE) & (after == APPROVE)
    refused = (before != REFUSED) & (after == REFUSED)
    groups = []
    for name, member in sorted(rows.audit.items()):
        for value, mask in ((f"{name} = 1", member == 1), (f"{name} = 0", member == 0)):
            counts = (int((which & mask).sum()) for which in (to_deny, to_approve))
            groups.append(GroupFlips(value, int(mask.sum()), *counts))
    moved = np.flatnonzero(before != after)
    kept = sorted(moved, key=lambda index: (zlib.crc32(str(rows.ids[index]).encode()), index))[:LISTED]
    listed = tuple(_row(sides, int(index)) for index in kept)
    header = ("id", "groups", "before", "now", "points", "why")
    return Flips(
        rows.n, int(to_deny.sum()), int(to_approve.sum()), int(refused.sum()), tuple(groups),
        (header, *listed) if listed else (), rows.borrowed,
    )  # fmt: skip


def _row(sides: Sides, index: int) -> tuple[str, ...]:
    rows = sides.rows
    member = [name for name, values in sorted(rows.audit.items()) if values[index] == 1]
    words = [_word(card, scored, index) for card, scored in _both(sides)]
    points = " → ".join(str(int(scored.points[index])) for _, scored in _both(sides))
    return str(rows.ids[index]), ", ".join(member), *words, points, "; ".join(_reasons(sides, index))


def _both(sides: Sides) -> tuple[tuple[Card, Scored], tuple[Card, Scored]]:
    return (sides.base, sides.before), (sides.head, sides.after)


def _word(card: Card, scored: Scored, index: int) -> str:
    return {APPROVE: card.decides.yes, DENY: card.decides.no}.get(int(scored.decided[index]), "refused")


def _reasons(sides: Sides, index: int) -> list[str]:
    """What the two cards see differently in this row: the largest first, at most four."""
    found: list[tuple[int, str]] = []
    old = {rule.feature: number for number, rule in enumerate(sides.base.rules)}
    for number, rule in enumerate(sides.head.rules):
        code, value = int(sides.after.bins[index, number]), _value(sides, rule, index)
        if code == OUTSIDE or (code == MISSING and rule.missing == "refuse"):
            found.append((10**9, f"{value} is refused"))
            continue
        now, at = int(sides.after.parts[index, number]), old.get(rule.feature)
        was = int(sides.before.parts[index, at]) if at is not None else 0
        if now != was:
            found.append((abs(now - was), f"{value}: {signed(now)} points instead of {signed(was)}"))
    for rule in sides.base.rules:
        was = int(sides.before.parts[index, old[rule.feature]])
        if sides.head.rule(rule.feature) is None and was:
            found.append((abs(was), f"{rule.title} no longer counts ({signed(was)} points)"))
    said = [text for _, text in sorted(found, key=lambda one: -one[0])[:4]]
    if sides.base.start != sides.head.start:
        said.append(f"begins with {sides.head.start} points instead of {sides.base.start}")
    if sides.base.cutoff != sides.head.cutoff:
        said.append(f"needs {sides.head.cutoff} points instead of {sides.base.cutoff}")
    return said


def _value(sides: Sides, rule: CardRule, index: int) -> str:
    """`debt-to-income ratio 39 %`."""
    if rule.feature in sides.rows.numbers:
        number = float(sides.rows.numbers[rule.feature][index])
        shown = "missing" if np.isnan(number) else f"{plain(round(number, 6))}{unit_of(sides.head, rule)}"
    else:
        shown = str(sides.rows.texts[rule.feature][index] or "missing")[:_LONGEST]
    return f"{rule.title} {shown}"
