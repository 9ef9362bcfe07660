"""Independent stages run side by side, and each stage's time and memory are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.rerun.conftest import new_repo

from mergegate.facts.plan import Action
from mergegate.rerun.plan import make_plan
from mergegate.rerun.process import Running, commands_of
from mergegate.rerun.run import RunSettings, log_path, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rerun.conftest import Repo

MEET = (
    "touch {me}.here; for i in $(seq 400); do "
    "test -e {other}.here && cp in.txt {me}.txt && exit 0; sleep 0.05; done; exit 1"
)


def pair(tmp_path: Path) -> Repo:
    """Two stages that can only end while the other one runs, and one that needs both."""
    repo = new_repo(tmp_path / "pair")
    repo.write({"in.txt": "x\n", "params.yaml": "{}\n", ".gitignore": "*.here\n"})
    stages = {
        me: {"cmd": MEET.format(me=me, other=other), "deps": ["in.txt"], "outs": [f"{me}.txt"]}
        for me, other in (("left", "right"), ("right", "left"))
    }
    stages["both"] = {
        "cmd": "cat left.txt right.txt > both.txt",
        "deps": ["left.txt", "right.txt"],
        "outs": ["both.txt"],
    }
    repo.pipeline({"stages": stages})
    repo.commit()
    return repo


def test_two_jobs_run_two_independent_stages_at_once_and_their_child_after_both(tmp_path: Path) -> None:
    repo = pair(tmp_path)
    record = run(repo.root, RunSettings(jobs=2))
    assert sorted(record.ran) == ["both", "left", "right"]
    assert (repo.root / "both.txt").read_text() == "x\nx\n"
    assert {stage.action for stage in make_plan(repo.root).stages} == {Action.UNCHANGED}


def test_the_output_of_a_stage_is_shown_live_and_kept(made: Repo) -> None:
    made.write({"note.txt": "new\n"})
    made.pipeline(
        {
            "stages": {
                "lonely": {
                    "cmd": ["echo one", "echo two >&2; cp note.txt copy.txt"],
                    "deps": ["note.txt"],
                    "outs": ["copy.txt"],
                }
            }
        }
    )
    lines: list[str] = []
    run(made.root, on_progress=lines.append)
    assert lines[:3] == ["lonely: runs", "lonely | one", "lonely | two"]
    assert log_path(made.root, "lonely").read_text() == "one\ntwo\n"


def test_time_and_peak_memory_are_those_of_the_command(made: Repo) -> None:
    code = "import time; b = bytearray(300_000_000); b[::4096] = b[::4096]; time.sleep(0.5)"
    hungry = f"python -c '{code}'; cp note.txt copy.txt"
    made.write({"note.txt": "new\n"})
    made.pipeline({"stages": {"lonely": {"cmd": hungry, "deps": ["note.txt"], "outs": ["copy.txt"]}}})
    (stage,) = run(made.root).stages
    assert stage.seconds >= 0.5
    assert 300_000_000 < stage.peak_bytes < 400_000_000


def test_a_stage_finds_this_python_and_what_dvc_tells_it(made: Repo) -> None:
    import sys

    made.write({"note.txt": "new\n"})
    cmd = "python -c 'import sys; print(sys.prefix)' > copy.txt; echo $DVC_STAGE $DVC_ROOT >> copy.txt"
    made.pipeline({"stages": {"lonely": {"cmd": cmd, "deps": ["note.txt"], "outs": ["copy.txt"]}}})
    run(made.root)
    assert (made.root / "copy.txt").read_text() == f"{sys.prefix}\nlonely {made.root}\n"


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    import threading
    import time

    from tests.rerun.test_killed import alive

    running = Running(["sleep 300 & echo $! > pid"], tmp_path, {"PATH": "/usr/bin:/bin"}, tmp_path / "log")
    done = threading.Event()
    running.start(done.set)
    assert done.wait(30)
    assert running.finished is not None
    assert running.finished.code == 0
    pid = int((tmp_path / "pid").read_text())
    while alive(pid):
        time.sleep(0.02)


@pytest.mark.parametrize(("cmd", "commands"), [("a", ("a",)), ("a\nb\n", ("a", "b")), (["a\nb", "c"], ("a\nb", "c"))])
def test_commands_are_taken_as_dvc_takes_them(cmd: str | list[str], commands: tuple[str, ...]) -> None:
    assert commands_of(cmd) == commands
