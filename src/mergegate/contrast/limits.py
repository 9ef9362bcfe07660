"""How often each class, or each slice, is mistaken, before and after: what absolute limits are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from mergegate.facts.joint import canonical
from mergegate.facts.limits import LimitCell, LimitCheck, Rate
from mergegate.stats.rate import rate_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.answerpolicy import LimitPolicy
    from mergegate.facts.joint import CountTable, Joint
    from mergegate.facts.policy import ModelPolicy

    Mask = NDArray[np.bool_]

Side = Literal["base", "head"]
MOST_NAMED = 3
"""Classes that a class is mistaken for, as many as are named."""


def check_limits(
    name: str, model: ModelPolicy, joint: Joint, *, alone: bool = False, identical: bool = False
) -> tuple[LimitCheck, ...]:
    """One check for each of the policy's `limits`; `alone` where base has nothing to compare with."""
    sides: tuple[Side, ...] = ("head",) if alone else ("base", "head")
    checks = []
    for limit in model.limits:
        cells = _classes(limit, joint, sides) if limit.per == "class" else _slices(limit, model, joint, sides)
        kept = tuple(cell for cell in cells if cell.after.n >= model.min_slice)
        small = len(cells) - len(kept) + sum(one.column == limit.per for one in joint.small_slices)
        overall = _overall(limit, model, joint, sides)
        checks.append(LimitCheck(name, limit, overall, kept, small, identical))
    return tuple(checks)


def _masks(limit: LimitPolicy, table: CountTable, side: Side, code: int | None) -> tuple[Mask, Mask]:
    """Of which cells of the table the metric speaks, and which of those are mistakes."""
    answer = table.base if side == "base" else table.head
    if limit.metric == "false_negative_rate" and code is not None:
        return table.label == code, answer != code
    if limit.metric == "false_positive_rate" and code is not None:
        return table.label != code, answer == code
    if limit.metric == "false_discovery_rate" and code is not None:
        return answer == code, table.label != code
    return np.ones(len(table.count), np.bool_), answer != table.label


def _cell(value: str, limit: LimitPolicy, table: CountTable, sides: tuple[Side, ...], code: int | None) -> LimitCell:
    rates = [rate_of(table, *_masks(limit, table, side, code)) for side in sides]
    return LimitCell(value, rates[0] if len(rates) > 1 else None, rates[-1])


def _classes(limit: LimitPolicy, joint: Joint, sides: tuple[Side, ...]) -> list[LimitCell]:
    """Every class that occurs among the labels, or is answered."""
    table = joint.counts[0]
    present = np.unique(np.concatenate([table.label, table.head]))
    cells = []
    for code in map(int, present):
        cell = _cell(joint.classes[code], limit, table, sides, code)
        cells.append(LimitCell(cell.value, cell.before, cell.after, _mostly(limit, joint, code)))
    return cells


def _slices(limit: LimitPolicy, model: ModelPolicy, joint: Joint, sides: tuple[Side, ...]) -> list[LimitCell]:
    code = _positive(limit, model, joint)
    pairs = zip(joint.slices, joint.counts, strict=True)
    return [_cell(one.value, limit, table, sides, code) for one, table in pairs if one.column == limit.per]


def _positive(limit: LimitPolicy, model: ModelPolicy, joint: Joint) -> int | None:
    """The code of the class that the rates are of; one that never occurs has no mistakes and no rows."""
    name = limit.positive if limit.positive is not None else model.positive
    if name is None or limit.metric == "error_rate":
        return None
    return joint.classes.index(canonical(name)) if canonical(name) in joint.classes else -1


def _overall(limit: LimitPolicy, model: ModelPolicy, joint: Joint, sides: tuple[Side, ...]) -> LimitCell:
    """Over all rows: for a limit per class, over all pairs of a row and a class that the metric speaks of."""
    table = joint.counts[0]
    if limit.per != "class":
        return _cell("all rows", limit, table, sides, _positive(limit, model, joint))
    cell = _cell("all rows", limit, table, sides, None)
    if limit.metric != "false_positive_rate":
        return cell
    others = max(len(np.unique(table.label)) - 1, 1)  # Each mistaken row is a false positive of one of these.
    before = _spread(cell.before, others) if cell.before else None
    return LimitCell(cell.value, before, _spread(cell.after, others))


def _spread(rate: Rate, times: int) -> Rate:
    return Rate(rate.hits, rate.n * times, rate.effect, rate.df, rate.groups)


def _mostly(limit: LimitPolicy, joint: Joint, code: int) -> str:
    """The classes that head confuses a class with most often."""
    table = joint.counts[0]
    among, hit = _masks(limit, table, "head", code)
    wrong = among & hit
    other = table.head if limit.metric == "false_negative_rate" else table.label
    rows = np.bincount(other[wrong], table.count[wrong], len(joint.classes)).astype(np.int64)
    first = [index for index in np.argsort(-rows, kind="stable")[:MOST_NAMED] if rows[index]]
    return ", ".join(f"{joint.classes[index]} {rows[index]:,}" for index in first)
