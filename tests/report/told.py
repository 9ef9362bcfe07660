"""A verdict of a real run, read back: the third pull request of `make demo`, a tokeniser that drops short words.

`broken.json` is its `verdict.json`, to which `informs` was added where it holds: that file does not say it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mergegate.facts import (
    Absent,
    Action,
    Decision,
    Estimate,
    Finding,
    Note,
    Plan,
    Reason,
    Revision,
    RunRecord,
    Slice,
    StagePlan,
    StageRun,
    State,
    Verdict,
)

Row = dict[str, Any]


def broken() -> Verdict:
    """The demo's blocked pull request."""
    told: Row = json.loads(Path(__file__).with_name("broken.json").read_text(encoding="utf-8"))
    plan, run = told["plan"], told["run"]
    return Verdict(
        Decision(told["decision"]),
        Revision(**told["base"]),
        Revision(**told["head"]),
        findings=tuple(_finding(one) for one in told["findings"]),
        absent=tuple(Absent(**one) for one in told["absent"]),
        notes=tuple(Note(one["title"], _table(one["rows"])) for one in told["notes"]),
        plan=Plan(plan["base"], plan["head"], tuple(_stage(one) for one in plan["stages"])),
        run=RunRecord(tuple(StageRun(**one) for one in run["stages"])),
        policy_digest=told["policy"]["digest"],
        alpha=told["alpha"],
        attempt=told["attempt"],
        question=told["question"],
    )


def _finding(one: Row) -> Finding:
    told = one | {"state": State(one["state"]), "examples": _table(one["examples"])}
    told["slice"] = Slice(**one["slice"]) if one["slice"] else None
    told["change"] = Estimate(**one["change"]) if one["change"] else None
    return Finding(**told)


def _stage(one: Row) -> StagePlan:
    reasons = tuple(Reason(**reason) for reason in one["reasons"])
    return StagePlan(one["name"], Action(one["action"]), reasons, tuple(one["upstream"]), one["pulls"], one["bytes"])


def _table(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)
