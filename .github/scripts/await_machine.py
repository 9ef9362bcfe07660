"""Wait until a run asks for a machine of its own, or will not: writes the labels of its queued job as a step output.

A job asks by the label `run-<id of its run>`. What is written are the other labels, a comma between them; nothing where
the run is over or went on without such a job. The labels are the run's word: `launch_machine.py` holds them against
main's params.yaml.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from github_api import GitHubError, call

SECONDS = float(os.environ.get("AWAIT_SECONDS", "10"))
TRIES = 120


def asked(jobs: list[dict[str, Any]], run: str) -> list[str]:
    """The labels of a job that waits for a machine of this run, but for GitHub's own and the run's."""
    mark = f"run-{run}"
    for job in jobs:
        if job["status"] == "queued" and mark in job["labels"]:
            return sorted(set(job["labels"]) - {mark, "self-hosted"})
    return []


def waited(path: str, run: str) -> list[str]:
    """The labels; empty when the run is over, or after TRIES looks."""
    for attempt in range(TRIES):
        over = call("GET", path)["status"] == "completed"
        labels = asked(call("GET", f"{path}/jobs?per_page=100")["jobs"], run)
        if labels or over:
            return labels
        if attempt + 1 < TRIES:
            time.sleep(SECONDS)
    return []


def main() -> int:
    """Ask GitHub, and write `labels=` to GITHUB_OUTPUT."""
    run = os.environ["RUN_ID"]
    try:
        labels = waited(f"/repos/{os.environ['GITHUB_REPOSITORY']}/actions/runs/{int(run)}", run)
    except GitHubError as error:
        sys.stdout.write(f"::error title=Cannot see the run::{error}\n")
        return 1
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"labels={','.join(labels)}\n")
    sys.stdout.write(f"run {run} waits for {', '.join(labels)}\n" if labels else f"run {run} needs no machine\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
