"""Opens a Parquet or CSV table, and refuses in so many words what is none or lacks a column."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

import csv
import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.errors import TableError
from mergegate.read.columns import Table, named
from mergegate.read.duck import UNREADABLE, first_line
from mergegate.read.spark import SparkConnection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mergegate.read.duck import Connection

_NESTED = re.compile(r"STRUCT|MAP|UNION|.*\]$|LIST|BLOB|VARIANT")


def open_table(
    connection: Connection,
    link: str,
    path: Path,
    side: str,
    wanted: Sequence[tuple[str, str]],
    optional: Sequence[tuple[str, str]] = (),
) -> Table:
    """Open `path` (which SQL reaches by `link`), and raise `TableError` where it lacks a `wanted` (column, what for).

    A CSV is read once, into DuckDB; a Parquet file is read where it lies. The suffix says which it is; without a known
    one (a file of DVC's cache), the first four bytes do. The first of `wanted` is the id;
    `optional` columns are opened where they are there.
    """
    shown = f"{side}'s table {path}" if side != "labels" else f"the table of labels {path}"
    try:
        parquet = _is_parquet(path, shown)
        names = _parquet_names(connection, link) if parquet else _csv_names(path, shown)
        wanted = [*wanted, *(column for column in optional if column[0] in names)]
        _demand(names, wanted, shown, path)
        columns = list(dict.fromkeys(name for name, _ in wanted))
        opened = _open_parquet if parquet else _open_csv
        return _demand_rows(opened(connection, link, side, shown, names, columns))
    except UNREADABLE as error:
        raise _unreadable(shown, path, error) from None


def open_all(connection: Connection, link: str, path: Path, side: str) -> Table:
    """Open every column of `path` that stands once and holds one value per row; the table may have no rows.

    `types` says which columns these are. Raises `TableError` where the file is no table, or no column can be read.
    """
    shown = f"{side}'s table {path.name}"
    try:
        parquet = _is_parquet(path, shown)
        names = _parquet_names(connection, link) if parquet else _csv_names(path, shown)
        once = [name for name in names if names.count(name) == 1]
        if parquet:
            types = connection.execute(f"DESCRIBE SELECT * FROM {_parquet(link, side, len(names))}").fetchall()
            once = [name for name in once if not _NESTED.match(types[names.index(name)][1])]
        if not once:
            _demand(names, [(names[0], "a column")] if names else [], shown, path)
            raise TableError(
                f"{shown} has no column that holds one value per row", where=str(path), do="write it again"
            )
        return (_open_parquet if parquet else _open_csv)(connection, link, side, shown, names, once)
    except UNREADABLE as error:
        raise _unreadable(shown, path, error) from None


def _unreadable(shown: str, path: Path, error: BaseException) -> TableError:
    return TableError(
        f"{shown} cannot be read: {first_line(error)}",
        where=str(path),
        do="write it again; it must be one whole Parquet file, or a CSV in UTF-8 with commas and a header",
    )


def _parquet(link: str, side: str, columns: int) -> str:
    aliases = ", ".join(f"c{position}" for position in range(columns))
    return f"read_parquet({link}, hive_partitioning = false, binary_as_string = true) AS {side}({aliases})"


_OTHERS = {
    b"\x1f\x8b": "it is packed with gzip: unpack it",
    b"PK\x03\x04": "it is a workbook or another zip archive: export it as CSV",
    b"ARROW1": "it is an Arrow (Feather) file: write it as Parquet",
}
"""By the first bytes of a file that is neither Parquet nor CSV: what to do about it."""


def _is_parquet(path: Path, shown: str) -> bool:
    with path.open("rb") as file:
        first = file.read(6)
    magic, suffix = first[:4], path.suffix.lower()
    if magic == b"PAR1" and suffix == ".csv":
        raise TableError(f"{shown} is no CSV", where=str(path), do="it is a Parquet file: name it .parquet")
    other = next((do for start, do in _OTHERS.items() if first.startswith(start)), None)
    if other and suffix not in {".parquet", ".pq"}:
        raise TableError(f"{shown} is neither Parquet nor a CSV", where=str(path), do=other)
    if magic != b"PAR1" and suffix in {".parquet", ".pq"}:
        pointer = magic in {b"outs", b"vers"}
        raise TableError(
            f"{shown} is not a Parquet file",
            where=str(path),
            do="it is a pointer to the data: bring the data itself, for example with `dvc pull`"
            if pointer
            else "write it again, or name it .csv if that is what it is",
        )
    return magic == b"PAR1"


def _parquet_names(connection: Connection, link: str) -> tuple[str, ...]:
    """The top columns, under the names that the file itself has (DuckDB renames those that look alike)."""
    if isinstance(connection, SparkConnection):
        return connection.parquet_names(link)
    schema = connection.execute(f"SELECT name, num_children FROM parquet_schema({link})").fetchall()
    names, at = [], 1
    while at < len(schema):
        names.append(schema[at][0])
        pending = 1
        while pending:
            pending += (schema[at][1] or 0) - 1
            at += 1
    return tuple(names)


def _open_parquet(
    connection: Connection, link: str, side: str, shown: str, names: Sequence[str], columns: Sequence[str]
) -> Table:
    if isinstance(connection, SparkConnection):
        source, types = side, connection.open_parquet(link, side)
    else:
        source = _parquet(link, side, len(names))
        types = [row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    kept = {names.index(name): types[names.index(name)] for name in columns}
    for position, kind in kept.items():
        if _NESTED.match(kind):
            raise TableError(
                f"column `{names[position]}` of {shown} holds {kind}, not one value per row",
                where=f"{shown}, column `{names[position]}`",
                do="write text, whole numbers, decimals or true/false",
            )
    plain = {position: "VARCHAR" if kind.startswith("ENUM") else kind for position, kind in kept.items()}
    return _counted(connection, Table(side, shown, tuple(names), plain, source, columns[0]))


def _csv_names(path: Path, shown: str) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(next(csv.reader(file), ()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(
            f"{shown} is neither Parquet nor a CSV in UTF-8: {error}", where=str(path), do="save it as UTF-8"
        ) from None


def _open_csv(
    connection: Connection, link: str, side: str, shown: str, names: Sequence[str], columns: Sequence[str]
) -> Table:
    """Copy the wanted columns into DuckDB, all as text: no guess at a type may turn the id `007` into 7."""
    types = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(names)))
    kept = sorted(names.index(name) for name in columns)
    if isinstance(connection, SparkConnection):
        connection.open_csv(link, side, len(names), kept)
    else:
        connection.execute(
            f"CREATE TEMP TABLE {side} AS SELECT {', '.join(f'c{position}' for position in kept)} "
            f"FROM read_csv({link}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
            f"nullstr = '', columns = {{{types}}})"
        )
    return _counted(connection, Table(side, shown, tuple(names), dict.fromkeys(kept, "VARCHAR"), side, columns[0]))


def _counted(connection: Connection, table: Table) -> Table:
    row = connection.execute(f"SELECT count(*) FROM {table.relation}").fetchone()
    return replace(table, rows=row[0] if row else 0)


def _demand_rows(table: Table) -> Table:
    if not table.rows:
        raise TableError(
            f"{table.shown} is empty", where=table.shown, do="look at the stage that writes it: it wrote no row"
        )
    return table


def _demand(names: tuple[str, ...], wanted: Sequence[tuple[str, str]], shown: str, path: Path) -> None:
    """Every wanted column, once."""
    if not names:
        raise TableError(f"{shown} is empty", where=str(path), do="look at the stage that writes it: it wrote nothing")
    twice = [name for name, _ in wanted if names.count(name) > 1]
    if twice:
        raise TableError(
            f"{shown} has the column `{twice[0]}` {names.count(twice[0])} times",
            where=str(path),
            do="write each column once",
        )
    missing = [(name, why) for name, why in wanted if name not in names]
    if missing:
        raise TableError(
            f"{shown} has no column " + ", ".join(f"`{name}` ({why})" for name, why in missing),
            where=str(path),
            do=_remedy(missing[0][0], names),
        )


def _remedy(name: str, names: tuple[str, ...]) -> str:
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        return "separate the columns with commas"
    if names[0].lstrip().startswith(("{", "[")):
        return "it is JSON: write it as Parquet or CSV"
    there = "it has " + named(names[:20]) + (", ..." if len(names) > 20 else "")
    folded = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name.casefold(), folded, 1)
    return there + (f"; did you mean `{folded[close[0]]}`?" if close else "; name one of them in the policy")
