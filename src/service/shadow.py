"""Make one table of the sampled questions, as the stage `shadow` reads it: `python -m service.shadow FOLDER TABLE`."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.sample import COLUMNS, files_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows(folder: Path) -> list[list[str]]:
    """The sampled questions, each id once, in the order of the ids. A line that was cut off by a crash is left out."""
    found: dict[str, list[str]] = {}
    for path in files_of(folder):
        for row in _lines(path):
            if len(row) == len(COLUMNS):
                found.setdefault(row[0], row)
    return [found[ident] for ident in sorted(found)]


def _lines(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = csv.reader(file)
        next(lines, None)
        yield from lines


def write(folder: Path, table: Path) -> int:
    """Write the table as Parquet; how many rows it has."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = rows(folder)
    columns = list(zip(*found, strict=True)) if found else [()] * len(COLUMNS)
    table.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table({name: pa.array(values, pa.string()) for name, values in zip(COLUMNS, columns, strict=True)}), table
    )
    return len(found)


def main() -> None:
    """Read the folder, write the table, say how many rows it has."""
    parser = argparse.ArgumentParser(prog="python -m service.shadow", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the service sampled to (--sample-into)")
    parser.add_argument("table", type=Path, help="the Parquet file to write, such as work/intent/unlabelled.parquet")
    asked = parser.parse_args()
    count = write(asked.folder, asked.table)
    if not count:
        sys.exit(f"{asked.folder} holds no sampled question")
    sys.stdout.write(f"· {count:,} questions of {asked.folder}\n")


if __name__ == "__main__":
    main()
