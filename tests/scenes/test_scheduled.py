"""Training that is left to its schedule: what a pull request then shows, and what it says that nobody judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import Repo, make_repo
from tests.scenes.test_check import hand_over
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow
SCHEDULE = """
ci:
  train: schedule
  stages:
    train:
      runs-on: gpu
      cml:
        - --cloud=aws
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A main that says that training is scheduled."""
    repo = make_repo(tmp_path_factory.mktemp("scheduled"))
    # The scripts of the scene read lines of `key: value`; those of `ci` do them no harm.
    repo.write(params__yaml=(repo.root / "params.yaml").read_text() + SCHEDULE)
    repo.commit("train once a week")
    return repo


def change(repo: Repo, before: str, after: str) -> None:
    text = (repo.root / "params.yaml").read_text()
    assert text.count(before) == 1
    repo.write(params__yaml=text.replace(before, after))
    repo.commit(f"{before} to {after}")


def outcomes(repo: Repo) -> dict[str, str]:
    handed = json.loads((repo.root / "evidence/evidence.json").read_text())
    return {stage["name"]: stage["outcome"] for stage in handed["stages"]}


def judged(repo: Repo, folder: Path, code: int) -> Repo:
    judge, evidence = hand_over(repo, folder)
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(evidence))
    assert done.code == code, done.out + done.err
    return judge


def test_what_would_train_is_left_and_the_comment_says_what_was_not_judged(
    repo: Repo, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    change(repo, "wrong: 5", "wrong: 30")
    judge = judged(repo, tmp_path / "judge", 0)
    assert outcomes(repo) == {"train": "scheduled", "predict": "scheduled"}
    assert json.loads((repo.root / "evidence/evidence.json").read_text())["files"] == []
    found = judge.verdict()
    assert {(one["rule"], one["subject"], one["state"], one["blocks"]) for one in found["findings"]} == {
        ("MG003", "holdout.csv", "absent", False), ("MG003", "quiz.csv", "absent", False),
    }  # fmt: skip
    first = judge.report().splitlines()[0]
    assert "not judged, as training is scheduled" in first
    assert "nothing got worse" not in judge.report()
    assert "train to run again" in judge.report()
    assert unfolded(judge.report()) == snapshot


def test_what_does_not_train_is_judged_as_ever(repo: Repo, tmp_path: Path) -> None:
    change(repo, "broken: none", "broken: nl")
    judge = judged(repo, tmp_path / "judge", 1)
    assert outcomes(repo) == {"train": "unchanged", "predict": "ran"}
    assert judge.verdict()["decision"] == "block"


def test_a_training_that_somebody_did_elsewhere_is_judged_from_the_run_cache(repo: Repo, tmp_path: Path) -> None:
    elsewhere = repo.clone(tmp_path / "elsewhere")
    storage = (repo.root / ".dvc/config.local").read_text()
    (elsewhere.root / ".dvc/config.local").write_text(storage)
    change(elsewhere, "wrong: 5", "wrong: 1")
    elsewhere.run()
    change(repo, "wrong: 5", "wrong: 1")
    judge = judged(repo, tmp_path / "judge", 0)
    assert outcomes(repo) == {"train": "restored", "predict": "restored"}
    assert {one["state"] for one in judge.verdict()["findings"] if one["rule"] == "MG301"} == {"improved"}


def test_a_pull_request_cannot_put_off_its_own_training(repo: Repo, tmp_path: Path) -> None:
    """Base decides: what the pull request writes into its own params.yaml counts after the merge."""
    change(repo, "train: schedule", "train: pull-request")
    change(repo, "wrong: 5", "wrong: 31")
    judged(repo, tmp_path / "judge", 0)
    assert outcomes(repo)["train"] == "scheduled"


def test_a_claim_that_training_was_left_excuses_nothing_where_base_trains(
    tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    repo = make_repo(tmp_path)
    clone = repo.clone(tmp_path / "clone")
    clone.git("switch", "-qc", "topic")
    clone.write(params__yaml=(clone.root / "params.yaml").read_text() + SCHEDULE)
    change(clone, "wrong: 5", "wrong: 30")
    judge, evidence = hand_over(clone, tmp_path / "judge")
    assert outcomes(clone)["train"] == "ran"
    manifest = json.loads((evidence / "evidence.json").read_text())
    for stage in manifest["stages"]:
        stage["outcome"] = "scheduled"
    for file in manifest["files"]:
        (evidence / file["name"]).unlink()
    (evidence / "evidence.json").write_text(json.dumps(manifest | {"files": []}))
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(evidence))
    assert done.code == 1, done.out + done.err
    assert {one["rule"] for one in judge.verdict()["findings"] if one["blocks"]} >= {"MG002"}
    assert unfolded(judge.report()) == snapshot


def test_main_leaves_training_to_its_schedule_only_when_told(repo: Repo) -> None:
    change(repo, "wrong: 5", "wrong: 32")
    left = repo.gate("run", "--leave-training")
    assert left.code == 0, left.err
    assert "left to the scheduled training: train, predict" in left.out
    done = repo.gate("run", "--json")
    assert [stage["outcome"] for stage in json.loads(done.out)["stages"]] == ["ran", "ran"]


def test_the_plan_tells_which_machine_a_stage_wants_as_base_says(repo: Repo) -> None:
    change(repo, "runs-on: gpu", "runs-on: mine")
    base = repo.git("rev-parse", "origin/main")
    for named, label in (((), "mine"), (("--base", base), "gpu")):
        plan = json.loads(repo.gate("plan", "--json", *named).out)
        assert {stage["name"]: (stage["runs_on"], stage["cml"]) for stage in plan["stages"]} == {
            "train": (label, ["--cloud=aws"]), "predict": ("", []),
        }  # fmt: skip
