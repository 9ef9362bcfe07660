"""When to retrain, and what the pull request of a retraining says."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.scripts import Step, run_script


def due(folder: Path, event: str, *, ago: int, every: str) -> Step:
    """The step, in a repository whose data was committed so many days ago."""
    day = dt.datetime.now(dt.UTC) - dt.timedelta(days=ago)
    (folder / "data.dvc").write_text("data", encoding="utf-8")
    (folder / "params.yaml").write_text(f"ci: {{{every}}}\n" if every else "C: 1\n", encoding="utf-8")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "data")):
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        env = {**os.environ, "GIT_COMMITTER_DATE": f"{day:%Y-%m-%dT%H:%M:%SZ}"}
        subprocess.run(["git", *who, *command], cwd=folder, check=True, env=env)
    return run_script("retrain_due.py", folder, {"EVENT_NAME": event})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "ago", "every", "wanted"),
    [
        ("schedule", 0, "retrain: {every: 1w}", "false"),
        ("schedule", 7, "retrain: {every: 1w}", "true"),
        ("schedule", 7, "retrain: {every: 2w}", "false"),
        ("schedule", 14, "retrain: {every: 2w}", "true"),
        ("schedule", 400, "", "false"),
        ("schedule", 0, "retrain: {every: 1w, data: [other.dvc]}", "true"),
        ("workflow_dispatch", 0, "retrain: {every: 2w}", "true"),
        ("workflow_dispatch", 0, "", "true"),
    ],
)
def test_it_is_time_when_the_params_and_the_last_commit_of_data_say_so(
    tmp_path: Path, event: str, ago: int, every: str, wanted: str
) -> None:
    """Or when somebody asks; a date that nobody can tell is no reason to wait for ever."""
    step = due(tmp_path, event, ago=ago, every=every)
    assert (step.exit_code, step.outputs) == (0, {"due": wanted}), step.log
    assert "::notice title=" in step.log


def test_a_period_that_nobody_can_read_fails_the_step(tmp_path: Path) -> None:
    """And does not quietly never retrain."""
    step = due(tmp_path, "schedule", ago=0, every="retrain: {every: monthly}")
    assert step.exit_code == 2
    assert "ci.retrain.every" in step.log


def finding(rule: str, said: str, **more: Any) -> dict[str, Any]:
    return {"rule": rule, "model": "", "subject": "utterances rows", "said": said, "blocks": False} | more


def body(folder: Path, verdict: dict[str, Any], taken: str = "data 1 → 2") -> str:
    (folder / "report").mkdir(exist_ok=True)
    (folder / "taken.txt").write_text(f"a line before\n{taken}\n", encoding="utf-8")
    (folder / "report/verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    step = run_script("retrain_body.py", folder, {}, ".")
    assert step.exit_code == 0, step.log
    return (folder / "body.md").read_text(encoding="utf-8")


def test_the_body_tells_the_data_diff_and_what_would_block(tmp_path: Path) -> None:
    rows = [["id", "was", "is"], *[[f"r{n}", "on", "off"] for n in range(20)]]
    told = body(tmp_path, {
        "decision": "block",
        "findings": [
            finding("MG102", "20 rows added", examples=rows),
            finding("MG301", "accuracy fell", model="toy", subject="accuracy", blocks=True),
            finding("MG401", "all right", subject="quiz"),
        ],
    })  # fmt: skip
    assert told.startswith("A retraining on new data: data 1 → 2.\n")
    assert "**The gate would block it.** Production keeps its model" in told
    assert "- MG301 toy accuracy: accuracy fell\n" in told
    assert (
        "- MG102 utterances rows: 20 rows added\n\n  | id | was | is |\n  | --- | --- | --- |\n  | r0 | on | off |"
        in told
    )
    assert "r11" in told
    assert "r12" not in told
    assert "MG401" not in told


def test_what_the_data_says_does_nothing_in_the_body(tmp_path: Path) -> None:
    """Utterances are a stranger's: no mention, no link, no picture, no cell of its own."""
    bad = "@everyone ![x](https://evil.example/p.png) | <img src=x> `\n# big"
    told = body(tmp_path, {"decision": "merge", "findings": [finding("MG102", bad, examples=[["id"], [bad]])]}, bad)
    for live in ("@everyone", "![x](", "<img", "https://evil", "\n# big"):
        assert live not in told


def test_a_body_that_is_too_long_is_cut_at_a_line(tmp_path: Path) -> None:
    """GitHub refuses more than 65,536 characters."""
    many = [finding("MG102", "x" * 5_000) for _ in range(20)]
    told = body(tmp_path, {"decision": "unsure", "findings": many})
    assert len(told) < 51_000
    assert "(cut here: the report has the rest)\n\nThe check `mergegate` decides" in told
