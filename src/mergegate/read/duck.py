"""One DuckDB in memory that may read the tables it was opened for, and nothing else on this machine or off it."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from mergegate.errors import MergegateError, SurroundingsError, TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mergegate.read.spark import SparkConnection

Connection: TypeAlias = "duckdb.DuckDBPyConnection | SparkConnection"
LEAST_MEMORY = 640_000_000
"""What DuckDB may hold before it spills to disk: with Python beside it, a process stays below 1 GB."""
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
    files: Mapping[str, Path], *, memory: str | None = None, threads: int | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str]]]:
    """A connection, with a quoted SQL path for each of `files` by its name.

    Paths reach SQL only as links with plain names in a folder of our own: so no wildcard, quote or `key=value` in
    somebody's path means anything. Extensions, the network and all other files are shut off.
    """
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        links = linked(Path(folder), files)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory or memory_for(files.values()),
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
            _lock(connection, folder, links)
            yield connection, {name: quoted(str(link)) for name, link in links.items()}
        except duckdb.Error as error:
            raise _told(error, files) from error
        finally:
            connection.close()


def memory_for(files: Iterable[Path]) -> str:
    """What DuckDB may hold for these tables: 640 MB, or their own size where that is more, up to half of the memory.

    A join spills what it cannot hold, but each of its partitions must fit; those grow with the tables.
    """
    size = sum(path.stat().st_size for path in files if path.is_file())
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return f"{max(LEAST_MEMORY, min(size, half)) // 1_000_000}MB"


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
    """What DuckDB said, without its advice and its echo of the query."""
    return str(error).splitlines()[0]


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
