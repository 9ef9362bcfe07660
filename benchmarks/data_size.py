"""What the checks of the data cost: time and memory for tables of 1 and 10 million rows, base against head.

`python -m benchmarks.data_size` writes metrics/benchmarks/data-size.json. Every check is on: schema (pandera), diff
by id, drift, texts, leaks. Each measurement is a fresh process; memory is the largest resident set that the kernel saw.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import duckdb

from mergegate.contrast.data import compare_data
from mergegate.facts.datapolicy import TablePolicy
from mergegate.read.data import read_data

OUT = Path(__file__).resolve().parent.parent / "metrics" / "benchmarks" / "data-size.json"
SIZES = (1_000_000, 10_000_000)
FORMATS = ("parquet", "csv")
POLICY = TablePolicy.model_validate(
    {
        "path": "rows", "label": "label", "group": "grp", "text": ["text"],
        "columns": {
            "id": {"pattern": "r[0-9]+"},
            "language": {"allowed": ["de", "en", "es", "fr", "nl"]},
            "text": {"min": 5, "max": 200},
            "amount": {"type": "number", "min": 0, "max": 1000},
            "age": {"type": "integer", "min": 0, "max": 120},
            "label": {"pattern": "class [0-9]"},
        },
        "strict": False, "min_rows_per_class": 1000, "unique": [["id", "language"]],
        "limits": {"removed": 0.05}, "drift": {}, "leaks": {},
    }
)  # fmt: skip
ROWS = """
SELECT 'r' || i AS id, 'class ' || (hash(i // 10) % 10 + {relabel})::INT % 10 AS label, 'g' || (i // 10) AS grp,
       ['de', 'en', 'es', 'fr', 'nl'][1 + (hash(i // 10, 1) % 5)::INT] AS language,
       'please do the thing number ' || i || {edit} AS text,
       round((hash(i, 2) % 100000) / 100.0, 2) AS amount, (hash(i, 3) % 100)::INT AS age
FROM range({first}, {last}) t(i)
"""


def make(folder: Path, rows: int, form: str) -> None:
    """Head lacks 1 % of base's rows, has 1 % new ones, 0.5 % relabelled and 0.5 % edited."""
    options = "FORMAT parquet" if form == "parquet" else "FORMAT csv, HEADER true"
    head = {"relabel": "(i % 200 = 0)::INT", "edit": "CASE WHEN i % 200 = 1 THEN '!' ELSE '' END"}
    for side, parts in (
        ("base", {"relabel": "0", "edit": "''", "first": 0, "last": rows}),
        ("head", head | {"first": rows // 100, "last": rows + rows // 100}),
    ):
        duckdb.execute(f"COPY ({ROWS.format(**parts)}) TO '{folder / side}.{form}' ({options})")


def measure(folder: Path, form: str) -> dict[str, object]:
    """Read and compare in this process; what it took and found."""
    started = time.perf_counter()
    found = read_data(POLICY, folder / f"base.{form}", folder / f"head.{form}")
    exam = compare_data("rows", POLICY, found)
    seconds = time.perf_counter() - started
    diff = exam.diff
    assert diff is not None
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "found": {kind: getattr(diff, kind) for kind in ("added", "removed", "relabelled", "edited")},
        "faults": len(exam.faults),
        "tests": exam.tests,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, help="measure one folder and format, in this process")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(Path(options.one[0]), options.one[1])))
        return
    results: list[dict[str, object]] = []
    for rows in options.sizes:
        for form in FORMATS:
            with tempfile.TemporaryDirectory(prefix="data-size-") as folder:
                make(Path(folder), rows, form)
                size = sum(path.stat().st_size for path in Path(folder).iterdir())
                command = [sys.executable, "-m", "benchmarks.data_size", "--one", folder, form]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
            results.append({"rows": rows, "format": form, "megabytes": round(size / 1e6), **json.loads(done.stdout)})
            print(results[-1], flush=True)
            keep(results)


def keep(results: list[dict[str, object]]) -> None:
    """Write what was measured so far."""
    versions = {name: version(name) for name in ("duckdb", "pandera", "pandas")}
    told = {"python": platform.python_version(), **versions, "cores": os.cpu_count(), "results": results}
    OUT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
