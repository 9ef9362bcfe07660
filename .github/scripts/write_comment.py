"""Write the one comment of a pull request, or bring it up to date: `write_comment.py COMMENT_FILE`.

CML does it, and its watermark marks the comment. But CML updates whatever comment on the first page carries the
watermark, whoever wrote it, and sees no second page. Where that would edit somebody else's comment or make a second
one, the comment of ours (its author and its watermark are) is brought up to date by its id instead.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from github_api import GitHubError, call

TITLE = "mergegate"
AUTHOR = os.environ.get("COMMENT_AUTHOR", "github-actions[bot]")
FIRST_PAGE = 30
MOST_PAGES = 50
MARK_START = "![](https://cml.dev/watermark.png#"
MARK_END = f' "CML watermark {TITLE}")'


def marked(comment: dict[str, Any]) -> bool:
    """Whether CML would take the comment for its own."""
    return any(
        set(rest.split(MARK_END)[0]) <= set("0123456789abcdefABCDEF")
        for rest in comment["body"].split(MARK_START)[1:]
        if MARK_END in rest
    )


def plan(comments: list[dict[str, Any]]) -> tuple[str, int | None]:
    """`update` or `create` for CML to do, or `patch` with the id of our own comment; `comments` the oldest first."""
    ours = [comment for comment in comments if marked(comment) and comment["user"]["login"] == AUTHOR]
    picked = [comment for comment in comments[:FIRST_PAGE] if marked(comment)]
    if not ours:
        return ("create" if picked else "update"), None
    if picked and picked[-1]["id"] == ours[-1]["id"]:
        return "update", None
    return "patch", int(ours[-1]["id"])


def all_comments(repository: str, number: str) -> list[dict[str, Any]]:
    """Every comment of the pull request, the oldest first."""
    found: list[dict[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        some = call("GET", f"/repos/{repository}/issues/{number}/comments?per_page=100&page={page}")
        found += some
        if len(some) < 100:
            break
    return found


def main(comment: Path) -> int:
    """Look at what is there, then write."""
    repository, number = os.environ["GITHUB_REPOSITORY"], os.environ["PULL_REQUEST"]
    try:
        how, comment_id = plan(all_comments(repository, number))
        if how == "patch":
            mark = f"{MARK_START}{os.environ['GITHUB_SHA']}{MARK_END}"
            body = f"{comment.read_text(encoding='utf-8')}\n\n{mark}"
            call("PATCH", f"/repos/{repository}/issues/comments/{comment_id}", {"body": body})
            return 0
    except GitHubError as error:
        sys.stdout.write(f"::error title=Cannot write the comment::{error}\n")
        return 1
    command = ["cml", "comment", how, f"--target=pr/{number}", f"--watermark-title={TITLE}", "--publish=false"]
    return subprocess.run([*command, str(comment)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
