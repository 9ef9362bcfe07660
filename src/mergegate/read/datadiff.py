"""The data diff: base's rows against head's by id, in DuckDB, whatever the number of rows."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.facts.data import Moved, RowDiff
from mergegate.facts.joint import canonical
from mergegate.read.columns import clipped
from mergegate.read.dataopen import LONGEST, has, readable, value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from mergegate.read.columns import Table
    from mergegate.read.dataopen import Both

MOST_CLASSES = 1_000
"""Labels with more values than this are numbers, not classes: rows are then counted by split alone."""
MOST_MOVES = 200
"""Kinds of change (split, class, class) that are kept, the most rows first."""
EXAMPLES = 5
"""Rows of each kind that are shown."""
_KINDS = {
    "removed": "in_base AND NOT in_head",
    "relabelled": "in_base AND in_head AND relabelled",
    "edited": "in_base AND in_head AND edited",
    "added": "in_head AND NOT in_base",
}


def diff(both: Both, held: str | None) -> RowDiff | None:
    """Compare by id; None where there is no base. `held` names a relation with one column `id`: the held-out rows.

    A row whose id is empty or stands more than once on either side is left out and counted.
    """
    base, head = both.base, both.head
    if base is None:
        return None
    connection = both.connection
    columns = both.shared(without=(both.policy.id, both.policy.label))
    for table in (base, head):
        _keyed(both, table, columns)
    _make_diff(connection, held)
    counts = connection.execute(f"SELECT {', '.join(f'count(*) FILTER ({w})' for w in _KINDS.values())} FROM diff")
    removed, relabelled, edited, added = counts.fetchall()[0]
    names = _class_names(both)
    return RowDiff(
        before=base.rows,
        after=head.rows,
        added=added,
        removed=removed,
        relabelled=relabelled,
        edited=edited,
        renamed=_renamed(connection) if added and removed else 0,
        repeated=(_left_out(connection, base), _left_out(connection, head)),
        moved=_moved(connection, names, known=held is not None),
        classes=_classes(connection, names),
        columns_gone=tuple(name for name in readable(base) if not has(head, name)),
        columns_new=tuple(name for name in readable(head) if not has(base, name)),
        examples=_examples(both, columns),
    )


def _keyed(both: Both, table: Table, columns: tuple[str, ...]) -> None:
    """Make `keyed_SIDE`: a row for each id, with hashes of its label and of all the rest, and how often it stands."""
    texts = ", ".join(f"coalesce('v' || {both.text(table, name)}, '')" for name in columns) or "''"
    label = f"hash({both.text(table, both.policy.label)})" if _labelled(both) and both.policy.label else "0::UBIGINT"
    both.connection.execute(
        f"CREATE TEMP TABLE keyed_{table.side} AS SELECT id, any_value(rest) AS rest, any_value(label) AS label, "
        f"count(*) AS n FROM (SELECT {table.id_text} AS id, hash({texts}) AS rest, {label} AS label "
        f"FROM {table.relation}) WHERE id IS NOT NULL GROUP BY id"
    )


def _labelled(both: Both) -> bool:
    return has(both.base, both.policy.label) and has(both.head, both.policy.label)


def _make_diff(connection: DuckDBPyConnection, held: str | None) -> None:
    """Make `diff`: the rows that differ, with what differs."""
    split = "d.id IN (SELECT id FROM held)" if held else "NULL::BOOLEAN"
    if held:
        connection.execute(f"CREATE TEMP TABLE held AS SELECT DISTINCT id FROM {held} WHERE id IS NOT NULL")
    connection.execute(
        f"CREATE TEMP TABLE diff AS SELECT d.*, {split} AS held FROM ("
        "SELECT coalesce(b.id, h.id) AS id, b.id IS NOT NULL AS in_base, h.id IS NOT NULL AS in_head, "
        "b.label AS before, h.label AS after, b.rest AS rest_before, h.rest AS rest_after, "
        "b.label <> h.label AS relabelled, b.rest <> h.rest AS edited "
        "FROM keyed_base b FULL JOIN keyed_head h ON b.id = h.id WHERE coalesce(b.n, 1) = 1 AND coalesce(h.n, 1) = 1 "
        "AND (b.id IS NULL OR h.id IS NULL OR b.label <> h.label OR b.rest <> h.rest)) d"
    )


def _left_out(connection: DuckDBPyConnection, table: Table) -> int:
    alone = value(connection, f"SELECT count(*) FROM keyed_{table.side} WHERE n = 1")
    return table.rows - alone


def _renamed(connection: DuckDBPyConnection) -> int:
    removed = f"SELECT rest_before, before FROM diff WHERE {_KINDS['removed']}"
    added = f"SELECT rest_after, after FROM diff WHERE {_KINDS['added']}"
    return value(connection, f"SELECT count(*) FROM ({removed}) r SEMI JOIN ({added}) a ON rest_before = rest_after "
                 "AND before = after")  # fmt: skip


def _class_names(both: Both) -> dict[int, str]:
    """Hash -> name of every class; empty where the label is missing or no class."""
    label = both.policy.label
    if not _labelled(both) or label is None:
        return {}
    parts = " UNION ".join(f"SELECT {both.text(t, label)} AS v FROM {t.relation}" for t in both.sides)
    found = both.connection.execute(f"SELECT hash(v), v FROM ({parts}) LIMIT {MOST_CLASSES + 1}").fetchall()
    return {} if len(found) > MOST_CLASSES else {code: canonical(name or "(none)") for code, name in found}


def _classes(connection: DuckDBPyConnection, names: dict[int, str]) -> dict[str, tuple[int, int]]:
    if not names:
        return {}
    counts = []
    for side in ("base", "head"):
        rows = connection.execute(f"SELECT label, sum(n) FROM keyed_{side} GROUP BY label").fetchall()
        counts.append({code: int(rows) for code, rows in rows})
    by_name: dict[str, tuple[int, int]] = {}
    for code, name in sorted(names.items(), key=lambda item: item[1]):
        before, after = by_name.get(name, (0, 0))
        by_name[name] = (before + counts[0].get(code, 0), after + counts[1].get(code, 0))
    return by_name


def _moved(connection: DuckDBPyConnection, names: dict[int, str], *, known: bool) -> tuple[Moved, ...]:
    found: list[Moved] = []
    for kind, where in _KINDS.items():
        classes = "before, after" if names else "NULL, NULL"
        rows = connection.execute(
            f"SELECT held, {classes}, count(*) AS n FROM diff WHERE {where} GROUP BY ALL ORDER BY n DESC LIMIT 5000"
        ).fetchall()
        for held, before, after, count in rows:
            was, now = names.get(before), names.get(after)
            found.append(Moved(kind, bool(held) if known else None, was, now, count))
    ordered = sorted(found, key=lambda m: (-m.rows, m.kind, m.before or "", m.after or "", m.held_out or False))
    return tuple(ordered[:MOST_MOVES])


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    id: str
    held: str


def _examples(both: Both, columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """A few rows of each kind; the hash of the id decides which, so that they are the same in every run."""
    rows: list[_Row] = []
    for kind, where in _KINDS.items():
        found = both.connection.execute(
            f"SELECT id, held FROM diff WHERE {where} ORDER BY hash(id), id LIMIT {EXAMPLES}"
        ).fetchall()
        rows += [_Row(kind, key, "" if held is None else "held out" if held else "training") for key, held in found]
    if not rows:
        return ()
    label = both.policy.label if _labelled(both) else None
    wanted = (*([label] if label else []), *columns)
    before, after = (_cells(both, table, wanted, [row.id for row in rows]) for table in both.sides)
    told = [line for row in rows for line in _lines(row, wanted, before.get(row.id), after.get(row.id), both)]
    return (("change", "id", "split", "column", "before", "now"), *told)


def _cells(both: Both, table: Table, columns: tuple[str, ...], ids: list[str]) -> dict[str, tuple[str | None, ...]]:
    texts = "".join(f", CAST({both.text(table, name)} AS VARCHAR)" for name in columns)
    rows = both.connection.execute(
        f"SELECT {table.id_text}{texts} FROM {table.relation} WHERE {table.id_text} IN (SELECT unnest(?::VARCHAR[]))",
        [ids],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def _lines(
    row: _Row,
    columns: tuple[str, ...],
    before: tuple[str | None, ...] | None,
    after: tuple[str | None, ...] | None,
    both: Both,
) -> list[tuple[str, ...]]:
    """What a reader sees of one row: its label and text where it came or went, else the columns that differ."""
    empty = (None,) * len(columns)
    label = both.policy.label
    shown = {label, *both.policy.text} if {label, *both.policy.text} & set(columns) else set(columns[:3])
    told = []
    for name, was, now in zip(columns, before or empty, after or empty, strict=True):
        if before is None or after is None:
            tell = name in shown
        else:
            tell = was != now and (name == label) == (row.kind == "relabelled")
        if tell:
            told.append(
                (row.kind, clipped(row.id, LONGEST), row.held, name, *(clipped(v or "", LONGEST) for v in (was, now)))
            )
    return told[:4] or [(row.kind, clipped(row.id, LONGEST), row.held, "", "", "")]
