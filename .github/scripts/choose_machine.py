"""Choose the machine for the stages that will run: reads `mergegate plan --json` on stdin, writes step outputs.

`runs_on` is a JSON list of labels, `minutes` what the job may take. A machine that `cml runner launch` brings up has
the label `run-<id of this run>` besides its own, so that no other run takes it.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

GITHUB_S = "ubuntu-24.04"
MINUTES = 60
OWN_MINUTES = 24 * 60
"""A job's token ends after a day."""
RUNNING = {"will run", "may run"}


def machine(plan: dict[str, Any], run: str, *, every: bool = False) -> tuple[list[str], int]:
    """The labels that the runner must have, all of them, and the minutes; `every` counts stages that are unchanged."""
    wanting = [stage for stage in plan["stages"] if stage["runs_on"] and (every or stage["action"] in RUNNING)]
    if not wanting:
        return [GITHUB_S], MINUTES
    labels = sorted({stage["runs_on"] for stage in wanting})
    launched = [f"run-{run}"] if any(stage["cml"] for stage in wanting) else []
    return ["self-hosted", *labels, *launched], OWN_MINUTES


def main() -> None:
    """Write `runs_on` and `minutes` to GITHUB_OUTPUT."""
    every = os.environ.get("EVERY_STAGE") == "true"
    labels, minutes = machine(json.load(sys.stdin), os.environ["GITHUB_RUN_ID"], every=every)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"runs_on={json.dumps(labels)}\nminutes={minutes}\n")
    sys.stdout.write(f"runs on a machine with {', '.join(labels)}\n")


if __name__ == "__main__":
    main()
