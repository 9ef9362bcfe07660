"""Find the run of `pull-request` whose evidence is to be judged, and write it as step outputs.

Where that run's end set off the judge, the event names it. Where a label did, it is the newest finished run for the
head commit; `run=none` where there is none yet: its end will set off the judge, which then sees the label.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from github_api import GitHubError, call


def finished(runs: list[dict[str, Any]], *, sha: str, repository: str) -> dict[str, Any] | None:
    """The newest run for this commit of this repository that was made for a pull request and has ended."""
    fitting = [
        run
        for run in runs
        if run["head_sha"] == sha
        and run["event"] == "pull_request"
        and run["status"] == "completed"
        and (run["head_repository"] or {}).get("full_name") == repository
    ]
    return max(fitting, key=lambda run: int(run["id"]), default=None)


def main() -> int:
    """Write `run`, `conclusion` and `url` to GITHUB_OUTPUT."""
    env = os.environ
    event = json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    run = event.get("workflow_run")
    if run is None:
        workflow = env.get("EVIDENCE_WORKFLOW", "pull-request.yml")
        path = f"/repos/{env['GITHUB_REPOSITORY']}/actions/workflows/{workflow}/runs"
        try:
            answer = call("GET", f"{path}?head_sha={env['HEAD_SHA']}&event=pull_request&per_page=100")
        except GitHubError as error:
            sys.stdout.write(f"::error title=Cannot find the run::{error}\n")
            return 1
        run = finished(answer["workflow_runs"], sha=env["HEAD_SHA"], repository=env["HEAD_REPOSITORY"])
    told = {"run": "none"}
    if run is not None:
        told = {"run": str(int(run["id"])), "conclusion": str(run["conclusion"]), "url": str(run["html_url"])}
    with Path(env["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.writelines(f"{name}={value}\n" for name, value in told.items())
    sys.stdout.write(f"run {told['run']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
