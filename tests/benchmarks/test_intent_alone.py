"""Benchmarks of `intent` need the data, stages and policy of no other pipeline."""

from __future__ import annotations

from pathlib import Path

import yaml
from benchmarks._intent_alone import leave_intent_alone

ROOT = Path(__file__).parents[2]


def test_nothing_of_another_pipeline_is_left_and_all_of_intent_is(tmp_path: Path) -> None:
    whole = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("dvc.yaml", "gate.yaml")}
    for name, text in whole.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    leave_intent_alone(tmp_path)
    left = {name: yaml.safe_load((tmp_path / name).read_text(encoding="utf-8")) for name in whole}
    assert "loan" not in str(left)
    before = yaml.safe_load(whole["dvc.yaml"])["stages"]
    assert left["dvc.yaml"]["stages"] == {name: one for name, one in before.items() if not name.startswith("loan-")}
    policy = yaml.safe_load(whole["gate.yaml"])
    assert left["gate.yaml"]["models"] == {"intent": policy["models"]["intent"]}
    assert set(left["gate.yaml"]["data"]["tables"]) == {"utterances", "quiz"}
