"""The benchmark of planted faults plants what it says, measures the truth rightly, and runs."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks._planted import FAULTS, QUICK, dropped, groups_relabelled, swapped, training_rows
from benchmarks._planted_summary import changed_lines, slug, summary
from benchmarks._population import mean_and_error, score
from benchmarks._rivals import rules
from sklearn.metrics import f1_score

from mergegate.split import in_holdout

ROOT = Path(__file__).resolve().parents[2]
INTENTS = (
    "HassTurnOn", "HassTurnOff", "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassSetVolume", "HassNevermind",
)  # fmt: skip
COLUMNS = ("id", "group", "language", "area", "domain", "utterance", "intent")


def small_clone(folder: Path) -> Path:
    """A folder with params.yaml and 720 rows of every kind that some fault is about, in 360 groups."""
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "data/intent").mkdir(parents=True)
    with (folder / "data/intent/utterances.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for n in range(720):
            intent, language = INTENTS[n // 2 % 6], ("de", "es", "fr")[n // 12 % 3]
            group = f"{language}/{intent}/{n // 2}"
            writer.writerow((f"{language}-{n:012x}", group, language, "any", "any", f"satz {n}", intent))
    return folder


def rows_of(clone: Path) -> dict[str, dict[str, str]]:
    with (clone / "data/intent/utterances.csv").open(newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_a_fault_in_the_training_rows_touches_no_held_out_row(tmp_path: Path) -> None:
    """The holdout is the question; a fault may only change the model."""
    clone = small_clone(tmp_path)
    before = rows_of(clone)
    training_rows(swapped("HassTurnOn", "HassTurnOff"))(clone)
    after = rows_of(clone)
    held = {key for key, row in before.items() if in_holdout(row["group"], salt="mergegate", share=0.25)}
    assert 0 < len(held) < 720
    assert all(after[key] == before[key] for key in held)
    assert {before[key]["intent"] for key in before if after[key] != before[key]} == {"HassTurnOn", "HassTurnOff"}


def test_dropping_half_of_a_language_leaves_the_other_languages_alone() -> None:
    rows = [{"language": "fr" if n % 2 else "de", "id": str(n)} for n in range(2_000)]
    left = [row["language"] for row in dropped("language", "fr", 0.5)(rows)]
    assert left.count("de") == 1_000
    assert 400 < left.count("fr") < 600


def test_a_relabelled_block_has_one_label() -> None:
    """Otherwise the stage `validate` would find it, and nothing would reach the model."""
    rows = [{"group": f"g{n // 3}", "intent": f"i{n // 3 % 7}"} for n in range(900)]
    changed = pd.DataFrame(groups_relabelled(0.2)(rows))
    assert (changed.groupby("group")["intent"].nunique() == 1).all()
    assert 0.08 < (changed["intent"] != pd.DataFrame(rows)["intent"]).mean() < 0.3


@pytest.mark.slow
def test_every_fault_changes_the_pipeline_that_is_in_this_commit(tmp_path: Path) -> None:
    """An edit whose text is no longer there would plant nothing, so it refuses."""
    for fault in FAULTS:
        clone = tmp_path / slug(fault.name)
        clone.mkdir()
        small_clone(clone)
        shutil.copytree(ROOT / "src/intent", clone / "src/intent")
        before = {path: path.read_bytes() for path in sorted(clone.rglob("*.*")) if path.is_file()}
        fault.edit(clone)
        assert {path: path.read_bytes() for path in before} != before, fault.name


def test_the_score_of_weighted_rows_is_the_score_of_repeated_rows() -> None:
    rng = np.random.default_rng(3)
    labels, answers = (rng.integers(0, 3, 200) for _ in range(2))
    weights = rng.integers(1, 5, 200)
    repeated = np.repeat(labels, weights), np.repeat(answers, weights)
    assert score("accuracy", labels, answers, weights.astype(float)) == pytest.approx(
        float((repeated[0] == repeated[1]).mean())
    )
    assert score("f1_macro", labels, answers, weights.astype(float)) == pytest.approx(
        f1_score(*repeated, average="macro")
    )


@pytest.mark.slow
def test_the_error_of_the_truth_is_the_spread_of_many_draws() -> None:
    """Ten templates of forty sentences, each with its own chance: the stated error is what redrawing shows."""
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"template": np.repeat(np.arange(10), 40), "weight": np.repeat(np.linspace(1, 3, 10), 40)})
    rows["weight"] /= rows["weight"].sum()
    chance = np.repeat(np.linspace(0.0, 0.9, 10), 40)
    found = [mean_and_error((rng.random(400) < chance).astype(float), rows) for _ in range(600)]
    means, errors = np.array(found).T
    assert means.mean() == pytest.approx(float(np.average(chance, weights=rows["weight"])), abs=0.005)
    assert np.sqrt((errors**2).mean()) == pytest.approx(float(means.std()), rel=0.1)


def test_rules_of_thumb_see_what_they_are_known_for(tmp_path: Path) -> None:
    """A tenth of a point: only `dropped at all` blocks. Three points in one slice: all but the tolerant ones."""
    frame = pd.DataFrame({"id": range(10_000), "label": "a", "prediction": "a", "language": "de", "domain": "any"})
    frame.loc[:999, "prediction"] = "b"
    frame.loc[5_000:, "language"] = "en"
    frame.to_parquet(tmp_path / "base.parquet")
    frame.assign(prediction=frame["prediction"].where(~frame["id"].between(9_990, 9_991), "b")).to_parquet(
        tmp_path / "little.parquet"
    )
    frame.assign(prediction=frame["prediction"].where(frame["id"] < 9_700, "b")).to_parquet(tmp_path / "much.parquet")
    little, much = (rules(tmp_path / "base.parquet", tmp_path / f"{name}.parquet") for name in ("little", "much"))
    assert [name for name, blocks in little.items() if blocks] == ["dropped at all"]
    assert all(much.values())


def test_the_summary_names_a_fault_that_should_have_been_blocked() -> None:
    """Truly worse than its MDE and not blocked: the one thing that must not happen is said by name."""
    truth = {"drop": 0.03}
    check = {"true_drop": 0.03, "mde_at_margin": 0.02}
    caught = {"name": "one", "honest": True, "outcome": "block", "by": ["MG301 accuracy"], "above": [check],
              "truth": truth, "others": {"dropped at all": True}}  # fmt: skip
    missed = caught | {"name": "two", "outcome": "merge", "by": []}
    told = summary({"faults": [caught, missed], "luck": []})
    assert told["of these, not blocked (none should)"] == ["two"]
    assert told["judged faults that truly cost over 0.5 points"] == {"faults": 2, "mergegate": 1, "dropped at all": 2}


def test_a_patch_is_told_by_the_lines_that_it_changes() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n context\n-old\n+new\n"
    assert changed_lines(patch) == ["-old", "+new"]


@pytest.mark.slow
@pytest.mark.skipif(
    not (ROOT / "data/intent").is_dir() and os.environ.get("CI") != "true", reason="the data is not here: make data"
)
def test_two_faults_are_played_through_the_real_pipeline(tmp_path: Path) -> None:
    """Stages in one process make the bytes that `mergegate run` makes, and a lost step that costs much is blocked."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "benchmarks.planted_faults", "--quick", "--folder", str(tmp_path / "build"),
               "--out", str(tmp_path / "out.json")]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert result["same_bytes_as_mergegate_run"] == dict.fromkeys(QUICK, True)
    lost, noise = result["faults"]
    assert lost["outcome"] == "block"
    assert lost["truth"]["drop"] > lost["accuracy"]["mde_at_margin"]
    assert noise["truth"]["error"] < 0.003
    assert result["summary"]["of these, not blocked (none should)"] == []
