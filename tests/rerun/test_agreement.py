"""The plan says what then happens: against DVC itself, over pipelines and changes that Hypothesis makes up."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from tests.rerun.conftest import Repo
from tests.rerun.worlds import LOG, World, executed, histories, repro, start

from mergegate.errors import UseError
from mergegate.facts.plan import Action, Plan
from mergegate.rerun.plan import make_plan
from mergegate.rerun.run import RunSettings, run

EXAMPLES = int(os.environ.get("MERGEGATE_FUZZ") or 25)
"""`make fuzz` asks for 300."""


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 25,
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
            if refused(origin):
                return
            run(origin.root, RunSettings(push=True))
            origin.commit("ran and published, as main does after each merge")
        worlds[-1].write(origin)
        run_dvc_push_of_data(origin)
        origin.commit("changed")
        if refused(origin):
            return
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
        check_lock(clone, twin, origin)
        check_outputs(clone, twin, [name for name, at in outcomes(record) if at in {"ran", "restored"}])
        assert {stage.action for stage in make_plan(clone.root).stages} <= settled(plan)


def outcomes(record: object) -> list[tuple[str, str]]:
    return [(stage.name, stage.outcome) for stage in record.stages]  # type: ignore[attr-defined]


def settled(plan: Plan) -> set[Action]:
    """After a run nothing is left to do but what always runs, and what reads from that."""
    always = any(reason.kind == "always" for stage in plan.stages for reason in stage.reasons)
    left = {Action.UNCHANGED, Action.FROZEN}
    return left | {Action.RUN, Action.MAY_RUN} if always else left


def refused(repo: Repo) -> bool:
    """Whether a frozen stage declares what the lock does not name; if so, whether the run says so.

    DVC refuses that, too, unless a file of that name lies there.
    """
    declared = yaml.safe_load((repo.root / "dvc.yaml").read_text())["stages"]
    lock = repo.lock if (repo.root / "dvc.lock").exists() else {}
    lacking = {name for name, stage in declared.items() if stage.get("frozen") and outs(stage) - named(lock, name)}
    if lacking:
        with pytest.raises(UseError, match=rf"the stage ({'|'.join(lacking)}) is frozen, and nothing vouches"):
            run(repo.root)
    return bool(lacking)


def outs(stage: dict[str, Any]) -> set[str]:
    return {next(iter(out)) if isinstance(out, dict) else out for out in (*stage["outs"], *stage.get("metrics", ()))}


def named(lock: dict[str, object], name: str) -> set[str]:
    entry: dict[str, Any] = lock.get(name) or {}  # type: ignore[assignment]
    return {out["path"] for out in entry.get("outs", ())}


def check_lock(ours: Repo, theirs: Repo, before: Repo) -> None:
    """Theirs, but for frozen stages: there DVC writes that a new definition made the old outputs, which nobody ran."""
    frozen = {stage.name for stage in make_plan(ours.root).stages if stage.action is Action.FROZEN}
    mine, other, was = ours.lock, theirs.lock, before.lock
    for name in mine.keys() | other.keys():
        if name in frozen:
            assert mine.get(name) == was.get(name), name
        else:
            assert mine.get(name) == other.get(name), name


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
