"""How quick, small and hard to break the service is, on one core of this machine, with the real intent model.

    python -m benchmarks.service --out metrics/benchmarks/service.json      about three minutes; loopback alone

The service has one core and the load generator another. In the same run, in turns, the same load goes to plain
FastAPI with scikit-learn's vectoriser and the same model, and to one that does nothing: on a machine that has other
work, too, the ratios say more than the numbers, and requests per CPU second more than requests per second. Then: a body
of 200 MB; a hundred swaps under load, where each answer is compared with what its digest answers; and 10,000 hostile
requests, half of them made by Schemathesis from the published schema, the others from a corpus written by hand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._made import tell, today, versions
from benchmarks._service_process import Process, service
from benchmarks._service_tried import hostile
from benchmarks._service_world import two_versions

from intent import model

SERVER_CPU, LOAD_CPU = 0, 1
MODEL = Path("models/intent/model.npz")
ROWS = Path("work/intent/holdout.parquet")
_FIELDS = ("utterance", "language", "area", "domain")


def questions() -> list[dict[str, Any]]:
    """The held-out utterances, with their ids."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(ROWS) as file:
        rows: list[dict[str, Any]] = file.read(["id", *_FIELDS]).to_pylist()
    return rows


def cpu_seconds(process: Process) -> float:
    """CPU time that a process used so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(process: Process, asked: list[Any], **how: Any) -> dict[str, Any]:
    """One run of the load generator on its own core, with the CPU time that the server used for it."""
    before = cpu_seconds(process)
    said = _load({"port": process.port, "path": "/v1/intent", "asked": asked, "warm_up": 0.0, **how})
    used = cpu_seconds(process) - before
    return said | {"per_cpu_second": round(said["requests"] / used)}


def _load(told: dict[str, Any]) -> dict[str, Any]:
    command = ["taskset", "-c", str(LOAD_CPU), sys.executable, "-m", "benchmarks._service_load"]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=True, timeout=300)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def contestant(kind: str, folder: Path) -> Process:
    """The plain application, or the one that does nothing."""
    command = [sys.executable, "-m", "benchmarks._service_plain", kind, str(MODEL)]
    return Process(command, folder / f"{kind}.log", SERVER_CPU)


def speed(ours: Process, folder: Path, asked: list[Any], seconds: float, rounds: int) -> dict[str, Any]:
    """The service and its contestants in turns: the median of each number over the rounds."""
    found: dict[str, list[dict[str, Any]]] = {"service": [], "plain": [], "no_op": []}
    with contestant("plain", folder) as plain, contestant("no-op", folder) as nothing:
        for process in (ours, plain, nothing):
            _load({"port": process.port, "path": "/v1/intent", "asked": asked, "connections": 16, "seconds": 1})
        for _ in range(rounds):
            for name, process in (("service", ours), ("plain", plain), ("no_op", nothing)):
                found[name].append(load(process, asked, connections=16, seconds=seconds))
    said: dict[str, Any] = {name: middle(runs) for name, runs in found.items()}
    for unit in ("per_second", "per_cpu_second"):
        said[f"times_plain_{unit}"] = round(said["service"][unit] / said["plain"][unit], 2)
        said[f"share_of_no_op_{unit}"] = round(said["service"][unit] / said["no_op"][unit], 2)
    return said


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the rounds; failures added up; the best and worst round beside the median of requests per second."""
    said = {
        name: statistics.median(run[name] for run in runs)
        for name in ("per_second", "p50_ms", "p99_ms", "per_cpu_second")
    }
    rates = [run["per_second"] for run in runs]
    return said | {
        "worst_round_per_second": min(rates), "best_round_per_second": max(rates),
        "best_round_p99_ms": min(run["p99_ms"] for run in runs),
        "requests": sum(run["requests"] for run in runs), "failed": sum(run["failed"] for run in runs),
    }  # fmt: skip


