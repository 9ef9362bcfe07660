"""Times one tool in one situation: a fresh clone, a changed param, processes of their own as in CI."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._rerun_world import LAST
from tests.rerun.conftest import ENV, new_repo

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks._rerun_world import Place
    from tests.rerun.conftest import Repo

BIN = Path(sys.executable).parent
DVC = str(BIN / "dvc")
GATE = [sys.executable, "-m", "mergegate"]
PULL = "dvc pull && dvc repro && dvc metrics diff"
REPRO = "dvc repro --pull --allow-missing"
BARE = "dvc repro --pull --allow-missing --no-run-cache"
RUN = "mergegate run"
CHECK = "mergegate run && mergegate check"
TOOLS: dict[str, tuple[tuple[str, list[str]], ...]] = {
    PULL: (("", [DVC, "pull"]), ("", [DVC, "repro"]), (PULL, [DVC, "metrics", "diff"])),
    REPRO: ((REPRO, [DVC, "repro", "--pull", "--allow-missing"]),),
    BARE: ((BARE, [DVC, "repro", "--pull", "--allow-missing", "--no-run-cache"]),),
    CHECK: ((RUN, [*GATE, "run"]), (CHECK, [*GATE, "check", "--base", "origin/main"])),
}
"""By name: the commands, one after the other; after each that has a name, what was spent so far is a row."""
SLOW = 15.0
"""Seconds: what takes longer is measured once."""


@dataclass(frozen=True)
class Spent:
    """One trial, from its start to the end of one of its commands."""

    seconds: float
    processor: float
    """Seconds of processor time of all processes: what a busy machine distorts least."""
    executed: bool
    cached_bytes: int
    requests: int | None
    received_bytes: int | None


@dataclass
class Row:
    """One tool in one situation."""

    remote: str
    entries: int
    hit: bool
    tool: str
    seconds: float
    """Median of the wall times."""
    best_seconds: float
    all_seconds: list[float]
    processor_seconds: float
    """Median of the processor time of all processes."""
    executed: bool
    """Whether the stage's command ran; in a hit it need not."""
    pulled_bytes: int
    """What the clone's cache holds afterwards."""
    requests: int | None
    """Requests to S3; none for a folder."""
    received_bytes: int | None
    """Bytes from S3, headers and all."""
    load: float
    """Of the machine, one minute's average: at rest it is what the tools themselves cause."""


