"""What the pipelines of this repository write, DVC's own commands read."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from tests.docs.blocks import ROOT

from intent import charts as intent
from loan import charts as loan


def dvc(*words: str, at: Path = ROOT) -> Any:
    """What DVC says, as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words, "--json"], cwd=at, capture_output=True, text=True, check=False,
        env={**os.environ, "DVC_NO_ANALYTICS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def without_lists(node: object) -> object:
    """What DVC shows of a metrics file: it drops lists."""
    if isinstance(node, dict):
        return {key: without_lists(value) for key, value in node.items() if not isinstance(value, list)}
    return node


def leaves(node: object) -> list[object]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in leaves(value)]
    return [node]


@pytest.mark.slow
def test_every_metrics_file_is_read_whole() -> None:
    """NaN would come out as it is, which is no JSON: none may be in a file that DVC is to show."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"].values()
    named = {name for stage in stages for entry in stage.get("metrics", ()) for name in entry}
    assert len(named) >= 7
    [told] = dvc("metrics", "show").values()
    assert set(told["data"]) == named
    for name in named:
        shown = told["data"][name]
        assert "error" not in shown
        assert shown["data"] == without_lists(json.loads((ROOT / name).read_text("utf-8")))
        numbers = [leaf for leaf in leaves(shown["data"]) if isinstance(leaf, float)]
        assert all(math.isfinite(number) for number in numbers)


@pytest.mark.slow
def test_every_plot_of_the_pipelines_is_drawn_from_what_their_stages_write(tmp_path: Path) -> None:
    """By `dvc plots show`, with our own specifications, of tables that the stages' own code makes of a few rows."""
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))
    plots = {name: spec for plot in pipeline["plots"] for name, spec in plot.items()}
    outs = {out for stage in pipeline["stages"].values() for out in stage.get("outs", ()) if isinstance(out, str)}
    assert {file for spec in plots.values() for file in spec["y"]} <= outs
    rows = pd.DataFrame(
        {"label": ["approve", "deny"] * 6, "prediction": ["approve", "deny", "deny"] * 4,
         "score": [n / 11 for n in range(12)], "points": range(480, 600, 10)}
    )  # fmt: skip
    intent.write(intent.answers(rows), tmp_path / "plots/intent/answers.csv")
    intent.write(intent.calibration(rows), tmp_path / "plots/intent/calibration.csv")
    loan.write(loan.by_points(rows), tmp_path / "plots/loan/points.csv")
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"plots": pipeline["plots"]}), "utf-8")
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    told = dvc("plots", "show", at=tmp_path)
    assert set(told) == {"data"}, "no errors"
    assert set(told["data"]) == set(plots)
    for name, [drawn] in told["data"].items():
        asked = {
            field for fields in plots[name]["y"].values() for field in ([fields] if isinstance(fields, str) else fields)
        }
        values = drawn["content"]["data"]["values"]
        assert asked | {plots[name]["x"]} <= set(values[0]), name
    counted = told["data"]["loan points"][0]["content"]["data"]["values"]
    assert sum(int(one["approved"]) for one in counted if one["field"] == "approved") == 6


@pytest.mark.slow
def test_the_diff_of_the_metrics_with_the_commit_is_read() -> None:
    assert "errors" not in dvc("metrics", "diff", "HEAD", "--all")
