"""Runs the candidate's model with base's own code, and holds the claimed predictions against its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.errors import MergegateError
from mergegate.facts.exam import Reevaluation
from mergegate.read.objects import outputs_of
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts import Joint, ModelPolicy, Policy, Revision
    from mergegate.facts.handover import HandedPlan, Handover
    from mergegate.read.git import Git

_CODE = {"file", "command", "new"}


def run_again(git: Git, base: Revision, policy: Policy, handed: Handover, folder: Path) -> dict[str, Reevaluation]:
    """One result for each model whose policy names a `reevaluate` stage, unless it is base's own model and table."""
    known = {path: out.md5 for path, out in outputs_of(git.root, base.sha).items()}
    claimed = {file.path: file.md5 for file in handed.files}
    return {
        name: _one(git, base, model, handed, folder)
        for name, model in sorted(policy.models.items())
        if model.reevaluate is not None
        and any(claimed.get(path) != known.get(path) for path in (model.reevaluate.model, model.holdout))
    }


def _one(git: Git, base: Revision, model: ModelPolicy, handed: Handover, folder: Path) -> Reevaluation:
    assert model.reevaluate is not None  # noqa: S101 - the caller has seen to it
    files = {file.path: file for file in handed.files}
    candidate, claimed = files.get(model.reevaluate.model), files.get(model.holdout)
    if candidate is None or claimed is None:
        return Reevaluation(model.holdout, done=False, why_not="the hand-over has no model file or no predictions")
    changed = _code_changed(handed, model.reevaluate.stage, set(files))
    if changed:
        return Reevaluation(model.holdout, done=False, why_not=f"the pull request changes {changed}")
    from mergegate.rerun.reevaluate import reevaluate

    replace = {model.reevaluate.model: folder / candidate.name}
    try:
        answers = reevaluate(git.root, base.sha, model.reevaluate.stage, replace, model.holdout)
    except MergegateError as error:
        why = f"base's code could not run the candidate's model ({error.what.splitlines()[0][:200]})"
        return Reevaluation(model.holdout, done=False, why_not=why)
    joint = pair(answers, folder / claimed.name, model)
    return Reevaluation(model.holdout, done=True, rows=joint.n + joint.only_base, differing=_differing(joint))


def _differing(joint: Joint) -> int:
    """Rows of the first table that the second answers otherwise, or not at all."""
    if joint.counts:
        everything = joint.counts[0]
        unlike = int(everything.count[everything.base != everything.head].sum())
    else:
        unlike = joint.n if any(tables[0].diff_sq.sum() > 0 for tables in joint.moments.values()) else 0
    return unlike + joint.only_base


def _code_changed(handed: Handover, stage: str, evidence: set[str]) -> str:
    """What the pull request says that it changed in the prediction stage itself, apart from the model; "" for nothing.

    Claiming a change gains nothing: the report then says that the predictions are a mere claim, and that an owner
    of the prediction code has to review them.
    """
    planned: HandedPlan | None = next((one for one in handed.plan if one.name == stage), None)
    if planned is None:
        return f"the stage {stage}, which is gone"
    names = [name or kind for kind, name, _, _ in planned.reasons if kind in _CODE and name not in evidence]
    return ", ".join(names)[:300]
