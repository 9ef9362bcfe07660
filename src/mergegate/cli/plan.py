"""`mergegate plan`: what would run, and why."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from mergegate.errors import Exit
from mergegate.facts import Action
from mergegate.read.git import open_repository
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts import Plan, Reason


def plan(start: Path, base: str | None, *, as_json: bool, check: bool = False) -> Exit:
    """Print the plan of the working tree; with `check`, BLOCK where `dvc.lock` is not what the stages would write."""
    from mergegate.rerun.plan import make_plan

    git = open_repository(start)
    made = make_plan(git.root, git.resolve(base).sha if base else None)
    print(
        json.dumps(asdict(made), indent=1, ensure_ascii=False)
        if as_json
        else "\n".join(clean(line) for line in table(made))
    )
    stale = made.count(Action.RUN, Action.RESTORE, Action.MAY_RUN)
    if check and stale and not as_json:
        print("dvc.lock is stale: call `mergegate run`, and commit what it changes")
    return Exit.BLOCK if check and stale else Exit.FINE


def table(made: Plan) -> list[str]:
    """The plan as lines of text, one for each stage and one for each reason."""
    if not made.stages:
        return ["there is no stage: dvc.yaml is missing or empty"]
    wide = max(len(stage.name) for stage in made.stages)
    lines = []
    for stage in made.stages:
        size = f"  ({_to_bring(stage.pulls, stage.bytes)})" if stage.pulls else ""
        lines.append(f"{stage.name:<{wide}}  {stage.action.value}{size}")
        lines += [f"{'':<{wide}}    {_reason(reason)}" for reason in stage.reasons]
    runs = made.count(Action.RUN, Action.MAY_RUN)
    lines.append(f"{runs} of {len(made.stages)} stages to run; {_to_bring(made.pulls, made.bytes)}")
    return lines


def _to_bring(objects: int, size: int) -> str:
    return f"{objects:,} {'file' if objects == 1 else 'files'} to bring, {size:,} bytes"


_MD5 = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}(?:\.dir)?\b")


def _reason(reason: Reason) -> str:
    if reason.kind in {"param", "file", "library", "output"} and (reason.before or reason.after):
        before, after = (_MD5.sub(r"\1…", text) or "–" for text in (reason.before, reason.after))
        return f"{reason.kind} {reason.name}: {before} → {after}"
    if reason.kind == "upstream":
        return f"reads what {reason.name} writes"
    return f"{reason.kind} {reason.name}".rstrip()
