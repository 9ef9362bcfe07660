"""Base's own prediction stage on other files, each question asked once."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mergegate.cli.gather import workspace_evidence
from mergegate.errors import MergegateError
from mergegate.facts import TableFile

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    changed = changes.of_stage(asked.stage, evidence) if changes else ()
    return Candidate(found.path if isinstance(found, TableFile) else None, ", ".join(changed)[:300])


@dataclass(slots=True)
class Reruns:
    """Answers of base's code; they lie in temporary folders until this is closed."""

    git: Git
    base: Revision
    _made: dict[tuple[str, ...], dict[str, Path] | NotRun] = field(default_factory=dict)
    """Each question and the files that answer it, by their paths, all in one folder."""
    _kept: dict[tuple[str, bytes], Path] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        made = [file for files in self._made.values() if not isinstance(files, NotRun) for file in files.values()]
        for folder in {file.parent for file in (*made, *self._kept.values())}:
            shutil.rmtree(folder, ignore_errors=True)

    def answers(self, model: ModelPolicy, replace: Mapping[str, Path], whose: str) -> Path | NotRun:
        """The table of predictions that base's stage writes with the files of `replace` instead of base's.

        `whose` says of a failure whose files could not be run: `the candidate's model`.
        """
        assert model.reevaluate is not None  # noqa: S101 - the caller has seen to it
        return self.output(model.reevaluate.stage, model.holdout, replace, whose)

    def output(self, stage: str, out: str, replace: Mapping[str, Path], whose: str) -> Path | NotRun:
        """The same of any stage of base and any file that it writes; a stage with several is run once."""
        key = (stage, *sorted(f"{path}\0{file}" for path, file in replace.items()))
        if key not in self._made:
            self._made[key] = self._run(stage, out, replace, whose)
        made = self._made[key]
        if isinstance(made, NotRun):
            return made
        return made.get(out) or NotRun(f"base's stage {stage} did not write {out}")

    def keep(self, contents: Mapping[str, bytes]) -> dict[str, Path]:
        """Files with these contents, by the path that they stand for, until this is closed."""
        kept = {}
        for path, content in contents.items():
            if (path, content) not in self._kept:
                folder = Path(tempfile.mkdtemp(prefix="mergegate-kept-"))
                self._kept[path, content] = folder / "file"
                (folder / "file").write_bytes(content)
            kept[path] = self._kept[path, content]
        return kept

    def _run(self, stage: str, out: str, replace: Mapping[str, Path], whose: str) -> dict[str, Path] | NotRun:
        from mergegate.rerun.reevaluate import rerun_stage

        try:
            return rerun_stage(self.git.root, self.base.sha, stage, replace, [out])
        except MergegateError as error:
            return NotRun(f"base's code could not run {whose} ({error.what.splitlines()[0][:200]})")
