"""Brings together what is known of the cost of each model whose policy asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import MergegateError
from mergegate.facts import Absent, RunRecord, TableFile
from mergegate.facts.cost import CostEvidence, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.facts import ModelPolicy, Policy, Revision
    from mergegate.read.git import Git
    from mergegate.read.objects import Out
    from mergegate.rerun.graph import Graph


@dataclass(frozen=True, slots=True)
class Ran:
    """How head's evidence came about."""

    record: RunRecord | None
    """What was run for it; None where nothing was."""
    claimed: bool
    files: Mapping[str, TableFile]
    """Head's model files, by their path in the repository."""


def model_of(model: ModelPolicy) -> str:
    """The path of the model file whose size and speed are asked for; empty where the policy names none."""
    named = model.cost.model if model.cost else None
    return named or (model.reevaluate.model if model.reevaluate else "")


def model_paths(policy: Policy) -> list[str]:
    """The model files that are to be measured."""
    found = [model_of(model) for _, model in sorted(policy.models.items()) if model.cost]
    return list(dict.fromkeys(path for path in found if path))


def costs_of(git: Git, base: Revision, policy: Policy, ran: Ran) -> dict[str, CostEvidence]:
    """By model that has a `cost` in the policy."""
    asked = {name: model for name, model in sorted(policy.models.items()) if model.cost}
    if not asked:
        return {}
    from mergegate.read.dvcmeta import load_project
    from mergegate.read.dvctree import GitTree
    from mergegate.read.objects import project_outputs
    from mergegate.rerun.graph import build_graph

    project = load_project(GitTree(git.root, base.sha))
    graph, outputs = build_graph(project), project_outputs(project)
    return {name: _evidence(git, base, model, (graph, outputs, ran)) for name, model in asked.items()}


def _evidence(
    git: Git, base: Revision, model: ModelPolicy, known: tuple[Graph, Mapping[str, Out], Ran]
) -> CostEvidence:
    graph, outputs, ran = known
    owner = graph.owner(model.holdout)
    needed = graph.needed_for(model.holdout) if owner is not None and owner.stage is not None else frozenset[str]()
    path = model_of(model)
    head, before = ran.files.get(path), outputs.get(path)
    stages = None if ran.record is None else tuple(run for run in ran.record.stages if run.name in needed)
    return CostEvidence(
        stages=stages,
        claimed=ran.claimed,
        predicting=owner.name if owner is not None and owner.stage is not None else "",
        base_bytes=before.size or None if before is not None else None,  # 0: the lock does not say
        head_bytes=head.size if head is not None else None,
        beside=_beside(git, base, model, head) if model.cost and model.cost.compare else None,
    )


def _beside(git: Git, base: Revision, model: ModelPolicy, head: TableFile | None) -> Side | Absent:
    """Both models with base's code, here; where that is not possible: why."""
    what = f"{model.holdout}, both models side by side"
    if model.reevaluate is None or head is None:
        return Absent(what, "the policy names no `reevaluate` stage, or head has no such model file")
    from mergegate.rerun.measure import side_by_side

    replace = {model.reevaluate.model: head.path}
    try:
        return side_by_side(git.root, base.sha, model.reevaluate.stage, replace, model.holdout)
    except MergegateError as error:
        return Absent(what, f"base's code could not run both models here ({error.what.splitlines()[0][:200]})")
