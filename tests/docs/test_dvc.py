"""What the pipelines of this repository write, DVC's own commands read."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from typing import Any

import pytest
import yaml
from tests.docs.blocks import ROOT


def dvc(*words: str) -> Any:
    """What DVC says, as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words, "--json"], cwd=ROOT, capture_output=True, text=True, check=False,
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
def test_the_diff_of_the_metrics_with_the_commit_is_read() -> None:
    assert "errors" not in dvc("metrics", "diff", "HEAD", "--all")
