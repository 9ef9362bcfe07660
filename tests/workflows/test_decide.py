"""The check passes only when everything agrees; whatever else happens is a failure that says what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflows.scripts import Step, run_script

if TYPE_CHECKING:
    from pathlib import Path

SHA = "5" * 40
FINE = {
    "RUN_CONCLUSION": "success",
    "RUN_URL": "https://github.example/run",
    "JUDGE_RESULT": "success",
    "JUDGE_EXIT_CODE": "0",
    "JUDGE_URL": "https://github.example/judge",
    "GITHUB_SHA": SHA,
}
MERGE = {"decision": "merge", "unsure_passes": True, "base": {"sha": SHA}}


def decide(folder: Path, verdict: object = MERGE, report: str | None = "# a report\n", **env: str) -> tuple[Step, str]:
    """The step and the comment that it wrote; a `verdict` of type str is written as it is."""
    (folder / "report").mkdir()
    if verdict is not None:
        text = verdict if isinstance(verdict, str) else json.dumps(verdict)
        (folder / "report" / "verdict.json").write_text(text, encoding="utf-8")
    if report is not None:
        (folder / "report" / "report.md").write_text(report, encoding="utf-8")
    step = run_script("decide.py", folder, {**FINE, **env}, "report", "comment.md")
    return step, (folder / "comment.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("decision", "exit_code", "unsure_passes", "conclusion"),
    [
        ("merge", "0", True, "success"),
        ("block", "1", True, "failure"),
        ("unsure", "3", True, "neutral"),
        ("unsure", "3", False, "failure"),
    ],
)
def test_the_verdict_decides(
    tmp_path: Path, decision: str, exit_code: str, unsure_passes: bool, conclusion: str
) -> None:
    """The policy says what `unsure` is for the check."""
    verdict = {**MERGE, "decision": decision, "unsure_passes": unsure_passes}
    step, comment = decide(tmp_path, verdict, JUDGE_EXIT_CODE=exit_code)
    assert step.outputs == {"conclusion": conclusion}
    assert comment == "# a report\n"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"RUN_CONCLUSION": "failure"}, "`pull-request` did not succeed"),
        ({"RUN_CONCLUSION": "cancelled"}, "`pull-request` did not succeed"),
        ({"RUN_CONCLUSION": "timed_out"}, "`pull-request` did not succeed"),
        ({"RUN_CONCLUSION": ""}, "`pull-request` did not succeed"),
        ({"JUDGE_RESULT": "failure"}, "`judge` did not finish"),
        ({"JUDGE_RESULT": "skipped"}, "`judge` did not finish"),
        ({"JUDGE_RESULT": "cancelled"}, "`judge` did not finish"),
        ({"JUDGE_EXIT_CODE": ""}, "exit code unknown"),
        ({"JUDGE_EXIT_CODE": "2"}, "exit code 2"),
        ({"JUDGE_EXIT_CODE": "70"}, "exit code 70"),
        ({"JUDGE_EXIT_CODE": "137"}, "exit code 137"),
        ({"JUDGE_EXIT_CODE": "1"}, "disagree"),
        ({"JUDGE_EXIT_CODE": "3"}, "disagree"),
        ({"GITHUB_SHA": "6" * 40}, "another commit of main"),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_one_thing_that_does_not_fit_is_enough_to_fail(tmp_path: Path, env: dict[str, str], said: str) -> None:
    """Beside a verdict `merge` that can be read, and a report."""
    step, comment = decide(tmp_path, **env)
    assert step.outputs == {"conclusion": "failure"}
    assert comment.startswith("## mergegate: no verdict\n")
    assert said in comment
    assert "https://github.example/run" in comment


@pytest.mark.parametrize(
    "verdict",
    [
        None,
        "",
        "{",
        "[" * 100_000,
        "[]",
        '"merge"',
        {},
        {**MERGE, "decision": "MERGE"},
        {**MERGE, "decision": ["merge"]},
        {**MERGE, "decision": None},
        {**MERGE, "unsure_passes": "yes"},
        {**MERGE, "base": SHA},
        {**MERGE, "base": {}},
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_verdict_that_cannot_be_read_fails(tmp_path: Path, verdict: Any) -> None:
    """Even though the exit code says merge."""
    step, comment = decide(tmp_path, verdict)
    assert step.outputs == {"conclusion": "failure"}
    assert "no verdict that can be read" in comment


def test_a_verdict_without_a_report_fails(tmp_path: Path) -> None:
    """A pass that nobody can read is none."""
    step, comment = decide(tmp_path, report=None)
    assert step.outputs == {"conclusion": "failure"}
    assert "left no report" in comment


def test_what_the_gate_said_is_shown_and_cannot_come_alive(tmp_path: Path) -> None:
    """An error may quote the hand-over: no fence ends early, no control character is passed on."""
    (tmp_path / "report").mkdir()
    hostile = "refused:\n````\n@everyone [x](/etc/passwd) <img src=x>\x1b[31m\u202e\n```\n"
    (tmp_path / "report" / "error.txt").write_text(hostile, encoding="utf-8")
    step = run_script("decide.py", tmp_path, {**FINE, "JUDGE_EXIT_CODE": "2"}, "report", "comment.md")
    comment = (tmp_path / "comment.md").read_text(encoding="utf-8")
    assert step.outputs == {"conclusion": "failure"}
    block = comment[comment.index("`````text\n") :]
    assert block.endswith("\n`````\n")
    assert "@everyone" in block
    assert not set("\x1b\u202e") & set(comment)
    assert "@everyone" not in comment[: -len(block)]


def test_a_long_report_is_cut_between_lines_with_the_verdict_kept(tmp_path: Path) -> None:
    """GitHub refuses more than 65,536 characters, and CML adds its watermark."""
    row = "| a row of a table that goes on and on | 0.5 |\n"
    step, comment = decide(tmp_path, report="# Blocked\n\n<details><summary>all</summary>\n\n" + row * 4_000)
    assert step.outputs == {"conclusion": "success"}
    assert len(comment) <= 60_000
    assert comment.startswith("# Blocked\n")
    assert comment.count("<details>") == comment.count("</details>") == 1
    assert "https://github.example/judge" in comment
    body = comment.partition("\n\n</details>")[0].splitlines()
    assert body[-1] + "\n" == row


PAGE = "https://github.example/acme/gate/actions/runs/17/artifacts/4711"


def test_the_comment_ends_with_a_link_to_the_page(tmp_path: Path) -> None:
    """Where the upload says where the report is, and there is a verdict; also under a report that is cut."""
    judge = "https://github.example/acme/gate/actions/runs/17"
    _, comment = decide(tmp_path, REPORT_URL=PAGE, JUDGE_URL=judge)
    assert comment == (
        f"# a report\n\n[The whole report as a page]({PAGE}), with every row and picture (kept for 30 days).\n"
    )
    (tmp_path / "long").mkdir()
    _, comment = decide(tmp_path / "long", report="| a row |\n" * 9_000, REPORT_URL=PAGE, JUDGE_URL=judge)
    assert len(comment) <= 60_000
    assert f"]({PAGE}), with every row" in comment.splitlines()[-1]
    (tmp_path / "failed").mkdir()
    _, comment = decide(tmp_path / "failed", REPORT_URL=PAGE, JUDGE_URL=judge, JUDGE_EXIT_CODE="2")
    assert PAGE not in comment


@pytest.mark.parametrize(
    "url", ["", "javascript:x", "https://evil.example/actions/runs/17/artifacts/1", f"{PAGE})[x](y"]
)
def test_an_address_that_is_not_of_this_repository_is_no_link(tmp_path: Path, url: str) -> None:
    _, comment = decide(tmp_path, REPORT_URL=url, JUDGE_URL="https://github.example/acme/gate/actions/runs/17")
    assert comment == "# a report\n"
