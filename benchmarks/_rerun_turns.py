"""What does not depend on another contestant: run against numbers of run-cache entries in turns, and the plan alone."""

from __future__ import annotations

import hashlib
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from benchmarks._rerun_trials import GATE, RUN, timed, trial
from benchmarks._rerun_world import filled
from tests.rerun.conftest import new_repo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks._rerun_trials import Bench, Spent

TOP = Path(__file__).parents[1]
ALONE = ((RUN, [*GATE, "run"]),)


def measure_turns(bench: Bench, entries: Sequence[int], rounds: int) -> dict[int, dict[str, object]]:
    """`mergegate run` (a miss, S3 with 20 ms) against remotes with so many entries, by that number.

    The remotes stand side by side and are asked in turns, there and back, so that whatever slows the machine for a
    minute slows all of them: measured one after the other, the same work differed by a fifth, in processor time, too,
    and that of `dvc repro --no-run-cache`, which asks for no entry, likewise.
    """
    spent: dict[int, list[Spent]] = {number: [] for number in entries}
    with filled(bench.base / "turns", entries) as remotes:
        for at in range(rounds):
            for number in entries if at % 2 else tuple(reversed(entries)):
                spent[number] += [one for _, one in trial(bench, remotes[number], ALONE, hit=False)]
    return {number: _figures(trials) for number, trials in spent.items()}


def _figures(trials: Sequence[Spent]) -> dict[str, object]:
    return {
        "seconds": round(statistics.median(one.seconds for one in trials), 3),
        "best_seconds": round(min(one.seconds for one in trials), 3),
        "processor_seconds": round(statistics.median(one.processor for one in trials), 3),
        "best_processor_seconds": round(min(one.processor for one in trials), 3),
        "requests": sorted({one.requests or 0 for one in trials}),
        "received_bytes": sorted({one.received_bytes or 0 for one in trials}),
    }


def flatness(turns: Mapping[int, Mapping[str, object]]) -> dict[str, float]:
    """Slowest number of entries over fastest, by what was measured."""
    kinds = ("seconds", "best_seconds", "processor_seconds", "best_processor_seconds")
    found = {kind: [float(str(each[kind])) for each in turns.values()] for kind in kinds}
    return {kind: round(max(times) / min(times), 3) for kind, times in found.items() if times}


def measure_plan(bench: Bench, repeats: int = 5) -> dict[str, dict[str, float]]:
    """`mergegate plan` alone: in a fresh clone of this repository, and for a chain of a thousand stages."""
    reference, chain = bench.base / "reference", bench.base / "chain"
    bench.call(["git", "clone", "-q", str(TOP), str(reference)], bench.base)
    params = yaml.safe_load((reference / "params.yaml").read_text())
    params["train"]["C"] = 3.3
    (reference / "params.yaml").write_text(yaml.safe_dump(params))
    thousand(chain)
    plan = [*GATE, "plan"]
    return {
        "this repository, train.C changed": timed(lambda: bench.call(plan, reference), repeats),
        "a chain of 1,000 stages, the first changed": timed(lambda: bench.call(plan, chain / "repo"), repeats),
    }


def thousand(base: Path, number: int = 1_000) -> None:
    """A repository with a chain of stages, as its lock says all run; then the first one's param changes."""
    repo = new_repo(base)
    stages: dict[str, dict[str, object]] = {}
    lock: dict[str, dict[str, object]] = {}
    for at in range(number):
        cmd = f"cat made/{at - 1} params.yaml > made/{at}" if at else "cat params.yaml > made/0"
        reads: dict[str, object] = {"deps": [f"made/{at - 1}"]} if at else {"params": ["first"]}
        stages[f"s{at}"] = {"cmd": cmd, **reads, "outs": [f"made/{at}"]}
        was: dict[str, object] = {"deps": [_file(at - 1)]} if at else {"params": {"params.yaml": {"first": 1}}}
        lock[f"s{at}"] = {"cmd": cmd, **was, "outs": [_file(at)]}
    repo.write({"params.yaml": "first: 1\n", "dvc.lock": yaml.safe_dump({"schema": "2.0", "stages": lock})})
    repo.pipeline({"stages": stages})
    repo.commit("as if all had run")
    repo.write({"params.yaml": "first: 2\n"})


def _file(at: int) -> dict[str, object]:
    md5 = hashlib.md5(str(at).encode(), usedforsecurity=False).hexdigest()
    return {"path": f"made/{at}", "hash": "md5", "md5": md5, "size": 1}
