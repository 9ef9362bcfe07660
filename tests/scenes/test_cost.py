"""What a model costs, through `mergegate check`: budgets, both models side by side, and what is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import GATE, Repo, make_repo
from tests.scenes.test_check import hand_over
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow
ROOMY = "    cost: {seconds: 600, peak_bytes: 8000000000, model_bytes: 1000, milliseconds_per_row: 1000}\n"
TRAIN = '''\
"""The model is the number of wrong rows, and as much padding as the params ask for."""
import json
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
with open("model.json", "w") as target:
    json.dump({"wrong": int(params["wrong"]), "padding": "x" * int(params["padding"])}, target)
'''


def published(folder: Path, cost: str) -> Repo:
    repo = make_repo(folder)
    text = (repo.root / "dvc.yaml").read_text().replace("params: [wrong]", "params: [wrong, padding]")
    repo.write(train__py=TRAIN, dvc__yaml=text, gate__yaml=GATE + cost)
    repo.write(params__yaml=(repo.root / "params.yaml").read_text() + "padding: 100\n")
    repo.run()
    repo.commit("a model with padding, and a policy that asks what it costs")
    return repo


def topic(repo: Repo, folder: Path, **params: int) -> Repo:
    clone = repo.clone(folder)
    clone.git("switch", "-qc", "topic")
    clone.params(**params)
    clone.commit("change")
    return clone


def judged(repo: Repo, folder: Path, code: int) -> Repo:
    judge, evidence = hand_over(repo, folder)
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(evidence))
    assert done.code == code, done.out + done.err
    return judge


def found(repo: Repo, rule: str) -> dict[str, dict[str, Any]]:
    return {one["subject"]: one for one in repo.verdict()["findings"] if one["rule"] == rule}


def test_a_budget_that_holds_is_told_and_claims_are_called_claims(tmp_path: Path) -> None:
    repo = topic(published(tmp_path, ROOMY), tmp_path / "clone", wrong=4)
    judge = judged(repo, tmp_path / "judge", 0)
    budgets = found(judge, "MG701")
    assert {name: one["state"] for name, one in budgets.items()} == {
        "seconds": "held", "peak memory": "held", "model size": "held", "latency": "held",
    }  # fmt: skip
    assert "as the pull request's own run claims" in budgets["seconds"]["said"]
    assert "the bytes of the file" in budgets["model size"]["said"]
    [took] = [one["rows"] for one in judge.verdict()["notes"] if one["title"] == "What the stages of toy took"]
    assert [row[0] for row in took] == ["stage", "train", "predict"]
    assert found(judge, "MG702")["model size against base"]["state"] == "held"

    assert repo.gate("check", "--base", "origin/main").code == 0
    at_home = found(repo, "MG701")
    assert at_home["model size"]["state"] == "held"
    assert at_home["seconds"]["state"] == "absent"
    assert "nothing was run here" in at_home["seconds"]["said"]


def test_a_model_over_its_budget_is_blocked_and_so_is_one_that_grew(
    tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    cost = "    cost: {model_bytes: 1000, growth: 1.5}\n"
    repo = topic(published(tmp_path, cost), tmp_path / "clone", padding=5000)
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == 1, done.out + done.err
    assert {one["rule"] for one in repo.verdict()["findings"] if one["blocks"]} == {"MG701", "MG702"}
    assert unfolded(repo.report()) == snapshot


def test_both_models_are_measured_here_in_turn_where_the_policy_asks(tmp_path: Path) -> None:
    cost = "    cost: {compare: true, milliseconds_per_row: 1000, growth: 100}\n"
    repo = topic(published(tmp_path, cost), tmp_path / "clone", wrong=4)
    judge = judged(repo, tmp_path / "judge", 0)
    latency = found(judge, "MG702")["latency against base"]
    assert latency["state"] == "held"
    assert "measured here, predict with both models in turn, the least of 3 runs" in latency["said"]
    assert found(judge, "MG701")["latency"]["state"] == "held"
    assert found(judge, "MG702")["peak memory against base"]["state"] == "held"


def test_what_was_restored_was_not_measured_and_blocks_only_where_the_policy_demands_it(tmp_path: Path) -> None:
    repo = published(tmp_path, "    cost: {seconds: 600, required: true}\n")
    first = topic(repo, tmp_path / "clone", wrong=4)
    first.run()
    again = topic(repo, tmp_path / "again", wrong=4)
    judge = judged(again, tmp_path / "judge", 1)
    [finding] = found(judge, "MG701").values()
    assert (finding["state"], finding["blocks"]) == ("absent", True)
    assert "train was restored from the run cache" in finding["said"]
