"""The plan as a Mermaid graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.plan import Action
from mergegate.report.escape import fit, label

if TYPE_CHECKING:
    from mergegate.facts import Plan, RunRecord, StagePlan

MOST_STAGES = 60
MOST_EDGES = 200
"""Mermaid refuses a graph of more than 500 edges, and a reader gives up long before."""

_SHAPES = {
    Action.RUN: ('["', '"]:::run'),
    Action.MAY_RUN: ('["', '"]:::run'),
    Action.RESTORE: ('(["', '"]):::restored'),
    Action.UNCHANGED: ('("', '")'),
    Action.FROZEN: ('[["', '"]]'),
}


def words(stage: StagePlan, run: RunRecord | None) -> str:
    """What became of a stage, or what will: `ran in 12 s`, `restored from run cache`, `unchanged`."""
    for done in run.stages if run else ():
        if done.name == stage.name and done.outcome:
            return f"ran in {done.seconds:,.0f} s" if done.outcome == "ran" and done.seconds >= 1 else done.outcome
    return str(stage.action)


def drawable(plan: Plan) -> bool:
    """True where the graph is small enough to be drawn and read."""
    edges = sum(len(stage.upstream) for stage in plan.stages)
    return 0 < len(plan.stages) <= MOST_STAGES and edges <= MOST_EDGES


def mermaid(plan: Plan, run: RunRecord | None = None) -> str:
    """Return the graph's source, stages in the plan's order; only their labels hold text that others wrote."""
    numbers = {stage.name: number for number, stage in enumerate(plan.stages)}
    lines = ["flowchart LR", "  accTitle: The stages and what became of them"]
    for stage in plan.stages:
        left, right = _SHAPES[stage.action]
        text = f"{fit(stage.name, 120, label)}<br>{fit(words(stage, run), 80, label)}"
        lines.append(f"  s{numbers[stage.name]}{left}{text}{right}")
    for stage in plan.stages:
        ends = [numbers[name] for name in stage.upstream if name in numbers and name != stage.name]
        lines.extend(f"  s{end} --> s{numbers[stage.name]}" for end in ends)
    return "\n".join([*lines, "  classDef run stroke-width:3px", "  classDef restored stroke-dasharray:5 3"])
