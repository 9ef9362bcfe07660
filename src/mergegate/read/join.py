"""Joins base's rows with head's by id, once, and proves from the counts of that one join that no id stands twice.

Let J rows match, B base rows find no partner and H head rows find none. Every matched base row has at least one
partner, so J + B is base's number of rows only if each has exactly one; likewise for head. What remains are ids that
stand twice among the rows without a partner, and only where there are such rows is another look needed.
"""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, TableError
from mergegate.read.columns import INTEGERS, ids_where, named

if TYPE_CHECKING:
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection


@dataclass(frozen=True, slots=True)
class Columns:
    """What each side brings to the joined rows: SQL expressions by the name they get there."""

    truth: dict[str, str] = field(default_factory=dict)
    """Label, group and slices: of the table of labels, or else of head."""
    base: dict[str, str] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """What the joined rows keep of all that, or compute from it."""


@dataclass(frozen=True, slots=True)
class Joined:
    """How the ids met. The matched rows are in the temporary table `j`, with `k`, the hash of the id."""

    n: int
    only_base: int
    only_head: int


def join(
    connection: Connection, base: Table, head: Table, labels: Table | None, columns: Columns, min_coverage: float
) -> Joined:
    """Make `j`; raise `TableError` where an id is empty or stands twice, or head answered too few of base's ids.

    With a `min_coverage` below 0 head may have answered none of them.
    """
    if labels is not None:
        check_ids(connection, labels)
    ids = _comparable([base, head, *([labels] if labels else [])])
    left = _head_side(head, labels, columns, ids)
    right = _select(base, ids[base.side], {"in_base": "true", **columns.base})
    kept = ", ".join(["k", "in_base", *(f"{sql} AS {name}" for name, sql in columns.kept.items())])
    most = base.rows + head.rows + 1  # So that an id that stands a million times cannot fill the disk.
    connection.execute(
        f"CREATE TEMP TABLE j AS SELECT {kept} FROM {left} h FULL JOIN {right} b ON h.id = b.id LIMIT {most}"
    )
    total, only_head, only_base = connection.execute(
        "SELECT count(*), count(*) - count(in_base), count(*) - count(k) FROM j"
    ).fetchall()[0]
    matched = total - only_head - only_base
    exact = matched + only_base == base.rows and matched + only_head == head.rows
    if not exact or only_head or only_base:
        check_ids(connection, base)
        check_ids(connection, head)
        if not exact:
            raise SurroundingsError(
                "the join of the two tables does not add up",
                do="write them again; if that does not help, report it as a bug",
            )
        _check_coverage(connection, base, head, only_base, min_coverage)
        connection.execute("DELETE FROM j WHERE k IS NULL OR in_base IS NULL")
    return Joined(matched, only_base, only_head)


def ids_of(connection: Connection, table: Table, hashes: list[int]) -> dict[int, str]:
    """The ids behind values of `k`."""
    query = f"SELECT hash({table.id_text}), {table.id_text} FROM {table.relation} WHERE hash({table.id_text}) IN "
    return dict(connection.execute(query + "(SELECT unnest(?::UBIGINT[]))", [hashes]).fetchall())


def _comparable(tables: list[Table]) -> dict[str, str]:
    """SQL for each side's id: whole numbers where all tables have them, text otherwise."""
    if all(table.type_of(table.id) in INTEGERS for table in tables):
        return {table.side: f"CAST({table.column(table.id)} AS HUGEINT)" for table in tables}
    return {table.side: table.id_text for table in tables}


def _select(table: Table, key: str, columns: dict[str, str]) -> str:
    expressions = "".join(f", {sql} AS {name}" for name, sql in columns.items())
    return f"(SELECT {key} AS id{expressions} FROM {table.relation})"


def _head_side(head: Table, labels: Table | None, columns: Columns, ids: dict[str, str]) -> str:
    """Head's rows with the truth about each."""
    key = {"k": f"hash({head.id_text})"}
    if labels is None:
        return _select(head, ids[head.side], key | columns.truth | columns.head)
    own = _select(head, ids[head.side], key | columns.head)
    truth = _select(labels, ids[labels.side], columns.truth)
    names = ", ".join(["o.id AS id", "k", *columns.truth, *columns.head])
    return f"(SELECT {names} FROM {own} o LEFT JOIN {truth} t ON o.id = t.id)"


def check_ids(connection: Connection, table: Table) -> None:
    """Every row has an id, and no two have the same."""
    empty, _ = ids_where(connection, table, f"{table.id_text} IS NULL")
    where = f"{table.shown}, column `{table.id}`"
    if empty:
        raise TableError(f"{empty:,} of {table.rows:,} ids are empty", where=where, do="give every row an id")
    twice = connection.execute(
        f"SELECT count(*), list_sort(min(id, 5)) FROM "
        f"(SELECT {table.id_text} AS id FROM {table.relation} GROUP BY ALL HAVING count(*) > 1)"
    ).fetchall()[0]
    if twice[0]:
        raise TableError(
            f"{twice[0]:,} ids stand more than once: {named(twice[1])}",
            where=where,
            do="make the id unique in the stage that writes the table; it pairs base's row with head's",
        )


def _check_coverage(connection: Connection, base: Table, head: Table, only_base: int, least: float) -> None:
    answered = base.rows - only_base
    if (answered or least < 0) and answered / base.rows >= least:
        return
    other = f"SELECT {head.id_text} FROM {head.relation}"
    _, missing = ids_where(connection, base, f"NOT coalesce({base.id_text} IN ({other}), false)")
    share = f"head answered {answered:,} of base's {base.rows:,} ids"
    if answered:
        raise TableError(
            f"{share} ({answered / base.rows:.1%}), and `min_coverage` asks for {least:.1%}",
            where=f"{head.shown}; it lacks {missing}",
            do="predict every row of the holdout, or lower `min_coverage` on main first",
        )
    _, own = ids_where(connection, head, "true")
    raise TableError(
        f"the two tables have no id in common: {share}",
        where=f"base has {missing}; head has {own}",
        do="an id must name the same row in both; do not number rows anew in each run",
    )
