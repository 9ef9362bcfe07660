"""Turns the values of classes, slices and groups into small whole numbers, so that a million rows count quickly."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import TableError
from mergegate.facts.joint import canonical
from mergegate.read.columns import ids_where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

MOST_CLASSES = 20_000
MOST_SLICES = 200
"""Values of one slice column: beyond, it is no slice column (an id, an age in days) but should be cut into ranges."""
MOST_CLUSTERS = 4096
NONE = "(none)"
"""How a slice is called whose rows have no value in the column."""


@dataclass(frozen=True, slots=True)
class Coding:
    """The values of one kind, and how SQL turns a text into the code of its value."""

    name: str
    """The name of an ENUM type, empty where there is no value at all."""
    values: tuple[str, ...]
    """By code, sorted."""
    mapping: tuple[int, ...] | None
    """By position in the ENUM: the code; None where it is the same."""
    missing: int | None = None
    """The code of a missing value; None where it stays NULL."""

    def code(self, text: str) -> str:
        """SQL: the code of the value in the SQL expression `text`."""
        kind = "UTINYINT" if len(self.values) <= 256 else "USMALLINT"
        if not self.name:
            return f"CAST({self.missing} AS {kind})"
        code = f"enum_code(TRY_CAST({text} AS {self.name}))"  # TRY_CAST stays on the file's dictionary, CAST does not.
        if self.mapping is not None:
            code = f"[{', '.join(map(str, self.mapping))}][CAST({code} AS INTEGER) + 1]"
        code = f"CAST({code} AS {kind})"
        return code if self.missing is None else f"coalesce({code}, CAST({self.missing} AS {kind}))"


def class_coding(connection: Connection, sources: Sequence[tuple[Table, str]]) -> Coding:
    """One code for every value of the labels and the answers, in `sources` of (table, column); none may be missing."""
    found: set[str] = set()
    for table, column in sources:
        values = _distinct(connection, table, column, MOST_CLASSES)
        if values is None:
            raise TableError(
                f"column `{column}` of {table.shown} has more than {MOST_CLASSES:,} different values",
                where=f"{table.shown}, column `{column}`",
                do="for numbers say `task: regression` in the policy; otherwise name the column of the classes",
            )
        if None in values or "" in values:
            raise_missing(connection, table, column)
        found |= _present(values)
    return _coding(connection, "class_code", found)


def slice_coding(connection: Connection, table: Table, column: str, name: str) -> Coding:
    """The codes of a slice column's values; rows without one form the slice `(none)`."""
    values = _distinct(connection, table, column, MOST_SLICES)
    if values is None:
        raise TableError(
            f"column `{column}` of {table.shown} has more than {MOST_SLICES} different values: too many for slices",
            where=f"{table.shown}, column `{column}`",
            do="cut it into ranges or a dozen kinds in the pipeline, or take it out of `slices`",
        )
    present = _present(values)
    return _coding(connection, name, present, missing=len(present) < len(values))


def group_code(connection: Connection, table: Table, column: str) -> tuple[str, int]:
    """SQL that gives each row its cluster, and how many clusters there are.

    Up to 4,096 groups are a cluster each; more are merged by a hash into 4,096, which stay independent of each other
    because each is made of whole groups.
    """
    text = table.text(column)
    connection.execute(f"CREATE TEMP TABLE group_values AS SELECT DISTINCT {text} AS v FROM {table.relation}")
    (count, empty) = connection.execute(
        "SELECT count(*), count(*) - count(nullif(v, '')) FROM group_values"
    ).fetchall()[0]
    if empty:
        raise_missing(connection, table, column)
    if count > MOST_CLUSTERS:
        connection.execute("DROP TABLE group_values")
        return f"CAST(hash({text}) % {MOST_CLUSTERS} AS USMALLINT)", MOST_CLUSTERS
    values = {row[0] for row in connection.execute("SELECT v FROM group_values").fetchall()}
    coding = _coding(connection, "group_code", values)
    return coding.code(text), len(coding.values)


def raise_missing(connection: Connection, table: Table, column: str) -> None:
    """Raise the error for empty cells in `column`."""
    count, ids = ids_where(connection, table, f"nullif({table.text(column)}, '') IS NULL")
    raise TableError(
        f"column `{column}` of {table.shown} is empty in {count:,} of {table.rows:,} rows",
        where=f"{table.shown}, column `{column}`, ids {ids}",
        do="write a value for every row; a model that gives no answer needs an answer of its own, such as `none`",
    )


def _distinct(connection: Connection, table: Table, column: str, most: int) -> set[str | None] | None:
    """The different texts of a column; None where there are more than `most` besides the missing ones."""
    query = f"SELECT v FROM (SELECT DISTINCT {table.text(column)} AS v FROM {table.relation}) LIMIT {most + 3}"
    values = {row[0] for row in connection.execute(query).fetchall()}
    return None if len(_present(values)) > most else values


def _present(values: set[str | None]) -> set[str]:
    return {value for value in values if value}


def _coding(connection: Connection, name: str, values: set[str], *, missing: bool = False) -> Coding:
    """An ENUM of the raw texts, and the codes of what they mean."""
    raw = sorted(values)
    meaning = [canonical(value) for value in raw]
    known = tuple(sorted({*meaning, *([NONE] if missing else [])}))
    code = {value: index for index, value in enumerate(known)}
    if raw:
        connection.execute(f"CREATE TYPE {name} AS ENUM (SELECT unnest(?))", [raw])
    mapping = tuple(code[value] for value in meaning)
    return Coding(
        name if raw else "",
        known,
        None if mapping == tuple(range(len(raw))) else mapping,
        code[NONE] if missing else None,
    )
