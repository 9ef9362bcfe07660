"""Make one table of the sampled questions, as the stage `shadow` reads it: `python -m service.shadow FOLDER TABLE`.

With `--track` DVC tracks the table, in place of the stage of dvc.yaml that wrote it until now. That is a change of the
pipeline like any other: it goes through a pull request of its own, and stands in `dvc.lock` and in a `.dvc` file.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import MergegateError, UseError
from service.sample import COLUMNS, files_of
from service.tracked import track

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def rows(folder: Path, there: Iterable[list[str]] = ()) -> list[list[str]]:
    """The rows that are `there`, then the sampled questions, each id once, in the order of the ids.

    A line that was cut off by a crash is left out.
    """
    found = {row[0]: row for row in there}
    for path in files_of(folder):
        for row in _lines(path):
            if len(row) == len(COLUMNS):
                found.setdefault(row[0], row)
    return [found[ident] for ident in sorted(found)]


def _lines(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = csv.reader(line.replace("\0", "") for line in file)  # a crash of the machine can leave zeros behind
        next(lines, None)
        yield from lines


def write(folder: Path, table: Path, *, keep: bool = False) -> int:
    """Write the table as Parquet, with `keep` beside the rows that it has; how many it has then."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = rows(folder, _there(table) if keep else ())
    columns = list(zip(*found, strict=True)) if found else [()] * len(COLUMNS)
    made = pa.table({name: pa.array(values, pa.string()) for name, values in zip(COLUMNS, columns, strict=True)})
    table.parent.mkdir(parents=True, exist_ok=True)
    table.unlink(missing_ok=True)  # it may be a link into DVC's cache, where nothing may ever be written
    pq.write_table(made, table)
    return len(found)


def _there(table: Path) -> list[list[str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(table) as file:
            found = file.read(COLUMNS).select(COLUMNS).to_pylist()
    except (pa.ArrowException, OSError, KeyError) as error:
        said = (str(error).splitlines() or ["unreadable"])[0][:200]
        raise UseError(
            f"its rows cannot be kept: {said}", where=str(table), do="bring it, or leave --keep out"
        ) from None
    return [list(row.values()) for row in found]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m service.shadow", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the service sampled to (--sample-into)")
    parser.add_argument("table", type=Path, help="the Parquet file to write, such as work/intent/unlabelled.parquet")
    parser.add_argument("--keep", action="store_true", help="leave the rows in it that it has already")
    parser.add_argument("--track", action="store_true", help="have DVC track it, in place of the stage that wrote it")
    return parser.parse_args()


def main() -> None:
    """Read the folder, write the table, say how many rows it has and what is next."""
    asked = _arguments()
    if not rows(asked.folder):
        sys.exit(f"{asked.folder} holds no sampled question")
    try:
        count = write(asked.folder, asked.table, keep=asked.keep)
        stage = track(asked.table) if asked.track else ""
    except MergegateError as error:
        sys.exit(str(error))
    sys.stdout.write(f"· {asked.table}: {count:,} questions\n")
    if stage:
        sys.stdout.write(f"· the stage {stage}, which wrote it, is gone from dvc.yaml\n")
    if asked.track:
        sys.stdout.write("· next: mergegate run --push, commit all of it, and open a pull request\n")


if __name__ == "__main__":
    main()
