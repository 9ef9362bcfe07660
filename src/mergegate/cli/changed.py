"""Tells what differs, and which models it reaches, beside what moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.cli.attribute import attributed
from mergegate.contrast.changes import what_changed
from mergegate.errors import MergegateError
from mergegate.facts import Absent, Evidence, Note
from mergegate.facts.changes import Change, Reach
from mergegate.read.changes import Sides, changes_between
from mergegate.read.params import changed
from mergegate.report import numbers

if TYPE_CHECKING:
    from mergegate.cli.changes import Changes
    from mergegate.facts import Finding, Policy, Verdict


@dataclass(frozen=True, slots=True)
class Told:
    """What the report says besides the findings."""

    notes: tuple[Note, ...] = ()
    absent: tuple[Absent, ...] = ()
    changes: tuple[Change, ...] = ()
    reaches: tuple[Reach, ...] = ()


def tell_changes(
    policy: Policy, evidence: tuple[Evidence, Evidence], changes: Changes | None, verdict: Verdict, *, mix: bool
) -> Told:
    """The tables of what differs; with `mix`, and where the policy gives it time, also what made the models change.

    Without `changes` only the params are told, as the pull request claims them.
    """
    params = changed(evidence[0].params, evidence[1].params)
    if changes is None:
        return Told((Note("Params that changed", (("param", "before", "now"), *params)),) if params else ())
    if not params and not changes.files:
        return Told()
    try:
        sides = Sides.of(changes.git, changes.base.sha, changes.head.sha)
        found = changes_between(sides, changes.files, params)
        reaches = _reaches(sides, policy, verdict.findings)
        files = _reaches_of_files(sides, policy, verdict.findings) if policy.metrics else ()
    except MergegateError as error:
        why = f"a pipeline cannot be read: {error.what.splitlines()[0][:200]}"
        return Told(changes.note(), (Absent("what changed", why),))
    notes = (*what_changed(found, (*reaches, *files)), *changes.note())
    if not mix or policy.attribution is None:
        return Told(notes, changes=found, reaches=reaches)
    made = [attributed(policy, evidence, changes, (reach, found), verdict) for reach in reaches]
    shares = (one for one in made if isinstance(one, Note))
    unknown = (one for one in made if isinstance(one, Absent))
    return Told((*shares, *notes), tuple(unknown), found, reaches)


def _reaches(sides: Sides, policy: Policy, findings: tuple[Finding, ...]) -> tuple[Reach, ...]:
    """What makes each model, on either side."""
    from mergegate.rerun.graph import build_graph

    graphs = [build_graph(project) for project in sides.projects]
    found = []
    for name, model in sorted(policy.models.items()):
        owners = [(graph, graph.owner(model.holdout)) for graph in graphs]
        stages = [graph.needed_for(model.holdout) for graph, owner in owners if owner is not None and owner.stage]
        found.append(Reach(name, frozenset[str]().union(*stages), _moved(name, findings)))
    return tuple(found)


def _reaches_of_files(sides: Sides, policy: Policy, findings: tuple[Finding, ...]) -> tuple[Reach, ...]:
    """What makes each metrics file that is judged, on either side."""
    from mergegate.rerun.graph import build_graph

    graphs = [build_graph(project) for project in sides.projects]
    found = []
    for path in dict.fromkeys(one.file for one in policy.metrics):
        stages = [graph.needed_for(path) for graph in graphs if (owner := graph.owner(path)) and owner.stage]
        names = {one.name: one.key for one in policy.metrics if one.file == path}
        moved = [
            f"{names[one.subject]} {numbers.pair(one.before, one.after)}"
            for one in findings
            if one.rule == "MG801" and one.subject in names
        ]
        found.append(Reach(path, frozenset[str]().union(*stages), ", ".join(moved[:3]) or f"{path}: not judged"))
    return tuple(found)


def _moved(name: str, findings: tuple[Finding, ...]) -> str:
    """`intent accuracy −4.2 points, f1_macro −1.0 points`; the metrics over all rows."""
    told = [
        f"{one.subject} {numbers.change(one)}"
        for one in findings
        if one.model == name and one.rule == "MG301" and one.change is not None
    ]
    return f"{name} {', '.join(told[:3])}" if told else f"{name}: not judged"
