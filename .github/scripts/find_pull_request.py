"""Find the open pull request that a workflow run was made for, and write its number as a step output.

Under `workflow_run` the event names no pull request when it comes from a fork. It is found by its head, and it is
the right one only while its head is still the commit that was run: a push in between makes this run stale.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from github_api import GitHubError, call


def matching(pulls: list[dict[str, Any]], *, repository: str, head_repository: str, sha: str, base: str) -> list[int]:
    """Numbers of the pull requests that want exactly this commit of that repository in `base` of `repository`."""
    return [
        int(pull["number"])
        for pull in pulls
        if pull["head"]["sha"] == sha
        and (pull["head"]["repo"] or {}).get("full_name") == head_repository
        and pull["base"]["repo"]["full_name"] == repository
        and pull["base"]["ref"] == base
    ]


def main() -> int:
    """Ask GitHub, and write `number=` (empty where there is none) to GITHUB_OUTPUT."""
    env = os.environ
    head = quote(f"{env['HEAD_OWNER']}:{env['HEAD_BRANCH']}", safe="")
    try:
        pulls = call("GET", f"/repos/{env['GITHUB_REPOSITORY']}/pulls?head={head}&state=open&per_page=100")
    except GitHubError as error:
        sys.stdout.write(f"::error title=Cannot find the pull request::{error}\n")
        return 1
    numbers = matching(
        pulls,
        repository=env["GITHUB_REPOSITORY"],
        head_repository=env["HEAD_REPOSITORY"],
        sha=env["HEAD_SHA"],
        base=env["BASE_BRANCH"],
    )
    number = str(numbers[0]) if numbers else ""
    with Path(env["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"number={number}\n")
    sys.stdout.write(
        f"pull request #{number}\n"
        if number
        else "::notice title=Nothing to tell::No open pull request has this commit as its head: "
        "it was closed, or a newer push is being judged.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
