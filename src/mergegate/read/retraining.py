"""Reads from params.yaml how often to retrain, and from git when the data last changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mergegate.facts import Absent
from mergegate.facts.retraining import Retraining
from mergegate.read.ci import ci_of

if TYPE_CHECKING:
    from mergegate.read.git import Git


def retraining_of(git: Git, sha: str, today: dt.date) -> Retraining | Absent | None:
    """The schedule at commit `sha` with the day of its last change of data; None where params.yaml has no schedule.

    `Absent` where the history cannot tell: it is cut off, or no commit ever had such a file. In a cut-off history
    the oldest commit seems to have made every file, so that the data would look newer than it is.
    """
    schedule = ci_of(git, sha).retrain
    if schedule is None:
        return None
    names = ", ".join(schedule.data)
    if git.shallow:
        why = f"this clone's history is cut off, so that nobody can tell when {names} last changed"
        return Absent("retraining", why, "fetch the whole history: `fetch-depth: 0` with actions/checkout")
    stamp = git.line("log", "-1", "--format=%ct", sha, "--", *(f":(literal){name}" for name in schedule.data))
    if not stamp:
        why = f"params.yaml asks for a retraining of {names}, and no commit has that"
        return Absent("retraining", why, "name the file that tracks the data under `ci.retrain.data`")
    return Retraining(schedule.weeks, dt.datetime.fromtimestamp(int(stamp), dt.UTC).date(), today, schedule.data)
