"""Runs the candidate's model with base's own code, and holds the claimed answers against what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.cli.reruns import Candidate, NotRun
from mergegate.errors import MergegateError
from mergegate.facts.exam import Reevaluation
from mergegate.read.agreement import agreement
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree
from mergegate.read.objects import project_outputs

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.cli.changes import Changes
    from mergegate.cli.reruns import Reruns
    from mergegate.facts import ModelPolicy, Policy
    from mergegate.facts.handover import HandedFile, Handover
    from mergegate.facts.policy import ReevaluatePolicy
    from mergegate.read.dvcproject import Project
    from mergegate.read.objects import Out

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

    def path(self, file: HandedFile) -> Path:
        """Where a handed file lies."""
        return self.folder / file.name

    def code_changed(self, stage: str) -> tuple[str, ...]:
        """What the pull request changes in a stage's own code, in words; empty for nothing.

        From git where the commit is known. Otherwise the pull request says so itself, and gains nothing by lying: the
        report then says that its predictions are a mere claim which an owner of that code has to review.
        """
        evidence = {file.path for file in self.handover.files}
        if self.changes is not None:
            return self.changes.of_stage(stage, evidence)
        planned = next((one for one in self.handover.plan if one.name == stage), None)
        if planned is None:
            return (f"the stage {stage}, which is gone",)
        return tuple(
            (name or kind)[:300] for kind, name, _, _ in planned.reasons if kind in _CODE and name not in evidence
        )

    def candidate(self, model: ModelPolicy) -> Candidate:
        """The model file that was handed over."""
        assert model.reevaluate is not None  # noqa: S101 - only asked where the policy wants it run again
        file = self.file(model.reevaluate.model)
        changed = ", ".join(self.code_changed(model.reevaluate.stage))[:300]
        return Candidate(self.path(file) if file else None, changed)


def run_again(reruns: Reruns, policy: Policy, handed: HandedModels) -> dict[str, tuple[Reevaluation, ...]]:
    """For each model whose policy names a `reevaluate` stage: its holdout and the tables beside it, unless what is
    claimed is base's own model with base's own answers."""
    project = load_project(GitTree(reruns.git.root, reruns.base.sha))
    known = project_outputs(project)
    found: dict[str, tuple[Reevaluation, ...]] = {}
    for name, model in sorted(policy.models.items()):
        if model.reevaluate is not None:
            again = _Again(reruns, handed, project, known, model, model.reevaluate)
            found[name] = tuple(one for asked in again.tables() for one in again.table(*asked))
    return found


@dataclass(frozen=True, slots=True)
class _Again:
    """One model, and what is known of both sides."""

    reruns: Reruns
    handed: HandedModels
    project: Project
    known: dict[str, Out]
    model: ModelPolicy
    asked: ReevaluatePolicy

    def tables(self) -> list[tuple[str, str, str]]:
        """(subject, table, base's stage that writes it; empty where none does), the holdout first."""
        parts = {"quiz": self.model.quiz, "shadow": self.model.shadow, "invariances": self.model.invariances}
        wanted = parts if self.asked.tables is None else self.asked.tables
        named = [(subject, part.table) for subject in wanted if (part := parts[subject]) is not None]
        beside = [(subject, table, out.stage if (out := self.known.get(table)) else "") for subject, table in named]
        return [("predictions", self.model.holdout, self.asked.stage), *beside]

    def table(self, subject: str, table: str, stage: str) -> list[Reevaluation]:
        """What came of answering one table again; nothing where nothing is claimed that is not base's."""
        model, claimed = self.handed.file(self.asked.model), self.handed.file(table)
        if self._bases_own(self.asked.model, model) and self._bases_own(table, claimed):
            return []
        if claimed is None:  # absent evidence, which has findings of its own
            return [_not_done(subject, table, "the hand-over has no predictions")] if subject == "predictions" else []
        if model is None:
            return [_not_done(subject, table, "the hand-over has the answers and not the model", failed=True)]
        reads = self._reads(stage)
        if self.asked.model not in reads:
            return [_not_done(subject, table, "base has no stage that writes this table from the model")]
        changed = self.handed.code_changed(stage)
        if changed:
            words = f"the pull request changes {', '.join(changed)[:300]}"
            return [_not_done(subject, table, words, code=changed)]
        return [self._run((subject, table, stage), claimed, reads)]

    def _bases_own(self, path: str, file: HandedFile | None) -> bool:
        out = self.known.get(path)
        return file is not None and out is not None and file.md5 == out.md5

    def _reads(self, stage: str) -> tuple[str, ...]:
        found = next((one for one in self.project.stages if stage in {one.address, one.name}), None)
        return found.reads if found else ()

    def _run(self, asked: tuple[str, str, str], claimed: HandedFile, reads: tuple[str, ...]) -> Reevaluation:
        """Base's stage on the candidate's model and on whatever else it reads that was handed over, unless base's."""
        subject, table, stage = asked
        files = [file for path in reads if (file := self.handed.file(path)) and not self._bases_own(path, file)]
        replace = {file.path: self.handed.path(file) for file in files} | self._params(stage)
        answers = self.reruns.output(stage, table, replace, "the candidate's model")
        if isinstance(answers, NotRun):
            return _not_done(subject, table, answers.why, failed=True)
        try:
            found = agreement(answers, self.handed.path(claimed), self.model)
        except MergegateError as error:
            return _not_done(subject, table, error.what.splitlines()[0][:200], failed=True)
        # Rows that head leaves out of quiz, shadow rows and pairs are counted where those are read.
        missing = found.missing if subject == "predictions" else 0
        return Reevaluation(
            table, done=True, rows=found.rows + missing, differing=found.differing + missing, subject=subject
        )

    def _params(self, stage: str) -> dict[str, Path]:
        """Head's params files, where it changes a param that the stage names: they are data, and in the diff."""
        if self.handed.changes is None:
            return {}
        found = next(one for one in self.project.stages if stage in {one.address, one.name})
        return self.reruns.keep(self.handed.changes.params_of(found))


def _not_done(subject: str, table: str, why: str, *, failed: bool = False, code: tuple[str, ...] = ()) -> Reevaluation:
    return Reevaluation(table, done=False, why_not=why, subject=subject, failed=failed, code=code)
