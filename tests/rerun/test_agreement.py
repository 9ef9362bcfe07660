"""The plan says what then happens: against DVC itself, over pipelines and changes that Hypothesis makes up."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from tests.rerun.conftest import Repo
from tests.rerun.worlds import LOG, World, executed, histories, repro, start

from mergegate.facts.plan import Action, Plan
from mergegate.rerun.plan import make_plan
from mergegate.rerun.run import RunSettings, run

EXAMPLES = int(os.environ.get("MERGEGATE_FUZZ") or 40)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(worlds=histories())
def test_plan_run_and_dvc_agree(worlds: tuple[World, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a fresh clone without data the plan and the run do what `dvc repro` does where all data is on disk."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        log = base / "log"
        monkeypatch.setenv(LOG, str(log))
        origin = start(base)
        for world in worlds[:-1]:
            world.write(origin)
            run(origin.root, RunSettings(push=True))
            origin.commit("ran and published, as main does after each merge")
        worlds[-1].write(origin)
        run_dvc_push_of_data(origin)
        origin.commit("changed")
        executed(log)
        clone, twin = origin.clone(base / "clone"), origin.copy(base / "twin")
        plan = make_plan(clone.root)
        note(f"{plan}")
        repro(twin)
        by_dvc = executed(log)
        record = run(clone.root)
        by_us = executed(log)
        note(f"dvc ran {by_dvc}, mergegate ran {by_us}")
        check_plan(plan, by_dvc, {stage.name: stage.outcome for stage in record.stages})
        assert by_us == by_dvc == sorted(record.ran)
        assert clone.lock == twin.lock
        check_outputs(clone, twin, [name for name, at in outcomes(record) if at in {"ran", "restored"}])
        assert {stage.action for stage in make_plan(clone.root).stages} <= settled(plan)


def outcomes(record: object) -> list[tuple[str, str]]:
    return [(stage.name, stage.outcome) for stage in record.stages]  # type: ignore[attr-defined]


def settled(plan: Plan) -> set[Action]:
    """After a run nothing is left to do but what always runs, and what reads from that."""
    always = any(reason.kind == "always" for stage in plan.stages for reason in stage.reasons)
    left = {Action.UNCHANGED, Action.FROZEN}
    return left | {Action.RUN, Action.MAY_RUN} if always else left


def check_plan(plan: Plan, by_dvc: list[str], by_us: dict[str, str]) -> None:
    for stage in plan.stages:
        waits = any(reason.kind == "upstream" for reason in stage.reasons)
        if stage.action is Action.RUN and not waits:
            assert stage.name in by_dvc, stage
            assert by_us[stage.name] == "ran", stage
        elif stage.action in {Action.UNCHANGED, Action.FROZEN, Action.RESTORE}:
            assert stage.name not in by_dvc, stage
            assert by_us[stage.name] in {"unchanged", "skipped", "restored"}, stage
            assert (by_us[stage.name] == "restored") == (stage.action is Action.RESTORE), stage


def check_outputs(ours: Repo, theirs: Repo, stages: list[str]) -> None:
    for name in stages:
        for out in ours.lock[name]["outs"]:  # type: ignore[index]
            path = Path(out["path"].removeprefix("../"))
            assert tree(ours.root / path) == tree(theirs.root / path), path


def tree(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def run_dvc_push_of_data(repo: Repo) -> None:
    """What a person does after `dvc add`: the new data goes to the remote, the pipeline's outputs do not."""
    for file in (repo.root / ".dvc/cache/files/md5").rglob("*"):
        if file.is_file():
            target = repo.remote / "files/md5" / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copyfile(file, target)
