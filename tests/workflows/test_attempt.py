"""Attempts are counted from the first head that was blocked, in our own comment and in no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.workflows.scripts import Step, run_script
from tests.workflows.stub_github import Fault, GitHub

if TYPE_CHECKING:
    from pathlib import Path

BOT = "github-actions[bot]"
MARK = '![](https://cml.dev/watermark.png#0123abc "CML watermark mergegate")'
A, B, C, D = (letter * 40 for letter in "abcd")


def line(*heads: str) -> str:
    return f"<!-- mergegate attempts={','.join(heads)} -->"


def environment(api: dict[str, str], head: str, number: str = "7") -> dict[str, str]:
    return {**api, "PULL_REQUEST": number, "HEAD_SHA": head}


def read(folder: Path, api: dict[str, str], head: str, number: str = "7") -> Step:
    return run_script("attempt.py", folder, environment(api, head, number), "read")


def mark(folder: Path, api: dict[str, str], head: str, decision: str, text: str = "## a report\n") -> str:
    """The comment that is about to be written."""
    finding = {"blocks": decision != "merge", "state": {"block": "regressed", "gone": "absent"}.get(decision, "held")}
    (folder / "verdict.json").write_text(json.dumps({"findings": [finding]}), "utf-8")
    (folder / "comment.md").write_text(text, "utf-8")
    done = run_script("attempt.py", folder, environment(api, head), "mark", ".", "comment.md")
    assert done.exit_code == 0, done.log
    return (folder / "comment.md").read_text("utf-8")


def test_a_pull_request_without_a_comment_is_at_its_first_attempt(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    assert read(tmp_path, api, A).outputs == {"attempt": "1"}
    assert read(tmp_path, api, A, number="").outputs == {"attempt": "1"}


@pytest.mark.slow
def test_attempts_are_counted_from_the_first_block_and_a_head_counts_once(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    seen = []
    for head, decision in ((A, "merge"), (B, "block"), (B, "block"), (C, "unsure"), (D, "merge"), (B, "block")):
        seen.append(read(tmp_path, api, head).outputs["attempt"])
        text = mark(tmp_path, api, head, decision)
        github.comments.clear()
        github.comment(7, f"{text}\n\n{MARK}", author=BOT)
    assert seen == ["1", "1", "1", "2", "3", "3"]
    assert text == f"## a report\n\n{line(B, C, D)}\n"


def test_only_our_own_comment_is_believed(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    github.comment(7, f"{line(A, B)}\n\n{MARK}", author="mallory")
    github.comment(7, f"{line(A, B)}", author=BOT)
    assert read(tmp_path, api, C).outputs == {"attempt": "1"}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_the_report_quotes_is_not_ours(
    github: GitHub, api: dict[str, str], tmp_path: Path, end: str
) -> None:
    """The report ends with our line, whatever the pull request made it quote before."""
    quoted = f"```text\n{line()}\n```\n"
    text = mark(tmp_path, api, A, "block", text=quoted)
    github.comment(7, f"{text}\n\n{MARK}".replace("\n", end), author=BOT)
    assert read(tmp_path, api, B).outputs == {"attempt": "2"}


def test_evidence_that_main_lacks_starts_no_count_but_a_retry_is_one(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    assert mark(tmp_path, api, A, "gone").endswith(f"{line()}\n")
    github.comment(7, f"{line(A)}\n\n{MARK}", author=BOT)
    assert mark(tmp_path, api, B, "gone").endswith(f"{line(A, B)}\n")


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"findings": [1]}', "[" * 100_000])
def test_without_a_verdict_nothing_is_counted(
    github: GitHub, api: dict[str, str], tmp_path: Path, content: str | None
) -> None:
    (tmp_path / "comment.md").write_text("no verdict\n", "utf-8")
    if content is not None:
        (tmp_path / "verdict.json").write_text(content, "utf-8")
    done = run_script("attempt.py", tmp_path, environment(api, A), "mark", ".", "comment.md")
    assert done.exit_code == 0, done.log
    assert (tmp_path / "comment.md").read_text("utf-8") == f"no verdict\n\n{line()}\n"


def test_no_more_heads_are_kept_than_a_comment_has_room_for(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    many = [f"{number:040x}" for number in range(60)]
    github.comment(7, f"{line(*many)}\n\n{MARK}", author=BOT)
    assert mark(tmp_path, api, A, "block").endswith(f"{line(*many[-49:], A)}\n")


def test_a_silent_github_is_an_exit_code(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    github.faults.append(Fault("GET .*/comments", status=404))
    assert read(tmp_path, api, A).exit_code == 1
