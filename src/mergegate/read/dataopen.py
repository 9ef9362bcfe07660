"""Opens base's and head's table of data side by side, whatever they lack, and says how SQL compares them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.read.columns import INTEGERS
from mergegate.read.opening import open_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from mergegate.facts.datapolicy import TablePolicy
    from mergegate.read.columns import Table

CLUSTERS = 4096
"""Groups are merged by their hash into so many, which stay independent because each is made of whole groups."""
LONGEST = 120
"""Characters of a cell of an example; a longer one is cut."""
_NUMBERS = INTEGERS | {"FLOAT", "DOUBLE"}


@dataclass(frozen=True, slots=True)
class Both:
    """The two tables of one comparison; base may be missing or unfit."""

    connection: DuckDBPyConnection
    policy: TablePolicy
    base: Table | None
    """None where there is no base, or its ids cannot be read."""
    head: Table

    @property
    def sides(self) -> tuple[Table, ...]:
        """Base, where there is one, and head."""
        return (self.base, self.head) if self.base else (self.head,)

    def shared(self, *, without: tuple[str | None, ...] = ()) -> tuple[str, ...]:
        """Columns that both sides can read, in head's order."""
        return tuple(
            name
            for name in readable(self.head)
            if name not in without and (self.base is None or name in readable(self.base))
        )

    def text(self, table: Table, name: str) -> str:
        """SQL: a column as text that is alike on both sides, though one may hold 1 and the other 1.0 or "1"."""
        kinds = {side.type_of(name) for side in self.sides}
        text = f"nullif({table.text(name)}, '')"
        if kinds == {"VARCHAR"} or not kinds & (_NUMBERS | {"BOOLEAN"} | {k for k in kinds if k.startswith("DECIMAL")}):
            return text
        if "BOOLEAN" in kinds:
            return f"lower({text})"
        return f"coalesce(CAST({table.number(name)} AS VARCHAR), {text})"


def readable(table: Table) -> tuple[str, ...]:
    """The columns that stand once and hold one value per row."""
    return tuple(table.names[position] for position in sorted(table.types))


def has(table: Table | None, name: str | None) -> bool:
    """Whether the table has the column, readable."""
    return table is not None and name is not None and name in readable(table)


def open_both(
    connection: DuckDBPyConnection, links: Mapping[str, str], files: Mapping[str, Path], policy: TablePolicy
) -> tuple[Both, int | None]:
    """Both tables (`files` has `head` and maybe `base`), and base's rows where there is a base.

    A base without a readable id column is left out: there is nothing by which rows could be paired.
    """
    head = _named(open_all(connection, links["head"], files["head"], "head"), policy)
    base = _named(open_all(connection, links["base"], files["base"], "base"), policy) if "base" in files else None
    fit = base if base is not None and base.id and head.id else None
    return Both(connection, policy, fit, head), base.rows if base is not None else None


def _named(table: Table, policy: TablePolicy) -> Table:
    return replace(table, id=policy.id if has(table, policy.id) else "")


def cluster_of(table: Table, group: str | None) -> str:
    """SQL: a hash of the row's group (of its id, where rows have none), the same on both sides."""
    text = table.text(group) if group is not None and has(table, group) else table.id_text if table.id else "''"
    return f"hash(coalesce(CAST({text} AS VARCHAR), ''))"


def value(connection: DuckDBPyConnection, query: str) -> int:
    """The one whole number that a query answers with."""
    return int(connection.execute(query).fetchall()[0][0] or 0)
