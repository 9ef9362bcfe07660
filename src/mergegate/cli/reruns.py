"""Base's own prediction stage on other files, each question asked once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from mergegate.cli.gather import workspace_evidence
from mergegate.errors import MergegateError
from mergegate.facts import TableFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from mergegate.cli.changes import Changes
    from mergegate.facts import ModelPolicy, Revision
    from mergegate.read.git import Git


@dataclass(frozen=True, slots=True)
class NotRun:
    """Why there are no answers, in words."""

    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """The model that the pull request brings."""

    model: Path | None
    """None where it brought no file."""
    code_changed: str = ""
    """What of the prediction stage's own code it changes, in words: then base's code is no judge of its model."""


def candidate_here(git: Git, changes: Changes | None, model: ModelPolicy) -> Candidate:
    """The working tree's model, as its `dvc.lock` names it."""
    assert model.reevaluate is not None  # noqa: S101 - only asked where the policy wants it run again
    asked = model.reevaluate
    found = workspace_evidence(git, [asked.model]).tables[asked.model]
    evidence = {path for path in (asked.model, asked.rows, model.holdout) if path}
    changed = changes.of_stage(asked.stage, evidence) if changes else ""
    return Candidate(found.path if isinstance(found, TableFile) else None, changed)


@dataclass(slots=True)
class Reruns:
    """Answers of base's code; they lie in temporary folders until this is closed."""

    git: Git
    base: Revision
    _made: dict[tuple[str, ...], Path | NotRun] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for made in self._made.values():
            if not isinstance(made, NotRun):
                shutil.rmtree(made.parent, ignore_errors=True)

    def answers(self, model: ModelPolicy, replace: Mapping[str, Path], whose: str) -> Path | NotRun:
        """The table of predictions that base's stage writes with the files of `replace` instead of base's.

        `whose` says of a failure whose files could not be run: `the candidate's model`.
        """
        assert model.reevaluate is not None  # noqa: S101 - the caller has seen to it
        key = (model.reevaluate.stage, model.holdout, *sorted(f"{path}\0{file}" for path, file in replace.items()))
        if key not in self._made:
            self._made[key] = self._run(model.reevaluate.stage, model.holdout, replace, whose)
        return self._made[key]

    def _run(self, stage: str, out: str, replace: Mapping[str, Path], whose: str) -> Path | NotRun:
        from mergegate.rerun.reevaluate import reevaluate

        try:
            return reevaluate(self.git.root, self.base.sha, stage, replace, out)
        except MergegateError as error:
            return NotRun(f"base's code could not run {whose} ({error.what.splitlines()[0][:200]})")
