"""How long it takes from `mergegate init` to the first verdicts, on repositories of other people's shape.

`python -m benchmarks.adopt` builds two of the repositories of tests/adopt/shapes.py, calls what docs/adopt.md says, and
writes metrics/benchmarks/adopt.json. Their stages take no time, so that the gate's own time is measured: the wall clock
of a new process for each command, the middle one of `--repeats`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._made import machine, versions
from tests.adopt.shapes import SHAPES, build

OUT = Path(__file__).parents[1] / "metrics/benchmarks/adopt.json"
ASKED = ("example-get-started", "predictions")
COMMANDS = (("init", "--yes"), ("run",), ("check",))
LIMIT = {"commands": 3, "seconds": 300}


def measure(name: str, folder: Path) -> dict[str, Any]:
    """One adoption: the three commands after a worse change, and what they led to."""
    shape = SHAPES[name]
    repo = build(folder / "Shop", shape)
    seconds: dict[str, float] = {}
    for command in COMMANDS:
        if command == ("run",):
            (repo.root / shape.knob).write_text(shape.worse)
        began = time.perf_counter()
        done = repo.gate(*command)
        seconds[" ".join(("mergegate", *command))] = time.perf_counter() - began
        assert done.code in {0, 1}, done.err
    return {"seconds": seconds, "decision": repo.verdict()["decision"]}


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The middle time of each command, and their sum."""
    names = runs[0]["seconds"]
    found = {name: round(statistics.median(run["seconds"][name] for run in runs), 2) for name in names}
    return {
        "commands": len(found),
        "seconds": found,
        "total_seconds": round(sum(found.values()), 2),
        "decisions": sorted({run["decision"] for run in runs}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    load = os.getloadavg()[0]
    shapes = {}
    for name in ASKED:
        runs = []
        for _ in range(repeats):
            with tempfile.TemporaryDirectory(prefix="mergegate-adopt-") as folder:
                runs.append(measure(name, Path(folder)))
        shapes[name] = middle(runs)
    told = {
        "what": "From `mergegate init` to the first verdict on a foreign repository; its own stages take no time.",
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "limit": LIMIT,
        "repeats": repeats,
        "shapes": shapes,
        "held": all(
            one["commands"] <= LIMIT["commands"] and one["total_seconds"] <= LIMIT["seconds"]
            for one in shapes.values()
        ),
        "machine": machine(load),
        "versions": versions("mergegate", "dvc", "duckdb"),
    }  # fmt: skip
    OUT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(shapes, indent=1))


if __name__ == "__main__":
    main()