def large_body(process: Process, size: int = 200_000_000) -> dict[str, Any]:
    """A body of 200 MB, announced and then streamed in chunks: the status, and by how much memory grew at most."""
    found: dict[str, Any] = {}
    before = process.memory("VmHWM")
    for name, head in (
        ("announced", f"Content-Length: {size}"), ("streamed", "Transfer-Encoding: chunked"),
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", process.port), timeout=30) as connection:
            connection.sendall(f"POST /v1/intent HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
            piece = b"x" * 1_000_000 if name == "announced" else b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"
            try:
                for _ in range(size // 1_000_000):
                    connection.sendall(piece)
            except OSError:  # it has heard enough
                pass
            found[name] = int(connection.recv(4096)[9:12])
    return found | {"bytes": size, "grown_mb": round(process.memory("VmHWM") - before, 1)}


def swaps(folder: Path, asked: list[dict[str, Any]], count: int) -> dict[str, Any]:
    """So many swaps between two versions under load; each answer is compared with what its digest answers."""
    first = model.load(MODEL)
    second = model.Model(first.weights, first.bias, first.classes, first.sharpness / 2, first.features)
    world = two_versions(folder / "world", [first, second], asked)
    bare = [{name: row[name] for name in _FIELDS} for row in asked]
    with service(
        world.clone("service"), folder / "swaps.log", "--stage", "prod", "--poll", "0", cpu=SERVER_CPU
    ) as process:
        process.wait_until_ready()
        right: dict[str, Any] = {}
        for name in ("v1.1.0", "v1.0.0"):
            _swap(process, world, name)
            answers: list[Any] = []
            for start in range(0, len(bare), 256):
                said = process.post("/v1/intent/batch", {"items": bare[start : start + 256]})[1]
                answers += said["answers"]
            right[said["digest"]] = {"version": name, "answers": answers}
        told = {
            "port": process.port,
            "connections": 16,
            "seconds": 3600,
            "path": "/v1/intent",
            "asked": bare,
            "right": right,
        }
        loading = subprocess.Popen(
            ["taskset", "-c", str(LOAD_CPU), sys.executable, "-m", "benchmarks._service_load"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert loading.stdin is not None
        loading.stdin.write(json.dumps(told))
        loading.stdin.close()
        began = time.monotonic()
        for number in range(count):
            _swap(process, world, ("v1.1.0", "v1.0.0")[number % 2])
        seconds = time.monotonic() - began
        loading.terminate()
        assert loading.stdout is not None
        said = json.loads(loading.stdout.read())
        loading.wait(60)
    kept = ("requests", "p50_ms", "p99_ms", "worst_ms", "statuses", "failed", "mixed", "digests")
    return {"swaps": count, "seconds": round(seconds, 1), **{name: said[name] for name in kept}}


def _swap(process: Process, world: Any, name: str) -> None:
    world.promote("intent", name)
    process.signal(signal.SIGHUP)
    until = time.monotonic() + 60
    while process.get("/version")[1]["intent"]["version"] != name:
        assert time.monotonic() < until, f"{name} was not taken"
        time.sleep(0.005)


def machine() -> dict[str, Any]:
    """What it was measured on."""
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
             if line.startswith("model name")]  # fmt: skip
    return {
        "cpu": names[0] if names else platform.processor(), "cpus": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1), "python": platform.python_version(),
    }  # fmt: skip


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round of load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--hostile", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rows = questions()
    bare = [{name: row[name] for name in _FIELDS} for row in rows[:2000]]
    found: dict[str, Any] = {
        "measured": today(),
        "machine": machine(),
        "versions": versions("fastapi", "uvicorn", "uvloop", "httptools", "numpy", "scikit-learn"),
        "model": {"bytes": MODEL.stat().st_size, "golden_answers": len(rows)},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with service(Path(), folder / "service.log", "--revision", "HEAD", cpu=SERVER_CPU) as process:
            ready = process.wait_until_ready()
            found["start"] = {"ready_seconds": round(ready, 2), "cpu_seconds": cpu_seconds(process)}
            found["speed"] = speed(process, folder, bare, asked.seconds, asked.rounds)
            found["large_body"] = large_body(process)
            found["hostile"] = hostile(process, asked.hostile, seed=8)
            found["memory_mb"] = {"now": round(process.memory()), "most": round(process.memory("VmHWM"))}
        found["swaps"] = swaps(folder, rows[:512], asked.swaps)
    tell(found, asked.out)


if __name__ == "__main__":
    main()
