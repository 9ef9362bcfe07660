"""What the rules on data say, in words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from mergegate.stats.bounds import bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts.data import DataExam, Fault, Leak, RowDiff, Shift, TextFault

_KINDS = ("added", "removed", "relabelled", "edited")
_NAMED = 3
"""Faults, classes and columns that are named in a sentence; the rest is counted."""
_CLASSES = 50


def fault_said(table: DataExam) -> str:
    """`3 faults: price is no number in 12 rows; ...`."""
    if not table.faults:
        return f"{table.path}: {table.rows[1]:,} rows keep the schema"
    told = [_fault(fault) for fault in table.faults[:_NAMED]]
    more = len(table.faults) - _NAMED
    count = "1 fault" if len(table.faults) == 1 else f"{len(table.faults):,} faults"
    return f"{table.path} has {count}: {'; '.join(told)}{f'; and {more:,} more' if more > 0 else ''}"


def _fault(fault: Fault) -> str:
    rows = f" in {_count(fault.rows, 'row')}" if fault.rows else ""
    return f"`{fault.column}` {fault.said}{rows}" if fault.column else f"it {fault.said}"


def fault_rows(faults: Sequence[Fault]) -> tuple[tuple[str, ...], ...]:
    """A table of the faults with a few ids and values of each."""
    if not faults:
        return ()
    rows = [
        (fault.column, fault.said, f"{fault.rows:,}" if fault.rows else "", key, value)
        for fault in faults
        for key, value in (fault.examples or (("", ""),))
    ]
    return (("column", "what is wrong", "rows", "id", "value"), *rows)


def diff_said(diff: RowDiff) -> str:
    """`30,117 rows, before 30,106: 11 added (3 held out), 18 edited; HassTurnOn 2,444 → 2,445`."""
    changes = [_kind(diff, kind) for kind in _KINDS if getattr(diff, kind)]
    said = f"{diff.after:,} rows, before {diff.before:,}: {', '.join(changes) or 'no row differs'}"
    told = [said, *_classes(diff), *_columns(diff)]
    if diff.renamed:
        told.append(f"{diff.renamed:,} of the removed are added again under another id")
    if any(diff.repeated):
        told.append(
            f"left out for an id that is empty or stands twice: {diff.repeated[1]:,}, before {diff.repeated[0]:,}"
        )
    return "; ".join(told)


def _kind(diff: RowDiff, kind: str) -> str:
    held = [moved for moved in diff.moved if moved.kind == kind and moved.held_out]
    known = any(moved.held_out is not None for moved in diff.moved)
    count = f"{getattr(diff, kind):,} {kind}"
    return f"{count} ({sum(moved.rows for moved in held):,} held out)" if known else count


def _classes(diff: RowDiff) -> list[str]:
    told = []
    for what, chosen in (
        ("new class", [name for name, (before, after) in diff.classes.items() if not before and after]),
        ("class gone", [name for name, (before, after) in diff.classes.items() if before and not after]),
    ):
        told += [f"{what}: {_few(chosen)}"] if chosen else []
    moved = {name: abs(after - before) for name, (before, after) in diff.classes.items() if before and after}
    most = max(moved, key=lambda name: (moved[name], name), default=None)
    if most is not None and moved[most] >= 0.01 * diff.classes[most][0]:
        before, after = diff.classes[most]
        told.append(f"most moved {most}: {before:,} → {after:,}")
    return told


def _columns(diff: RowDiff) -> list[str]:
    told = [f"column gone: {_few(diff.columns_gone)}"] if diff.columns_gone else []
    return told + ([f"new column: {_few(diff.columns_new)}"] if diff.columns_new else [])


def class_rows(diff: RowDiff) -> tuple[tuple[str, ...], ...]:
    """By split and class, how many rows changed in which way; empty where there are no classes or nothing changed."""
    if not diff.classes or not diff.moved:
        return ()
    table: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for moved in diff.moved:
        split = "" if moved.held_out is None else "held out" if moved.held_out else "training"
        if moved.kind == "relabelled":
            table[split, moved.before or ""]["relabelled away"] += moved.rows
            table[split, moved.after or ""]["relabelled to"] += moved.rows
        else:
            name = moved.after if moved.kind == "added" else moved.before
            table[split, name or ""][moved.kind] += moved.rows
    kinds = ("added", "removed", "relabelled to", "relabelled away", "edited")
    order = sorted(table, key=lambda key: (-sum(table[key].values()), key))
    rows = [
        (split, name, *(f"{table[split, name][kind]:,}" if table[split, name][kind] else "" for kind in kinds))
        for split, name in order[:_CLASSES]
    ]
    return (("split", "class", *kinds), *rows)


def shift_said(shift: Shift, level: float) -> str:
    """`language: 12.3 % of the rows are of another kind (surely 9.1 %; limit 10 %): nl 21.7 % → 33.0 %`."""
    low = max(-bounds(shift.comparison.basis, level)[1], 0.0)
    kinds = "; ".join(f"{name} {before:.1%} → {after:.1%}" for name, before, after in shift.kinds[:_NAMED])
    caution = f" ({shift.comparison.caution})" if shift.comparison.caution else ""
    return (
        f"{shift.comparison.metric}: {shift.distance:.1%} of the rows are of another kind than on base "
        f"(surely {low:.1%}; limit {shift.comparison.margin:.1%}){caution}" + (f": {kinds}" if kinds else "")
    )


def text_said(fault: TextFault) -> str:
    """`3 rows wrongly decoded in text, before 0`."""
    if fault.kind == "empty":
        before, after = (n / max(rows, 1) for n, rows in zip((fault.before, fault.after), fault.rows, strict=True))
        return f"{fault.column} is empty in {after:.1%} of the rows, before {before:.1%}"
    limit = f" (limit {fault.limit:.2%} of the rows)" if fault.limit is not None else ""
    return f"{_count(fault.after, 'row')} {fault.kind} in {fault.column}, before {fault.before:,}{limit}"


def leak_said(leak: Leak, level: float) -> str:
    """`typur has a skill of 0.51 (surely 0.46; limit 0.8) and settles 28 % of the rows (surely 25 %; limit 10 %)`."""
    skill, certain = (max(-bounds(one.basis, level)[1], 0.0) for one in (leak.skill, leak.certain))
    return (
        f"{leak.column} has a skill of {leak.skill.after:.2f} (surely {skill:.2f}; limit {leak.skill.margin:g}) and "
        f"settles {leak.certain.after:.1%} of the rows (surely {certain:.1%}; limit {leak.certain.margin:.1%})"
    )


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
