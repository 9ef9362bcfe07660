"""Runs the candidate's model with base's own code, and holds the claimed predictions against its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.cli.reruns import Candidate, NotRun
from mergegate.facts.exam import Reevaluation
from mergegate.read.objects import outputs_of
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.cli.changes import Changes
    from mergegate.cli.reruns import Reruns
    from mergegate.facts import Joint, ModelPolicy, Policy
    from mergegate.facts.handover import HandedFile, Handover
    from mergegate.facts.policy import Engine

_CODE = {"file", "command", "new"}


@dataclass(frozen=True, slots=True)
class HandedModels:
    """What the pull request claims, where its files lie, and what git knows of it."""

    handover: Handover
    folder: Path
    changes: Changes | None

    def file(self, path: str) -> HandedFile | None:
        """The handed file that stands for a path of the repository."""
        return next((file for file in self.handover.files if file.path == path), None)

    def code_changed(self, stage: str) -> str:
        """What the pull request changes in a stage's own code, in words; "" for nothing.

        From git where the commit is known. Otherwise the pull request says so itself, and gains nothing by lying: the
        report then says that its predictions are a mere claim which an owner of that code has to review.
        """
        evidence = {file.path for file in self.handover.files}
        if self.changes is not None:
            return self.changes.of_stage(stage, evidence)
        planned = next((one for one in self.handover.plan if one.name == stage), None)
        if planned is None:
            return f"the stage {stage}, which is gone"
        return ", ".join(
            name or kind for kind, name, _, _ in planned.reasons if kind in _CODE and name not in evidence
        )[:300]

    def candidate(self, model: ModelPolicy) -> Candidate:
        """The model file that was handed over."""
        assert model.reevaluate is not None  # noqa: S101 - only asked where the policy wants it run again
        file = self.file(model.reevaluate.model)
        return Candidate(self.folder / file.name if file else None, self.code_changed(model.reevaluate.stage))


def run_again(reruns: Reruns, policy: Policy, handed: HandedModels) -> dict[str, Reevaluation]:
    """One result for each model whose policy names a `reevaluate` stage, unless it is base's own model and table."""
    known = {path: out.md5 for path, out in outputs_of(reruns.git.root, reruns.base.sha).items()}
    found: dict[str, Reevaluation] = {}
    for name, model in sorted(policy.models.items()):
        if model.reevaluate is None:
            continue
        files = [(path, handed.file(path)) for path in (model.reevaluate.model, model.holdout)]
        if any(file is None or file.md5 != known.get(path) for path, file in files):
            found[name] = _one(reruns, (model, policy.engine), handed)
    return found


def _one(reruns: Reruns, asked: tuple[ModelPolicy, Engine], handed: HandedModels) -> Reevaluation:
    model, engine = asked
    candidate, claimed = handed.candidate(model), handed.file(model.holdout)
    if candidate.model is None or claimed is None:
        return _not_done(model, "the hand-over has no model file or no predictions")
    if candidate.code_changed:
        return _not_done(model, f"the pull request changes {candidate.code_changed}")
    answers = reruns.answers(model, _files(candidate.model, model, handed), "the candidate's model")
    if isinstance(answers, NotRun):
        return _not_done(model, answers.why)
    joint = pair(answers, handed.folder / claimed.name, model, engine=engine)
    return Reevaluation(model.holdout, done=True, rows=joint.n + joint.only_base, differing=_differing(joint))


def _files(candidate: Path, model: ModelPolicy, handed: HandedModels) -> dict[str, Path]:
    """The candidate's model and, where they changed, its held-out rows: what the claimed predictions are of."""
    assert model.reevaluate is not None  # noqa: S101 - the caller has seen to it
    rows = handed.file(model.reevaluate.rows) if model.reevaluate.rows else None
    return {model.reevaluate.model: candidate} | ({rows.path: handed.folder / rows.name} if rows else {})


def _not_done(model: ModelPolicy, why: str) -> Reevaluation:
    return Reevaluation(model.holdout, done=False, why_not=why)


def _differing(joint: Joint) -> int:
    """Rows of the first table that the second answers otherwise, or not at all."""
    if joint.counts:
        everything = joint.counts[0]
        unlike = int(everything.count[everything.base != everything.head].sum())
    else:
        unlike = joint.n if any(tables[0].diff_sq.sum() > 0 for tables in joint.moments.values()) else 0
    return unlike + joint.only_base
