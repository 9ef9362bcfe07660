"""Brings cross-fitted scores of the training rows to the exam: nobody's word, where head is a stranger's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.cli.gather import base_evidence, workspace_evidence
from mergegate.cli.reruns import NotRun
from mergegate.contrast.crossfit import gap_of, same_rows
from mergegate.errors import TableError
from mergegate.facts import Absent, TableFile
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.cli.changes import Changes
    from mergegate.cli.reruns import Reruns
    from mergegate.facts import ModelPolicy
    from mergegate.facts.applicants import Applicants, Crossed
    from mergegate.facts.criteria import Change
    from mergegate.facts.criteriapolicy import CriteriaPolicy, CrossfitPolicy
    from mergegate.read.dvcproject import Stage

_ALONE = "the gap to the ceiling was judged on the held-out rows alone"


@dataclass(frozen=True, slots=True)
class Made:
    """Head's card as its pipeline made it, and where head stands."""

    card: bytes
    handed: bool
    """True in the judge: then main's own stages make the scores again."""
    changes: Changes | None
    same_people: bool
    """Whether the training rows are base's own."""


@dataclass(frozen=True, slots=True)
class Crossfit:
    """The cross-fit of one model, and what may be believed of it."""

    model: ModelPolicy
    policy: CriteriaPolicy
    reruns: Reruns
    made: Made

    def judged(self, people: Applicants) -> tuple[tuple[Change | None, Change | None], list[Absent]]:
        """The gap of head and of base on base's training rows; what cannot be had or believed, and why."""
        asked = self.policy.crossfit
        if asked is None:
            return (None, None), []
        try:
            base = self._of_base(asked, people)
            head = base if isinstance(base, Absent) else self._of_head(asked, people)
        except TableError as error:
            return (None, None), [Absent(asked.rows, f"{error.what}: {_ALONE}", error.do)]
        if isinstance(base, Absent) or isinstance(head, Absent):
            before = None if isinstance(base, Absent) else gap_of(base, base, people)
            return (None, before), [one for one in (base, head) if isinstance(one, Absent)][:1]
        return (gap_of(head, base, people), gap_of(base, base, people)), []

    def _of_base(self, asked: CrossfitPolicy, people: Applicants) -> Crossed | Absent:
        found = base_evidence(self.reruns.git, self.reruns.base, [asked.rows]).tables[asked.rows]
        return found if isinstance(found, Absent) else self._read(found.path, "base", people)

    def _of_head(self, asked: CrossfitPolicy, people: Applicants) -> Crossed | Absent:
        if not self.made.same_people:
            return _absent(asked, "the training rows are not base's own")
        if self.made.handed:
            found = self._made_again(asked)
            return found if isinstance(found, Absent) else self._read(found, "head", people)
        table = workspace_evidence(self.reruns.git, [asked.rows]).tables[asked.rows]
        return self._read(table.path, "head", people) if isinstance(table, TableFile) else table

    def _made_again(self, asked: CrossfitPolicy) -> Path | Absent:
        """By main's stages with head's params; only where they make head's card, too, is it a cross-fit of that."""
        project = load_project(GitTree(self.reruns.git.root, self.reruns.base.sha))
        of_card = next((one for one in project.stages if any(out.path == self.policy.card for out in one.outs)), None)
        of_rows = next((one for one in project.stages if asked.stage in {one.address, one.name}), None)
        if of_card is None or of_rows is None:
            return _absent(asked, f"main has no stage that makes {self.policy.card if of_rows else asked.rows}")
        card = self._output(of_card, self.policy.card, asked)
        if isinstance(card, Absent):
            return card
        if card.read_bytes() != self.made.card:
            return _absent(asked, f"{self.policy.card} is not what main's code makes of the pull request's params")
        return self._output(of_rows, asked.rows, asked)

    def _output(self, stage: Stage, out: str, asked: CrossfitPolicy) -> Path | Absent:
        changes = self.made.changes
        if changes is None:
            return _absent(asked, "the commit of the pull request is not known")
        changed = changes.of_stage(stage.address, set())
        if changed:
            return _absent(asked, f"the pull request changes {', '.join(changed)[:200]}")
        made = self.reruns.output(stage.address, out, self.reruns.keep(changes.params_of(stage)), "the cross-fit")
        return _absent(asked, made.why) if isinstance(made, NotRun) else made

    def _read(self, path: Path, side: str, people: Applicants) -> Crossed:
        from mergegate.read.applicants import Source
        from mergegate.read.crossfit import read_crossfit

        found = read_crossfit(Source(path, side), self.model)
        if not same_rows(found, people):
            raise TableError(
                f"{side}'s cross-fitted rows are not the training rows", where=path.name,
                do="let the stage of `criteria.crossfit` score each training row, and no other",
            )  # fmt: skip
        return found


def _absent(asked: CrossfitPolicy, why: str) -> Absent:
    return Absent(asked.rows, f"{why}: {_ALONE}", "")
