"""Reads one table of data of base and of head: schema, diff by id, texts, distributions, and rows to look for leaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.facts.data import Found
from mergegate.read.datacount import count_cells, draw, leak_columns
from mergegate.read.datadiff import diff
from mergegate.read.dataopen import has, open_both
from mergegate.read.dataschema import check_schema
from mergegate.read.datatext import text_faults
from mergegate.read.duck import database
from mergegate.read.opening import open_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from mergegate.facts.data import Sample
    from mergegate.facts.datapolicy import TablePolicy
    from mergegate.read.dataopen import Both

MEMORY = "480MB"
"""What DuckDB may hold: with pandera, pandas and Arrow beside it, a process stays below 1 GB."""


def read_data(
    policy: TablePolicy,
    base: Path | None,
    head: Path,
    holdouts: Mapping[str, tuple[Path, str]] | None = None,
    *,
    memory: str = MEMORY,
) -> Found:
    """Everything that the rules of one table need to know, in counts.

    `base` is None where it never had the table; `holdouts` has the tables, with their id columns, that say which rows
    are held out (by any name). Out of core: `memory` is what DuckDB holds before it spills to disk. Raises `TableError`
    for a file that is no table; what a table lacks or has wrongly is a fault in what is returned.
    """
    files = {"head": head} | ({"base": base} if base else {})
    held = {f"holdout_{name}": path for name, (path, _) in (holdouts or {}).items()}
    with database(files | held, memory=memory) as (connection, links):
        both, rows = open_both(connection, links, files, policy)
        faults = check_schema(connection, both.head, policy)
        ids = _held_out(connection, links, holdouts or {}) if both.base else None
        columns = leak_columns(both)
        cells = [count_cells(both, column) for column in policy.drift_columns]
        return Found(
            rows=(rows, both.head.rows),
            faults=faults,
            diff=diff(both, ids),
            texts=text_faults(both) if both.head.rows else (),
            cells=tuple(one for one in cells if one is not None),
            samples=_samples(both, columns) if columns else (None, None),
        )


def _samples(both: Both, columns: tuple[str, ...]) -> tuple[Sample | None, Sample | None]:
    return draw(both, both.base, columns), draw(both, both.head, columns)


def _held_out(
    connection: DuckDBPyConnection, links: Mapping[str, str], holdouts: Mapping[str, tuple[Path, str]]
) -> str | None:
    """A relation of the ids that are held out; None where no table says so."""
    parts = []
    for name, (path, column) in holdouts.items():
        table = open_all(connection, links[f"holdout_{name}"], path, f"holdout_{name}")
        if has(table, column):
            parts.append(f"SELECT {replace(table, id=column).id_text} AS id FROM {table.relation}")  # noqa: S608 - names made here
    return f"({' UNION ALL '.join(parts)})" if parts else None
