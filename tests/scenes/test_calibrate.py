"""`mergegate calibrate` on a real repository: with one model, and with two that differ."""

from __future__ import annotations

import json

import pytest

from tests.scenes.repo import GATE, Repo

pytestmark = pytest.mark.slow


def test_one_model_is_made_to_differ_and_the_plot_is_written(repo: Repo) -> None:
    done = repo.gate("calibrate", "--repetitions", "60", "--disagreement", "0.06", "--out", "curve")
    assert done.code == 0, done.err
    assert "toy: 2,000 rows, 400 groups, 5 checks, 6.0% of the rows made to differ; judged: this artefact" in done.out
    told = json.loads((repo.root / "curve/calibration.json").read_text())
    assert told["false_blocks"]["rate"] <= 0.15
    drops = {(one["where"], one["drop"]): one["rate"] for one in told["power"]}
    assert drops["all rows", 0.0025] < 0.5
    assert drops["all rows", 0.05] > 0.8
    assert (repo.root / "curve/calibration.svg").read_text().startswith("<svg")
    assert json.loads((repo.root / "curve/calibration.vl.json").read_text())["layer"]


def test_two_that_differ_lend_their_disagreement_and_the_same_call_gives_the_same_numbers(repo: Repo) -> None:
    repo.write(gate__yaml=GATE.replace("    group: group\n", ""))
    repo.params(wrong=8)
    repo.commit("another model, and rows that are independent")
    assert repo.gate("run").code == 0
    first, second = (repo.gate("calibrate", "--repetitions", "20", "--json") for _ in range(2))
    assert first.code == 0, first.err
    assert first.out == second.out
    [model] = json.loads(first.out)["models"]
    assert (model["rows"], model["groups"], model["simulated_disagreement"]) == (2000, None, None)


def test_scores_alone_need_a_second_model(repo: Repo) -> None:
    text = GATE.replace("accuracy, margin", "brier, margin").replace("{metric: accuracy, from: 0.5}", "{from: 0.5}")
    repo.write(gate__yaml=text.replace("    group: group\n", "    group: group\n    score: score\n"))
    done = repo.gate("calibrate", "--repetitions", "20")
    assert done.code == 2
    assert "toy is judged by scores alone" in done.err
