"""Kills publish, run and `dvc push` on their way, calls them again, and counts what is then silently lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks._rerun_trials import DVC
from tests.rerun.conftest import FILES, PIPELINE, Repo, new_repo, track
from tests.rerun.test_killed import at_every, contents, hashes, publish_to_the_end, relative_remote

from mergegate.rerun.publish import publish
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks._rerun_trials import Bench


def measure_killed(bench: Bench, publishes: int, runs: int, pushes: int) -> dict[str, dict[str, int]]:
    """By what was killed: at how many points, and after how many the second call ended well on something incomplete.

    Ours are killed (SIGKILL) at operations spread from the first to the last. `dvc push` gets SIGINT, at moments spread
    over its own time: that is what makes it believe to have sent what it has not.
    """
    return {
        "publish": _publish(bench.base / "killed-publish", publishes),
        "run": _run(bench.base / "killed-run", runs),
        "dvc push": _dvc_push(bench, pushes),
    }


def _origin(base: Path, more: int = 0) -> Repo:
    repo = new_repo(base / "origin")
    repo.write({**FILES, **{f"data/many/{number}.txt": f"{number}\n" for number in range(more)}})
    repo.pipeline(PIPELINE)
    track(repo, "data")
    run(repo.root)
    return repo


def _publish(base: Path, points: int) -> dict[str, int]:
    repo = relative_remote(_origin(base, more=40))
    wanted = publish_to_the_end(repo)
    lost = 0
    for _, victim in at_every("publish", repo, points):
        publish(victim.root)
        lost += contents(victim.remote) != wanted
    return {"points": points, "silently incomplete": lost}


def _run(base: Path, points: int) -> dict[str, int]:
    repo = relative_remote(_origin(base))
    run(repo.root, RunSettings(push=True))
    repo.commit("published")
    clone = repo.clone(base / "fresh" / "repo")
    shutil.copytree(repo.remote, clone.root.parent / "remote")
    clone = replace(clone, remote=clone.root.parent / "remote")
    clone.write({"train.sh": "# other\n", "note.txt": "other\n"})
    calm = Repo(base / "calm" / "repo", base / "calm" / "remote")
    shutil.copytree(clone.root.parent, calm.root.parent, symlinks=True)
    run(calm.root)
    other = 0
    for _, victim in at_every("run", clone, points):
        run(victim.root)
        other += hashes(victim) != hashes(calm)
    return {"points": points, "other hashes": other}


def _dvc_push(bench: Bench, points: int) -> dict[str, int]:
    repo = relative_remote(_origin(bench.base / "killed-push", more=200))
    whole, took = _pushed(bench, repo, "whole", None)
    lost = interrupted = 0
    for at in range(points):
        remote, _ = _pushed(bench, repo, f"push-{at}", took * (0.4 + 0.6 * at / points))
        interrupted += remote is not None
        lost += remote is not None and remote != whole
    return {"points": interrupted, "silently incomplete": lost}


def _pushed(bench: Bench, repo: Repo, name: str, after: float | None) -> tuple[dict[str, bytes] | None, float]:
    """(the remote after `dvc push`, interrupted after so many seconds and called again; what one call takes).

    None for the remote where the push had ended before, or where the second call did not end well.
    """
    base = repo.root.parents[1] / name
    shutil.copytree(repo.root.parent, base, symlinks=True)
    env = {**bench.environment(), "DVC_SITE_CACHE_DIR": str(base / "site")}
    begun = time.perf_counter()
    first = subprocess.Popen([DVC, "push", "-q"], cwd=base / "repo", env=env, stderr=subprocess.DEVNULL)
    if after is not None:
        time.sleep(after)
        first.send_signal(signal.SIGINT)
    first.wait()
    took = time.perf_counter() - begun
    if after is not None and first.returncode == 0:
        return None, took
    again = subprocess.run([DVC, "push", "-q"], cwd=base / "repo", env=env, capture_output=True, check=False)
    found = contents(base / "remote") if again.returncode == 0 else None
    shutil.rmtree(base)
    return found, took
