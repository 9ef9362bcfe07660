"""The check gets the lines that may have caused what got worse, and stays what it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflows.scripts import Step, run_script
from tests.workflows.stub_github import Fault, GitHub

if TYPE_CHECKING:
    from pathlib import Path

SHA = "a" * 40
LINE = {
    "path": "params.yaml", "start_line": 3, "end_line": 3, "annotation_level": "failure",
    "title": "mergegate: intent got worse", "message": "train.C 1.0 → 0.001: accuracy fell",
}  # fmt: skip


def a_check(number: int, **changes: Any) -> dict[str, Any]:
    usual = {
        "id": number, "name": "mergegate", "head_sha": SHA, "status": "completed", "conclusion": "failure",
        "app": {"slug": "github-actions"}, "output": {"title": "mergegate", "summary": "## block"},
    }  # fmt: skip
    return usual | changes


def mark(folder: Path, api: dict[str, str], told: object) -> Step:
    (folder / "annotations.json").write_text(told if isinstance(told, str) else json.dumps(told), "utf-8")
    return run_script("mark_lines.py", folder, {**api, "HEAD_SHA": SHA}, "annotations.json")


def test_our_newest_check_gets_them_and_keeps_what_it_concludes(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    github.checks += [a_check(1), a_check(3), a_check(4, app={"slug": "stranger"}), a_check(5, name="checks")]
    assert mark(tmp_path, api, [LINE]).exit_code == 0
    assert github.checks[1] == a_check(3, output={"title": "mergegate", "summary": "## block", "annotations": [LINE]})
    assert all("annotations" not in check["output"] for check in (*github.checks[:1], *github.checks[2:]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "../../etc/passwd"}, {"path": "/etc/passwd"}, {"path": ""}, {"start_line": 0}, {"start_line": "3"},
        {"start_line": True}, {"annotation_level": "error"}, {"message": None}, {"title": 7},
    ],
)  # fmt: skip
def test_what_is_not_of_their_form_is_left_out(
    github: GitHub, api: dict[str, str], tmp_path: Path, wrong: dict[str, Any]
) -> None:
    github.checks.append(a_check(1))
    assert mark(tmp_path, api, [{**LINE, **wrong}, LINE, "x", {**LINE, "raw_details": "x" * 9}]).exit_code == 0
    assert github.checks[0]["output"]["annotations"] == [LINE, LINE]


@pytest.mark.parametrize("told", ["", "{", "[" * 100_000, "{}", "[]", "3", '[{"path": 1}]'])
def test_a_file_that_tells_nothing_asks_github_for_nothing(
    github: GitHub, api: dict[str, str], tmp_path: Path, told: str
) -> None:
    assert mark(tmp_path, api, told).exit_code == 0
    assert github.requests == []


def test_no_more_are_sent_than_github_takes(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    github.checks.append(a_check(1))
    assert mark(tmp_path, api, [{**LINE, "start_line": line} for line in range(1, 200)]).exit_code == 0
    assert len(github.checks[0]["output"]["annotations"]) == 50


def test_without_a_check_or_an_answer_it_warns_and_changes_nothing(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    assert "::warning" in mark(tmp_path, api, [LINE]).log
    github.checks.append(a_check(1))
    github.faults.append(Fault("PATCH", status=404))
    step = mark(tmp_path, api, [LINE])
    assert (step.exit_code, github.checks) == (1, [a_check(1)])
