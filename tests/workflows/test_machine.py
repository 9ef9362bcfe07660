"""A stage's own machine: who chooses it, who brings it up, and what neither of them believes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.scenes.repo import make_repo
from tests.workflows.act import OWN_MACHINE, RUNNER_TOKEN, STAND_INS
from tests.workflows.scripts import Step, run_script
from tests.workflows.stub_github import GitHub
from tests.workflows.world import OWNER, REPOSITORY, World

ROOT = Path(__file__).parents[2]
OPTIONS = ["--cloud=aws", "--cloud-type=g4dn.xlarge", "--cloud-spot"]
CI = f"""
ci:
  stages:
    train:
      runs-on: {OWN_MACHINE}
      cml:
        - --cloud=aws
        - --cloud-type=g4dn.xlarge
        - --cloud-spot
"""


def stage(name: str, action: str, runs_on: str = "", cml: list[str] | None = None) -> dict[str, Any]:
    return {"name": name, "action": action, "runs_on": runs_on, "cml": cml or []}


def chosen(folder: Path, *stages: dict[str, Any]) -> tuple[list[str], int]:
    done = run_script(
        "choose_machine.py", folder, {"GITHUB_RUN_ID": "9001"}, given=json.dumps({"stages": list(stages)})
    )
    assert done.exit_code == 0, done.log
    return json.loads(done.outputs["runs_on"]), int(done.outputs["minutes"])


def test_a_stage_that_will_run_gets_the_machine_that_it_wants(tmp_path: Path) -> None:
    """One that stays as it is, or comes from the run cache, brings up nothing."""
    gpu = stage("train", "will run", "gpu", OPTIONS)
    assert chosen(tmp_path, stage("split", "will run"), gpu) == (["self-hosted", "gpu", "run-9001"], 1440)
    assert chosen(tmp_path, stage("train", "may run", "gpu")) == (["self-hosted", "gpu"], 1440)
    for action in ("unchanged", "restored from run cache", "frozen"):
        assert chosen(tmp_path, stage("train", action, "gpu", OPTIONS)) == (["ubuntu-24.04"], 60)
    assert chosen(tmp_path) == (["ubuntu-24.04"], 60)


def test_stages_that_want_different_machines_run_on_one_that_has_both_labels(tmp_path: Path) -> None:
    wanted = [stage("train", "will run", "gpu"), stage("embed", "may run", "big")]
    assert chosen(tmp_path, *wanted)[0] == ["self-hosted", "big", "gpu"]


def run_of(status: str, *jobs: tuple[str, list[str]]) -> dict[str, Any]:
    return {"status": status, "jobs": [{"name": "x", "status": is_, "labels": labels} for is_, labels in jobs]}


@pytest.mark.parametrize(
    ("run", "labels"),
    [
        (run_of("in_progress", ("completed", ["ubuntu-24.04"]), ("queued", ["self-hosted", "gpu", "run-7"])), "gpu"),
        (run_of("completed", ("completed", ["ubuntu-24.04"])), ""),
        (run_of("completed", ("completed", ["self-hosted", "gpu", "run-7"])), ""),
        (run_of("completed", ("queued", ["self-hosted", "gpu", "run-8"])), ""),
        (run_of("completed", ("queued", ["self-hosted", "gpu"])), ""),
    ],
    ids=["waits", "needs none", "had one", "of another run", "always there"],
)
def test_only_a_job_that_waits_for_a_machine_of_its_own_run_is_given_one(
    run: dict[str, Any], labels: str, github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    github.running[7] = run
    done = run_script("await_machine.py", tmp_path, {**api, "RUN_ID": "7", "AWAIT_SECONDS": "0"})
    assert (done.exit_code, done.outputs) == (0, {"labels": labels})


def test_a_run_that_github_does_not_know_is_an_error(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    done = run_script("await_machine.py", tmp_path, {**api, "RUN_ID": "8", "AWAIT_SECONDS": "0"})
    assert done.exit_code == 1
    assert "Cannot see the run" in done.log


def launch(folder: Path, api: dict[str, str], labels: str, *stages: dict[str, Any]) -> tuple[Step, list[Any]]:
    node = os.path.dirname(shutil.which("node") or "/usr/bin/node")  # noqa: PTH120
    launched = folder / "launched.txt"
    launched.write_text("")
    env = {**api, "PATH": f"{STAND_INS}/setup-cml/bin:{node}:/usr/bin:/bin", "STAND_IN_LAUNCHED": str(launched)}
    env |= {"LABELS": labels, "RUN_ID": "7", "REPO_TOKEN": "pat"}
    done = run_script("launch_machine.py", folder, env, given=json.dumps({"stages": list(stages)}))
    return done, [json.loads(line) for line in launched.read_text().splitlines()]


@pytest.mark.node
def test_a_machine_is_launched_as_main_says_for_one_run_and_one_job(tmp_path: Path, api: dict[str, str]) -> None:
    done, launched = launch(tmp_path, api, "gpu", stage("split", "unchanged"), stage("train", "x", "gpu", OPTIONS))
    assert done.exit_code == 0, done.log
    assert launched == [
        {"token": "pat", "labels": "gpu,run-7", "single": "true", "cloud": "aws", "cloud-type": "g4dn.xlarge",
         "cloud-spot": "true"}
    ]  # fmt: skip


@pytest.mark.node
@pytest.mark.parametrize("labels", ["huge", "gpu,huge", "", "$(reboot)", "gpu --cloud=gcp", "gpu;id"])
def test_a_label_that_main_does_not_name_launches_nothing(labels: str, tmp_path: Path, api: dict[str, str]) -> None:
    """What a run asks for is its own word."""
    done, launched = launch(tmp_path, api, labels, stage("train", "x", "gpu", OPTIONS))
    assert (done.exit_code, launched) == (1, [])
    assert "no stage of main has the label" in done.log


@pytest.mark.node
def test_stages_of_one_machine_with_different_options_launch_nothing(tmp_path: Path, api: dict[str, str]) -> None:
    wanted = [stage("train", "x", "gpu", OPTIONS), stage("embed", "x", "big", ["--cloud=gcp"])]
    done, launched = launch(tmp_path, api, "big,gpu", *wanted)
    assert (done.exit_code, launched) == (1, [])
    assert "give them the same" in done.log


def small_project(folder: Path) -> dict[str, bytes]:
    """The tiny pipeline of the scenes, with this project's workflows."""
    repo = make_repo(folder)
    names = repo.git("ls-files").splitlines()
    files = {name: (repo.root / name).read_bytes() for name in names}
    listed = subprocess.run(
        ["git", "ls-files", "-z", ".github"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    files |= {name: (ROOT / name).read_bytes() for name in listed.split("\0") if name}
    files["params.yaml"] += CI.encode()
    return {**files, "scripts/bring_data.py": b""}


@pytest.mark.workflows
@pytest.mark.node
@pytest.mark.slow
@pytest.mark.xdist_group("workflows")
def test_a_pull_request_that_trains_waits_for_the_machine_that_main_launches(tmp_path: Path) -> None:
    """And one that touches nothing, or comes from a fork, runs on GitHub's."""
    world = World(tmp_path / "world")
    try:
        world.start(small_project(tmp_path))
        trains = world.open_pull_request("train", {"params.yaml": "wrong: 9\nbroken: none\nquiz: good\n" + CI})
        run = world.play(trains).run
        assert run.exit_code == 0, run.log
        assert f'runs_on=["self-hosted", "{OWN_MACHINE}", "run-9001"]' in run.log
        world.github.running[9001] = run_of("in_progress", ("queued", ["self-hosted", OWN_MACHINE, "run-9001"]))
        mine = {"id": 1, "full_name": REPOSITORY, "owner": {"login": OWNER}}
        event = {"workflow_run": {"id": 9001, "event": "pull_request", "head_repository": mine}}
        launched = world.play_runner(event)
        assert launched.exit_code == 0, launched.log
        (machine,) = map(json.loads, (world.folder / "launched.txt").read_text().splitlines())
        assert machine["labels"] == f"{OWN_MACHINE},run-9001"
        assert (machine["token"], machine["cloud"]) == (RUNNER_TOKEN, "aws")
        event["workflow_run"]["head_repository"] = {**mine, "full_name": "stranger/widget"}
        assert world.play_runner(event).jobs == {}
        world.github.pulls[trains.number - 1]["head"]["repo"] = {"id": 2, "full_name": "stranger/widget"}
        strange = world.play(trains).run
        assert strange.exit_code == 0, strange.log
        assert 'runs_on=["ubuntu-24.04"]' in strange.log
        assert OWN_MACHINE not in strange.log
    finally:
        world.close()
