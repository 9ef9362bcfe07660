"""A repository without predictions: numbers of metrics files, at home and in the judge."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import Repo, publish, start_repo
from tests.scenes.test_check import hand_over
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow
EVALUATE = '''\
"""Writes the numbers of the params: some into git, some into DVC's cache."""
import json
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
with open("metrics.json", "w") as target:
    json.dump({"eval": {"acc": float(params["acc"])}}, target)
with open("losses.yaml", "w") as target:
    target.write("loss: " + params["loss"] + "\\n")
'''
DVC = """\
stages:
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py]
    params: [acc, loss]
    metrics:
      - metrics.json: {cache: false}
      - losses.yaml
"""
GATE = """\
version: 1
metrics:
  - {file: metrics.json, key: eval.acc, better: higher, tolerance: 0.01}
  - {file: losses.yaml, key: loss, better: lower}
  - {file: notes.toml, key: reviewed.share, better: higher}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = start_repo(tmp_path_factory.mktemp("metrics"))
    repo.write(evaluate__py=EVALUATE, dvc__yaml=DVC, params__yaml="acc: 0.9\nloss: 0.3\n", gate__yaml=GATE)
    repo.write(notes__toml="[reviewed]\nshare = 0.5\n")
    (repo.root / ".gitignore").write_text("/losses.yaml\n/report\n/evidence\n")
    publish(repo)
    return repo


def states(repo: Repo) -> dict[str, tuple[str, str]]:
    """Rule and state by the name of the number."""
    return {one["subject"]: (one["rule"], one["state"]) for one in repo.verdict()["findings"] if one["rule"] >= "MG8"}


def test_what_held_and_what_got_better_merges_and_says_what_such_a_number_cannot_know(repo: Repo) -> None:
    repo.params(acc="0.895", loss="0.2")
    repo.commit("about as good")
    assert repo.gate("run").code == 0
    assert repo.gate("check", "--base", "origin/main").code == 0
    assert states(repo) == {
        "eval.acc of metrics.json": ("MG801", "held"),
        "loss of losses.yaml": ("MG801", "improved"),
        "reviewed.share of notes.toml": ("MG801", "held"),
    }
    assert "cannot tell noise from change" in repo.report()
    assert "params.yaml:loss | 0.3 | 0.2 | evaluate | eval.acc 0.900 → 0.895; loss 0.300 → 0.200" in repo.report()


def test_a_worse_number_blocks_in_the_judge_and_a_forged_one_is_seen(
    repo: Repo, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    repo.params(acc="0.85")
    repo.write(notes__toml="[reviewed]\nshare = 0.25\n")
    assert repo.gate("run").code == 0
    head = repo.commit("worse")
    judge, evidence = hand_over(repo, tmp_path / "judge")
    judge.git("fetch", "-q", str(repo.root), "HEAD")
    done = judge.gate("check", "--base", "HEAD", "--head", head, "--evidence", str(evidence))
    assert done.code == 1, done.out + done.err
    assert states(judge)["eval.acc of metrics.json"] == ("MG801", "regressed")
    assert states(judge)["reviewed.share of notes.toml"] == ("MG801", "regressed"), "read from head's commit"
    assert unfolded(judge.report()) == snapshot
    metrics = repo.root / "metrics.json"
    metrics.write_text(metrics.read_text().replace("0.85", "0.99"))
    done = repo.gate("check", "--base", "origin/main")
    assert (done.code, "mergegate run" in done.err) == (2, True)


def test_a_number_that_is_gone_blocks_and_its_file_too(repo: Repo, snapshot: SnapshotAssertion) -> None:
    text = (repo.root / "evaluate.py").read_text()
    repo.write(evaluate__py=text.replace('{"acc":', '{"accuracy":'))
    repo.params(loss="unknown")
    (repo.root / "notes.toml").unlink()
    assert repo.gate("run").code == 0
    repo.commit("another name")
    assert repo.gate("check", "--base", "origin/main").code == 1
    assert states(repo)["eval.acc of metrics.json"] == ("MG802", "absent")
    assert states(repo)["loss of losses.yaml"] == ("MG802", "absent")
    assert "MG002" in {one["rule"] for one in repo.verdict()["findings"]}
    assert unfolded(repo.report()) == snapshot


def test_a_base_without_numbers_is_a_first_run_and_one_whose_numbers_are_lost_is_not(
    repo: Repo,
) -> None:
    done = repo.gate("check", "--base", "origin/main~1")  # before its first run
    assert done.code == 0, done.out + done.err
    assert repo.verdict()["bootstrap"] is True
    shutil.rmtree(repo.root / ".dvc/cache", ignore_errors=True)
    (repo.root / ".dvc/config.local").write_text(f"['remote \"storage\"']\n    url = {repo.root.parent / 'none'}\n")
    (repo.root.parent / "none").mkdir()
    repo.params(loss="0.2")
    assert repo.gate("run").code == 0
    repo.commit("better")
    assert repo.gate("check", "--base", "origin/main").code == 1
    assert [one["subject"] for one in repo.verdict()["findings"] if one["rule"] == "MG001"] == ["losses.yaml"]


def test_plan_says_with_its_exit_code_whether_the_lock_is_stale(repo: Repo) -> None:
    assert repo.gate("plan", "--check").code == 0
    repo.params(acc="0.8")
    assert repo.gate("plan").code == 0
    done = repo.gate("plan", "--check")
    assert (done.code, "dvc.lock is stale" in done.out) == (1, True)
