"""Count the attempts of a pull request, in a hidden line at the end of the bot's own comment.

`attempt.py read` writes `attempt=N` as a step output: 1 until a head of this pull request is blocked; from then on
each other head that is judged is one attempt more. `attempt.py mark REPORT_FOLDER COMMENT_FILE` appends the line to
the comment that is about to be written. Only a comment of ours (its author and its watermark are) is believed, and
only its last such line: what comes before quotes the pull request.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from github_api import GitHubError
from write_comment import AUTHOR, all_comments, marked

LINE = re.compile(r"^<!-- mergegate attempts=((?:[0-9a-f]{40}(?:,[0-9a-f]{40})*)?) -->$", re.MULTILINE)
MOST = 50
"""Heads that are remembered; whoever tries more often stays at the last attempt."""


def heads_tried(comments: list[dict[str, Any]]) -> list[str]:
    """The first head that was blocked and all that were judged since, as our own last comment says."""
    ours = [one["body"] for one in comments if one["user"]["login"] == AUTHOR and marked(one)]
    lines = LINE.findall(ours[-1].replace("\r\n", "\n")) if ours else []
    return lines[-1].split(",") if lines and lines[-1] else []


def attempt(tried: list[str], head: str) -> int:
    """The number of this attempt; judging the same head again is no new one."""
    return 1 + len([sha for sha in tried if sha != head])


def got_worse(verdict: Path) -> bool:
    """Whether the pull request was blocked for what it made worse, and not for evidence that main lacks."""
    try:
        findings = json.loads(verdict.read_text(encoding="utf-8"))["findings"]
        return any(one["blocks"] and one["state"] == "regressed" for one in findings)
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return False


def with_line(text: str, tried: list[str]) -> str:
    """The comment with the hidden line as its last one."""
    return f"{text.rstrip()}\n\n<!-- mergegate attempts={','.join(tried[-MOST:])} -->\n"


def _known() -> list[str]:
    return heads_tried(all_comments(os.environ["GITHUB_REPOSITORY"], os.environ["PULL_REQUEST"]))


def read() -> int:
    """Write the step output."""
    try:
        tried = _known() if os.environ["PULL_REQUEST"] else []
    except GitHubError as error:
        sys.stdout.write(f"::error title=Cannot count the attempts::{error}\n")
        return 1
    number = attempt(tried, os.environ["HEAD_SHA"])
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"attempt={number}\n")
    sys.stdout.write(f"attempt {number}\n")
    return 0


def mark(report: Path, comment: Path) -> int:
    """Append the line, with this head where it was blocked or comes after one that was."""
    try:
        tried = _known()
    except GitHubError as error:
        sys.stdout.write(f"::error title=Cannot count the attempts::{error}\n")
        return 1
    head = os.environ["HEAD_SHA"]
    if head not in tried and (tried or got_worse(report / "verdict.json")):
        tried.append(head)
    comment.write_text(with_line(comment.read_text(encoding="utf-8"), tried), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(read() if sys.argv[1] == "read" else mark(Path(sys.argv[2]), Path(sys.argv[3])))
