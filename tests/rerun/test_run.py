"""Running just what changed, on real repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.plan import Action
from mergegate.rerun.plan import make_plan
from mergegate.rerun.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rerun.conftest import Repo


def actions(repo: Repo) -> dict[str, Action]:
    return {stage.name: stage.action for stage in make_plan(repo.root).stages}


def test_a_fresh_clone_without_a_change_runs_nothing_and_pulls_nothing(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    record = run(clone.root)
    assert record.ran == ()
    assert record.pulled == 1  # the listing of data/, without which nobody knows data/rows.txt
    assert clone.git("status", "--porcelain") == ""
    assert set(actions(clone).values()) == {Action.UNCHANGED}


def test_a_changed_param_runs_its_stage_and_what_is_below(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    clone.write({"params.yaml": "train:\n  depth: 4\n  seed: 2\nother: y\n"})
    plan = {stage.name: stage for stage in make_plan(clone.root).stages}
    assert [plan[name].action for name in ("split", "train", "evaluate", "lonely")] == [
        Action.UNCHANGED,
        Action.RUN,
        Action.MAY_RUN,
        Action.UNCHANGED,
    ]
    (reason,) = plan["train"].reasons
    assert (reason.kind, reason.name, reason.before, reason.after) == ("param", "params.yaml:train.depth", "3", "4")
    record = run(clone.root)
    assert record.ran == ("train", "evaluate")
    assert (clone.root / "model.txt").read_text() == "a\nb\nc\n# trains\n  depth: 4\n"
    assert not (clone.root / "data").exists()
    assert set(actions(clone).values()) == {Action.UNCHANGED}
