"""Bring up a machine with `cml runner launch`: reads main's `mergegate plan --json` on stdin.

LABELS is what a run asked for, so it is not trusted: each must be the label of a stage of main, and the options are
those of main's params.yaml, handed over as separate arguments, never through a shell.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


class LaunchError(Exception):
    """What was asked for is not what main names."""


def command(plan: dict[str, Any], labels: list[str], run: str) -> list[str]:
    """The arguments of the one call; raises LaunchError where main does not say how."""
    named = {stage["runs_on"] for stage in plan["stages"]}
    strange = [label for label in labels if label not in named]
    if strange or not labels:
        raise LaunchError(f"no stage of main has the label {', '.join(map(repr, strange)) or 'that was asked for'}")
    options = {tuple(stage["cml"]) for stage in plan["stages"] if stage["runs_on"] in labels and stage["cml"]}
    if len(options) != 1:
        raise LaunchError(
            f"the stages that want {', '.join(labels)} have {len(options)} kinds of `cml` options in params.yaml; one "
            "machine runs them all, so give them the same"
        )
    (chosen,) = options
    return ["cml", "runner", "launch", f"--labels={','.join([*labels, f'run-{int(run)}'])}", "--single", *chosen]


def main() -> int:
    """Launch, and return what CML returns."""
    labels = [label for label in os.environ["LABELS"].split(",") if label]
    try:
        call = command(json.load(sys.stdin), labels, os.environ["RUN_ID"])
    except LaunchError as error:
        sys.stdout.write(f"::error title=No machine::{str(error).encode('ascii', 'replace').decode()}\n")
        return 1
    return subprocess.run(call, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
