# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""Held-out rows that keep their id and are another question all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.read.duck import database
from mergegate.read.join import check_ids
from mergegate.read.opening import open_all

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.read.columns import Table


def edited_rows(base: Path, head: Path, key: str) -> tuple[int, tuple[str, ...]]:
    """(rows of both tables in which a column differs that both have, those columns); the id `key` pairs them.

    Nothing where a table has no such column. Raises `TableError` where a table cannot be read, or an id is no id.
    """
    with database({"base": base, "head": head}) as (connection, links):
        tables = [open_all(connection, links[side], path, side) for side, path in (("base", base), ("head", head))]
        if not all(_readable(table, key) for table in tables):
            return 0, ()
        before, after = (replace(table, id=key) for table in tables)
        for table in (before, after):
            check_ids(connection, table)
        common = [name for name in before.names if name != key and all(_readable(one, name) for one in tables)]
        if not common:
            return 0, ()
        sides = [
            f"(SELECT {table.id_text} AS id, {', '.join(f'{table.text(n)} AS v{i}' for i, n in enumerate(common))} "
            f"FROM {table.relation})"
            for table in (before, after)
        ]
        differ = [f"CAST(b.v{i} AS VARCHAR) IS DISTINCT FROM CAST(h.v{i} AS VARCHAR)" for i in range(len(common))]
        counts = ", ".join(f"count(*) FILTER ({one})" for one in differ)
        query = (
            f"SELECT count(*) FILTER ({' OR '.join(differ)}), {counts} FROM {sides[0]} b JOIN {sides[1]} h USING (id)"
        )
        total, *each = connection.execute(query).fetchall()[0]
    return int(total), tuple(name for name, count in zip(common, each, strict=True) if count)


def _readable(table: Table, name: str) -> bool:
    return table.names.count(name) == 1 and table.names.index(name) in table.types
