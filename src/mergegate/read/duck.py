"""One DuckDB in memory that may read the tables it was opened for, and nothing else on this machine or off it."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from mergegate.errors import MergegateError, SurroundingsError, TableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.read.spark import SparkConnection

Connection: TypeAlias = "duckdb.DuckDBPyConnection | SparkConnection"
LEAST_MEMORY = 640_000_000
"""What DuckDB may hold before it spills to disk: with Python beside it, a process stays below 1 GB."""
BYTES_PER_ROW = 20
"""What it may hold for each row, where that is more: 4 GB for two tables of 1e8 rows, which 640 MB cannot join."""
LEAST_RANKED, BYTES_PER_RANKED_ROW = 320_000_000, 15
"""The same where every row comes to Python, which holds as much beside it."""
CSV_BYTES_PER_ROW = 40
UNREADABLE = (
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.SerializationException,
    duckdb.NotSupportedError,
    duckdb.OutOfRangeException,
)
"""What DuckDB raises where a file's bytes are not what they claim to be."""


@contextmanager
def database(
    files: Mapping[str, Path], *, memory: str | None = None, threads: int | None = None, ranked: bool = False
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str]]]:
    """A connection, with a quoted SQL path for each of `files` by its name.

    Paths reach SQL only as links with plain names in a folder of our own: so no wildcard, quote or `key=value` in
    somebody's path means anything. Extensions, the network and all other files are shut off. It gets less
    memory where the rows are `ranked`: Python then holds them as well.
    """
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        links = linked(Path(folder), files)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory or f"{LEAST_MEMORY}B",
            "temp_directory": str(Path(folder, "spill")),
            "preserve_insertion_order": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
        }
        if threads is not None:
            config["threads"] = threads
        connection = duckdb.connect(":memory:", config=config)
        try:
            if memory is None:
                most = memory_for(sum(_rows(connection, link) for link in links.values()), ranked=ranked)
                connection.execute(f"SET memory_limit = '{most}B'")
            _lock(connection, folder, links)
            yield connection, {name: quoted(str(link)) for name, link in links.items()}
        except duckdb.Error as error:
            raise _told(error, files) from error
        finally:
            connection.close()


def memory_for(rows: int, *, ranked: bool = False) -> int:
    """Bytes that DuckDB may hold for tables of so many rows together, up to half of this machine's memory.

    A join spills what it cannot hold, but each of its partitions must fit; those grow with the rows.
    """
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    if ranked:
        return max(LEAST_RANKED, min(rows * BYTES_PER_RANKED_ROW, half))
    return max(LEAST_MEMORY, min(rows * BYTES_PER_ROW, half))


def _rows(connection: duckdb.DuckDBPyConnection, link: Path) -> int:
    """About how many rows a table has: what a Parquet file says of itself, or a guess from a CSV's size."""
    with link.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    if not parquet:
        return link.stat().st_size // CSV_BYTES_PER_ROW
    try:
        metadata = f"parquet_file_metadata({quoted(str(link))})"
        found = connection.execute(f"SELECT num_rows FROM {metadata}").fetchall()  # noqa: S608 - a link of ours
    except duckdb.Error:
        return 0  # Opening the table will say what is wrong with it.
    return max(0, int(found[0][0]))


def linked(folder: Path, files: Mapping[str, Path]) -> dict[str, Path]:
    """A link in `folder` to each of `files`, by its plain name; raises `TableError` where one cannot be read."""
    links = {name: folder / name for name in files}
    for name, link in links.items():
        link.symlink_to(_checked(files[name]))
    return links


def quoted(text: str) -> str:
    """`text` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _told(error: duckdb.Error, files: Mapping[str, Path]) -> MergegateError | duckdb.Error:
    """A failure of DuckDB in words: no room, a broken file, or DuckDB's own."""
    where = ", ".join(str(path) for path in files.values())
    if isinstance(error, duckdb.OutOfMemoryException):
        room = f"free some room in {tempfile.gettempdir()}, or set TMPDIR to a larger disk"
        return SurroundingsError("the tables need more memory or disk than there is", where=first_line(error), do=room)
    if isinstance(error, UNREADABLE) or type(error) is duckdb.Error:
        return TableError(f"a table cannot be read: {first_line(error)}", where=where, do="write it again")
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        return SurroundingsError(f"DuckDB failed: {first_line(error)}", where=where, do="write the tables again")
    return error  # A mistake of ours in the SQL: nothing that a reader could mend.


def first_line(error: BaseException) -> str:
    """What DuckDB said, and why a CSV's line is bad; without its advice, its echo of the query and our links."""
    said = str(error).splitlines()
    why = [line for line in said if line.startswith(("Expected Number of Columns", "Value with unterminated quote"))]
    return re.sub(r"['\"]?/\S*mergegate-[^/\s]*/(\w+)['\"]?", r"\1", ": ".join([said[0], *why[:1]]))


def _lock(connection: duckdb.DuckDBPyConnection, folder: str, links: Mapping[str, Path]) -> None:
    real = ", ".join(quoted(str(link.resolve())) for link in links.values())
    connection.execute(f"SET allowed_paths = [{real}]")
    connection.execute(f"SET allowed_directories = [{quoted(folder)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _checked(path: Path) -> Path:
    """The real path of a table that exists and can be read."""
    what = f"the table {path} "
    try:
        with path.open("rb"):
            pass
        str(path.resolve()).encode("utf-8")
    except FileNotFoundError:
        raise TableError(
            what + "is not there", where=str(path), do="run the stage that writes it, or bring it with `dvc pull`"
        ) from None
    except IsADirectoryError:
        raise TableError(what + "is a folder", where=str(path), do="name a Parquet or CSV file") from None
    except UnicodeEncodeError:
        raise TableError(what + "has a path that is not UTF-8", where=repr(path), do="rename it") from None
    except OSError as error:
        raise TableError(
            what + f"cannot be read: {error.strerror}", where=str(path), do="check its permissions"
        ) from None
    return path.resolve()
