"""`mergegate noise` on a real pipeline whose training depends on a seed, and the verdict on its recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.scenes.repo import GATE, PARAMS, Repo, make_repo

pytestmark = pytest.mark.slow

TRAIN = '''\
"""How often the model errs depends on its seed."""
import json
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
with open("model.json", "w") as target:
    luck = int(params["seed"]) * 37 % 11 - 5 if params["wrong"] != "0" else 0
    json.dump({"share": int(params["wrong"]) / 50 + luck / 200}, target)
'''
PREDICT = """\
import csv, json, pathlib
share = json.loads(pathlib.Path("model.json").read_text())["share"]
with open("rows.csv") as source, open("holdout.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "group", "language"])
    for number, row in enumerate(csv.DictReader(source)):
        answer = "other" if number * 7919 % 2000 < round(share * 2000) else row["label"]
        writer.writerow([row["id"], row["label"], answer, row["group"], row["language"]])
"""
DVC = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [wrong, seed]
    outs: [model.json]
  predict:
    cmd: python predict.py
    deps: [predict.py, rows.csv, model.json]
    outs: [holdout.csv]
  after:
    cmd: cp holdout.csv after.csv
    deps: [holdout.csv]
    outs: [after.csv]
"""
POLICY = (
    GATE.replace("    quiz: {table: quiz.csv}\n", "").replace(
        "    reevaluate: {stage: predict, model: model.json}\n", ""
    )
    + "    noise: metrics/noise.json\n    seed: params.yaml:seed\n"
)


def seeded(folder: Path, policy: str = POLICY) -> Repo:
    repo = make_repo(folder)
    repo.write(train__py=TRAIN, predict__py=PREDICT, dvc__yaml=DVC, params__yaml=f"{PARAMS}seed: 7\n")
    repo.write(gate__yaml=policy)
    (repo.root / ".gitignore").write_text((repo.root / ".gitignore").read_text() + "/after.csv\n")
    repo.run()
    repo.commit("a recipe with a seed")
    return repo


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return seeded(tmp_path_factory.mktemp("noise"))


@pytest.fixture(scope="module")
def measured(published: Repo) -> dict[str, Any]:
    """Measured on main and committed there."""
    done = published.gate("noise", "--jobs", "2")
    assert done.code == 0, done.out + done.err
    assert published.git("status", "--porcelain") == "?? metrics/"
    assert "predict: runs" in done.err
    assert "after: " not in done.err, "what lies below the table is left alone"
    found: dict[str, Any] = json.loads((published.root / "metrics/noise.json").read_text())
    again = published.gate("noise", "--json")
    assert json.loads(again.out) == found
    assert "train: runs" not in again.err
    assert again.err.count("train: restored from the run cache") == 5
    published.commit("the noise of the recipe")
    return found


@pytest.fixture
def repo(published: Repo, measured: dict[str, Any], tmp_path: Path) -> Repo:
    clone = published.clone(tmp_path / "clone")
    clone.git("switch", "-qc", "topic")
    return clone


def judged(repo: Repo) -> dict[str, Any]:
    repo.commit("change")
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "origin/main")
    assert done.code in {0, 1, 3}, done.err
    return repo.verdict()


def test_the_spread_is_that_of_the_seeds_and_a_second_call_trains_nothing(measured: dict[str, Any]) -> None:
    shares = [0.9 - (seed * 37 % 11 - 5) / 200 for seed in (1, 2, 3, 4, 5)]
    accuracy = measured["overall"]["accuracy"]
    assert accuracy["mean"] == pytest.approx(np.mean(shares), abs=1e-5)
    assert accuracy["sigma"] == pytest.approx(np.std(shares, ddof=1), rel=1e-4)
    assert (accuracy["df"], accuracy["rows"], measured["distinct"]) == (4, 2000, 5)
    assert set(measured["slices"]["accuracy"]["language"]) == {"de", "en", "nl", "fr"}


def test_bad_luck_with_a_seed_blocks_no_recipe(repo: Repo) -> None:
    repo.params(seed=8)
    found = judged(repo)
    assert found["question"] == "this recipe"
    assert found["decision"] != "block"
    [change] = [one["change"] for one in found["findings"] if one["rule"] == "MG301"]
    assert change["value"] == pytest.approx(-0.02)
    assert "noise of 5 trainings" in change["method"]
    assert "judged: this recipe" in repo.report()


def test_a_worse_recipe_is_blocked_whatever_its_seed(repo: Repo) -> None:
    repo.params(wrong=25, seed=3)
    found = judged(repo)
    assert (found["question"], found["decision"]) == ("this recipe", "block")


def test_the_same_bad_luck_blocks_the_artefact_where_the_policy_asks_for_that(published: Repo, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    clone.write(gate__yaml=POLICY + "    question: artefact\n")
    clone.commit("judge artefacts")
    clone.git("branch", "-f", "other")
    clone.params(seed=8)
    clone.commit("another seed")
    assert clone.gate("run").code == 0
    assert clone.gate("check", "--base", "other").code == 1
    assert clone.verdict()["question"] == "this artefact"


def test_noise_that_nobody_measured_is_told_and_decides_nothing(tmp_path: Path) -> None:
    repo = seeded(tmp_path)
    repo.git("switch", "-qc", "topic")
    repo.params(seed=1)
    repo.commit("another seed")
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "main")
    assert done.code == 0, done.out + done.err
    found = repo.verdict()
    assert found["question"] == "this artefact"
    assert [one["do"] for one in found["absent"]] == [
        "call `mergegate noise toy` on main and commit metrics/noise.json"
    ]


def test_a_recipe_that_ignores_its_seed_has_no_noise(repo: Repo) -> None:
    repo.params(wrong=0)
    repo.commit("perfect")
    assert repo.gate("run").code == 0
    repo.commit("has run")
    done = repo.gate("noise")
    assert done.code == 0, done.err
    assert "this recipe has no training noise: all 5 seeds gave the same predictions" in done.out
    written = json.loads((repo.root / "metrics/noise.json").read_text())
    assert (written["overall"]["accuracy"]["sigma"], written["distinct"]) == (0, 1)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--param", "params.yaml:sed"], "no stage that holdout.csv needs has params.yaml:sed"),
        (["--param", "params.yaml:broken"], "no stage that holdout.csv needs has params.yaml:broken"),
        (["--param", "seed"], "names no param"),
        (["nobody"], "no model 'nobody'"),
    ],
)
def test_a_wrong_call_is_named(repo: Repo, args: list[str], said: str) -> None:
    done = repo.gate("noise", *args)
    assert done.code == 2
    assert said in done.err


def test_a_policy_without_a_place_for_the_noise_is_named(repo: Repo) -> None:
    repo.write(gate__yaml=GATE)
    done = repo.gate("noise")
    assert done.code == 2
    assert "add `noise: metrics/toy/noise.json`" in done.err


def test_a_training_that_fails_with_a_seed_says_which_and_why(repo: Repo) -> None:
    repo.write(train__py="raise SystemExit('no luck')\n")
    repo.commit("crash")
    done = repo.gate("noise")
    assert done.code == 2
    assert "with seed 1: the stage train failed" in done.err
    assert "no luck" in done.err