@dataclass
class Bench:
    """Where everything lies."""

    base: Path
    repeats: int
    rows: list[Row] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Where the last stage says that it ran."""
        return self.base / "ran"

    def clone(self, repo: Repo, *, hit: bool) -> Path:
        """A fresh clone in which the last stage's param is another."""
        to = self.base / "clone"
        shutil.rmtree(to, ignore_errors=True)
        shutil.rmtree(self.base / "site", ignore_errors=True)
        self.log.unlink(missing_ok=True)
        repo.git("clone", "-q", str(repo.root), str(to))
        value = "hit" if hit else f"{time.monotonic_ns()}"
        (to / "params.yaml").write_text(f"last: {value}\n")
        return to

    def environment(self) -> dict[str, str]:
        """What the tools see: no settings of this machine, and no cache that another trial has warmed."""
        own = {"DVC_SITE_CACHE_DIR": str(self.base / "site"), "MERGEGATE_LOG": str(self.log)}
        return {**os.environ, **ENV, **own, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

    def call(self, command: list[str], folder: Path) -> None:
        """Runs a command, which must succeed."""
        done = subprocess.run(command, cwd=folder, env=self.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def measure(bench: Bench, place: Place, entries: int, *, hit: bool) -> list[Row]:
    """A row for each tool, of as many trials as were asked for; the tools take turns, so that all see one machine."""
    spent: dict[str, list[Spent]] = {}
    for _ in range(bench.repeats):
        for tool in TOOLS.values():
            last = spent.get(tool[-1][0], [])
            if not last or last[-1].seconds < SLOW:
                for name, one in trial(bench, place, tool, hit=hit):
                    spent.setdefault(name, []).append(one)
    rows = [_row(place, entries, hit, name, trials) for name, trials in spent.items()]
    bench.rows += rows
    return rows


def trial(bench: Bench, place: Place, tool: tuple[tuple[str, list[str]], ...], *, hit: bool) -> list[tuple[str, Spent]]:
    """One fresh clone in which these commands are called; what was spent after each that has a name."""
    folder = bench.clone(place.repo, hit=hit)
    if place.proxy is not None:
        place.proxy.reset()
        place.proxy.delay = place.delay
    found = []
    begun, used = time.perf_counter(), processor_time()
    for name, command in tool:
        bench.call(command, folder)
        if name:
            seconds, processor = time.perf_counter() - begun, processor_time() - used
            found.append((name, _spent(bench, place, folder, seconds, processor)))
    if place.proxy is not None:
        place.proxy.delay = 0.0
    return found


def _spent(bench: Bench, place: Place, folder: Path, seconds: float, processor: float) -> Spent:
    return Spent(
        seconds=seconds,
        processor=processor,
        executed=bench.log.exists(),
        cached_bytes=sum(file.stat().st_size for file in (folder / ".dvc/cache/files").rglob("*") if file.is_file()),
        requests=len(place.proxy.seen) if place.proxy else None,
        received_bytes=place.proxy.sent if place.proxy else None,
    )


def _row(place: Place, entries: int, hit: bool, tool: str, trials: list[Spent]) -> Row:
    walls = [round(trial.seconds, 3) for trial in trials]
    return Row(
        remote=place.name,
        entries=entries,
        hit=hit,
        tool=tool,
        seconds=round(statistics.median(walls), 3),
        best_seconds=min(walls),
        all_seconds=walls,
        processor_seconds=round(statistics.median(trial.processor for trial in trials), 3),
        executed=trials[-1].executed,
        pulled_bytes=trials[-1].cached_bytes,
        requests=trials[-1].requests,
        received_bytes=trials[-1].received_bytes,
        load=round(os.getloadavg()[0], 2),
    )


def processor_time() -> float:
    """Seconds that ended children have used so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def measure_floor(bench: Bench, repeats: int = 5) -> dict[str, float]:
    """The changed stage alone, and one import of DVC: no tool that uses DVC can be quicker."""
    folder = bench.base / "floor"
    folder.mkdir()
    (folder / "before.txt").write_bytes(b"x" * 1_000_000)
    (folder / "params.yaml").write_text("last: first\n")

    def act() -> None:
        """Both, one after the other."""
        bench.call(["/bin/sh", "-c", LAST.format(before="before.txt")], folder)
        bench.call([sys.executable, "-c", "import dvc.repo"], folder)

    return timed(act, repeats)


def timed(act: Callable[[], None], repeats: int) -> dict[str, float]:
    """Median and best of some trials, in seconds on the clock, and the median of the processors'."""
    walls, used = [], []
    for _ in range(repeats):
        begun, before = time.perf_counter(), processor_time()
        act()
        walls.append(time.perf_counter() - begun)
        used.append(processor_time() - before)
    return {
        "seconds": round(statistics.median(walls), 3),
        "best_seconds": round(min(walls), 3),
        "processor_seconds": round(statistics.median(used), 3),
    }


MINUTE = (
    "import hashlib, sys, time\n"
    "rounds, data = int(sys.argv[1]), bytes(1_000_000)\n"
    "for _ in range(rounds): hashlib.sha256(data).digest()\n"
    "open('done.txt', 'w').write('done')\n"
)


def measure_long_stage(bench: Bench, seconds: float) -> dict[str, float]:
    """A stage of fixed work that takes about so many seconds: alone, and by `mergegate run`."""
    repo = new_repo(bench.base / "long")
    repo.write({"work.py": MINUTE})
    per_round = _time(bench, [sys.executable, "work.py", "400"], repo.root) / 400
    rounds = str(round(seconds / per_round))
    alone = _time(bench, [sys.executable, "work.py", rounds], repo.root)
    (repo.root / "done.txt").unlink()
    stage = {"cmd": f"python work.py {rounds}", "deps": ["work.py"], "outs": ["done.txt"]}
    repo.pipeline({"stages": {"long": stage}})
    repo.commit("a long stage")
    gate = _time(bench, [*GATE, "run"], repo.root)
    return {"alone": round(alone, 3), RUN: round(gate, 3), "times": round(gate / alone, 4)}


def _time(bench: Bench, command: list[str], folder: Path) -> float:
    begun = time.perf_counter()
    bench.call(command, folder)
    return time.perf_counter() - begun
