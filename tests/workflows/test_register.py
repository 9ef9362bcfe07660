"""After a merge, a version of each model that is another than before, and of no other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.release.world import World, make_world
from tests.workflows.scripts import Step, run_script

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent


def register(world: World) -> Step:
    """The step of the workflow `main`, after `mergegate check`."""
    env = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(world.root.parent), "GITHUB_ACTOR": "ada"}
    env["GITHUB_STEP_SUMMARY"] = str(world.root.parent / "summary.md")
    step = run_script("register.py", world.root, env, "report/verdict.json")
    (world.root / "output.txt").unlink()
    return step


def versions(world: World) -> list[str]:
    """As origin has them."""
    return world.origin.git("tag", "--list").split()


def test_what_the_merge_made_another_is_registered_and_what_was_blocked_is_not(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.merge(wrong=4)
    step = register(world)
    assert step.exit_code == 0, step.log
    assert versions(world) == ["toy@v1.0.0"]
    assert "toy" in (tmp_path / "summary.md").read_text(encoding="utf-8")

    world.repo.write(README__md="words\n")
    world.merge()
    step = register(world)
    assert (step.exit_code, versions(world)) == (0, ["toy@v1.0.0"]), step.log
    assert "no model is another than its newest version" in step.log

    world.merge(wrong=30)
    step = register(world)
    assert (step.exit_code, versions(world)) == (0, ["toy@v1.0.0"]), step.log
    assert "::warning title=toy is not registered::the verdict on it was block" in step.log

    world.merge(wrong=3)
    step = register(world)
    assert (step.exit_code, versions(world)) == (0, ["toy@v1.0.0", "toy@v1.1.0"]), step.log
