"""The evidence that a label is about is that of the newest finished run for the very head, or there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.workflows.scripts import Step, run_script
from tests.workflows.stub_github import Fault, GitHub

if TYPE_CHECKING:
    from pathlib import Path

SHA = "a" * 40


def a_run(number: int, **changes: Any) -> dict[str, Any]:
    usual = {
        "id": number, "event": "pull_request", "status": "completed", "conclusion": "success", "head_sha": SHA,
        "head_repository": {"full_name": "stranger/widget"}, "html_url": f"https://example.org/{number}",
    }  # fmt: skip
    return usual | changes


def find(folder: Path, api: dict[str, str], event: dict[str, Any]) -> Step:
    (folder / "event.json").write_text(json.dumps(event), "utf-8")
    asked = {"GITHUB_EVENT_PATH": str(folder / "event.json"), "HEAD_SHA": SHA, "HEAD_REPOSITORY": "stranger/widget"}
    return run_script("find_run.py", folder, {**api, **asked})


def test_a_run_that_has_ended_is_named_by_its_event(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    step = find(tmp_path, api, {"workflow_run": a_run(9, conclusion="failure")})
    assert step.outputs == {"run": "9", "conclusion": "failure", "url": "https://example.org/9"}
    assert github.requests == []


def test_for_a_label_it_is_the_newest_finished_one_of_that_head(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    strange = {"head_repository": {"full_name": "other/widget"}}
    github.runs += [
        a_run(1),
        a_run(2),
        a_run(3, status="in_progress"),
        a_run(4, head_sha="b" * 40),
        a_run(5, **strange),
    ]
    github.runs += [a_run(6, head_repository=None), a_run(7, event="push")]
    assert find(tmp_path, api, {"label": {"name": "mergegate: accept"}}).outputs["run"] == "2"


def test_before_a_run_has_ended_there_is_nothing_to_judge(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    github.runs.append(a_run(3, status="in_progress"))
    assert find(tmp_path, api, {"label": {}}).outputs == {"run": "none"}


def test_a_silent_github_is_a_failure_and_not_nothing(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """So that the check fails where it cannot be told whether an acceptance was taken back."""
    github.faults.append(Fault("/runs", status=404))
    step = find(tmp_path, api, {"label": {}})
    assert (step.exit_code, step.outputs) == (1, {})
