"""A killed run leaves no orphan and continues correctly; a killed publish, tried again, is complete."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.rerun.conftest import Repo, track
from tests.rerun.test_bad_input import stages

from mergegate.facts.plan import Action
from mergegate.rerun.plan import make_plan
from mergegate.rerun.publish import publish
from mergegate.rerun.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
FUZZ = int(os.environ.get("MERGEGATE_FUZZ") or 0)


def start(what: str, repo: Repo, at: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rerun.killed", what, str(repo.root), str(at)],
        cwd=TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SPARE = 5


def at_every(what: str, repo: Repo, points: int) -> Iterator[tuple[int, Repo]]:
    """Copies of a repository, each left by a process that was killed at another operation."""
    trial = Repo(repo.root.parents[1] / "count" / "repo", repo.root.parents[1] / "count" / "remote")
    shutil.copytree(repo.root.parent, trial.root.parent, symlinks=True)
    said, _ = start(what, trial).communicate()
    total = int(said)
    assert total > points, "too few operations to kill at"
    for number in range(points):
        at = 1 + number * (total - 1) // max(1, points - 1)
        base = repo.root.parents[1] / f"killed-{at}"
        shutil.copytree(repo.root.parent, base, symlinks=True)
        victim = Repo(base / "repo", base / "remote")
        process = start(what, victim, at)
        process.communicate()
        # Two threads that need the same folder make it once or twice, so that the last operations may not come.
        assert process.returncode == -signal.SIGKILL or (process.returncode == 0 and at > total - SPARE)
        yield at, victim
        shutil.rmtree(base)


def relative_remote(repo: Repo) -> Repo:
    config = repo.root / ".dvc/config"
    config.write_text(config.read_text().replace(str(repo.remote), "../../remote"))
    return repo


def hashes(repo: Repo) -> dict[str, object]:
    return {
        "lock": repo.lock,
        "files": {path: (repo.root / path).read_bytes() for path in ("model.txt", "metrics.json")},
    }


@pytest.mark.slow
def test_a_run_killed_anywhere_continues_to_the_same_hashes(made: Repo, tmp_path: Path) -> None:
    clone = relative_remote(made).clone(made.root.parents[1] / "fresh" / "repo")
    shutil.copytree(made.remote, clone.root.parent / "remote")
    clone = Repo(clone.root, clone.root.parent / "remote")
    clone.write({"train.sh": "# other\n", "note.txt": "other\n"})
    calm = Repo(tmp_path / "calm" / "repo", tmp_path / "calm" / "remote")
    shutil.copytree(clone.root.parent, calm.root.parent, symlinks=True)
    run(calm.root)
    for at, victim in at_every("run", clone, 50 if FUZZ else 6):
        run(victim.root)
        assert hashes(victim) == hashes(calm), f"killed at operation {at}"
        assert {stage.action for stage in make_plan(victim.root).stages} == {Action.UNCHANGED}


@pytest.mark.slow
def test_a_publish_killed_anywhere_and_tried_again_is_complete(made: Repo) -> None:
    relative_remote(made)
    made.write({f"data/many/{number}.txt": f"{number}\n" for number in range(40)})
    track(made, "data")
    shutil.rmtree(made.remote)
    made.remote.mkdir()
    wanted = publish_to_the_end(made)
    for at, victim in at_every("publish", made, 200 if FUZZ else 8):
        publish(victim.root)
        assert contents(victim.remote) == wanted, f"killed at operation {at}"


def publish_to_the_end(repo: Repo) -> dict[str, bytes]:
    base = repo.root.parents[1] / "whole"
    shutil.copytree(repo.root.parent, base, symlinks=True)
    publish(base / "repo")
    return contents(base / "remote")


def contents(remote: Path) -> dict[str, bytes]:
    files = (path for path in remote.rglob("*") if path.is_file() and not path.name.endswith(".part"))
    return {str(path.relative_to(remote)): path.read_bytes() for path in files}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_leaves_no_orphan(made: Repo, number: signal.Signals) -> None:
    pids = made.root.parent / "pids"
    made.pipeline(
        stages(train={"cmd": f"sleep 300 & echo $! >> {pids}; echo $$ >> {pids}; sleep 300; touch model.txt"})
    )
    process = start("run", made)
    while not pids.exists() or len(pids.read_text().split()) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == -number
    until_gone([int(pid) for pid in pids.read_text().split()])
    made.pipeline(stages())
    run(made.root)
    assert {stage.action for stage in make_plan(made.root).stages} == {Action.UNCHANGED}


def until_gone(pids: list[int]) -> None:
    for pid in pids:
        while alive(pid):
            time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False
