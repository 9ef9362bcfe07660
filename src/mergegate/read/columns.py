"""An opened table: how SQL reads each column that was asked for.

Columns are addressed by their position (c0, c1, ...), never by their name: so a name may hold anything, and one that
differs in case only is another column.
"""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mergegate.read.duck import Connection

INTEGERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"}
)
_FLOATS = frozenset({"FLOAT", "DOUBLE"})


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table."""

    side: str
    """`base`, `head` or `labels`."""
    shown: str
    """What messages call it: the side and the file."""
    names: tuple[str, ...]
    """Every column's name, in the file's order."""
    types: Mapping[int, str]
    """DuckDB's type by position, of the columns that can be read."""
    relation: str
    """What stands behind FROM."""
    id: str = ""
    """The column of the ids; empty where the table was opened without."""
    rows: int = 0

    def has(self, name: str) -> bool:
        """True where the table has exactly this column."""
        return name in self.names

    def column(self, name: str) -> str:
        """The SQL name of a column that the table has."""
        return f"c{self.names.index(name)}"

    def type_of(self, name: str) -> str:
        """DuckDB's type of a column."""
        return self.types[self.names.index(name)]

    def text(self, name: str) -> str:
        """SQL: the column as text, an empty cell or a NaN as NULL."""
        column = self.column(name)
        kind = self.type_of(name)
        if kind == "VARCHAR":
            return column  # Bare, so that DuckDB works on the file's dictionary instead of on each row.
        if kind in _FLOATS:  # Not by isnan: DuckDB answers it from a Parquet file's statistics, which leave NaN out.
            return f"nullif(nullif(CAST({column} AS VARCHAR), 'nan'), '-nan')"
        return f"CAST({column} AS VARCHAR)"

    def number(self, name: str) -> str:
        """SQL: the column as a DOUBLE, NULL where it is no number."""
        tried = "CAST" if self.type_of(name) in _FLOATS else "TRY_CAST"
        return f"{tried}({self.column(name)} AS DOUBLE)"

    @property
    def id_text(self) -> str:
        """SQL: the id as text; a whole number loses its `.0`, as CSV and Parquet writers differ there."""
        column, kind = self.column(self.id), self.type_of(self.id)
        if kind in INTEGERS:
            return f"CAST({column} AS VARCHAR)"
        if kind in _FLOATS:
            whole = f"isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 9e15"
            return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE {self.text(self.id)} END"
        text = column if kind == "VARCHAR" else f"CAST({column} AS VARCHAR)"
        whole = f"suffix({text}, '0') AND regexp_full_match({text}, '-?[0-9]+[.]0+')"
        return f"CASE WHEN {whole} THEN split_part({text}, '.', 1) ELSE nullif({text}, '') END"


def ids_where(connection: Connection, table: Table, condition: str) -> tuple[int, str]:
    """How many rows of `table` meet the SQL `condition`, and the first five of their ids, for a message.

    Not by WHERE: DuckDB would skip by a Parquet file's statistics, which do not count NaN.
    """
    columns = f"SELECT {table.id_text} AS id, {condition} AS found FROM {table.relation}"
    query = f"SELECT count(*) FILTER (found), list_sort(min(id, 5) FILTER (found)) FROM ({columns})"
    count, ids = connection.execute(query).fetchall()[0]
    return count, named(ids or [])


def named(values: Sequence[str]) -> str:
    """A few values for a message, each cut to a readable length."""
    return ", ".join(f"`{clipped(value, 60)}`" for value in values)


LONGEST = 200
"""Characters of a cell that a reader is shown; a longer one is cut."""


def clipped(text: str, most: int = LONGEST) -> str:
    """`text`, cut where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"
