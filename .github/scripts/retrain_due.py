"""Decide whether to retrain now, and write `due` as a step output.

By hand: always. On the schedule: when `ci.retrain` in params.yaml says so, counted from the last commit that changed
the data. So the same commit on the same day always gets the same answer.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import MergegateError
from mergegate.facts import Absent
from mergegate.read.git import open_repository
from mergegate.read.retraining import retraining_of

if TYPE_CHECKING:
    from mergegate.facts.retraining import Retraining


def decide(found: Retraining | Absent | None, *, by_hand: bool) -> tuple[bool, str]:
    """Whether to retrain, and why, in words."""
    if by_hand:
        return True, "asked for by hand"
    if found is None:
        return False, "params.yaml has no `ci.retrain`, so there is no schedule"
    if isinstance(found, Absent):
        return True, found.why
    weeks = "week" if found.weeks == 1 else f"{found.weeks} weeks"
    said = f"the data last changed on {found.last:%Y-%m-%d}, and a retraining is to come every {weeks}"
    return found.due, said


def main() -> int:
    """Write `due=true` or `due=false` to GITHUB_OUTPUT, and say why."""
    try:
        git = open_repository(Path.cwd())
        found = retraining_of(git, git.resolve("HEAD").sha, dt.datetime.now(dt.UTC).date())
        due, why = decide(found, by_hand=os.environ["EVENT_NAME"] == "workflow_dispatch")
    except MergegateError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.code)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"due={'true' if due else 'false'}\n")
    sys.stdout.write(f"::notice title={'Retraining' if due else 'Not retraining'}::{why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
