"""What git says that the pull request changes: the truth that the hand-over's own claims are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import MergegateError, UseError
from mergegate.facts import Note
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcparams import pick, read_values
from mergegate.read.dvcproject import inside
from mergegate.read.dvctree import GitTree

if TYPE_CHECKING:
    from mergegate.facts import Revision
    from mergegate.read.dvcproject import OutSpec, Stage
    from mergegate.read.git import Git

_MOST = 40
_LONGEST_PARAMS = 1_000_000
"""Bytes of a params file of head's that base's code is run with."""
_WORDS = {"A": "added", "D": "deleted", "M": "changed", "T": "changed its type"}


@dataclass(frozen=True, slots=True)
class Changes:
    """The pull request as git knows it; its commit was fetched as data, nothing of it was checked out."""

    git: Git
    base: Revision
    head: Revision
    files: tuple[tuple[str, str], ...]
    """(status letter, path) since the merge base of the two."""

    def touches(self, path: str) -> bool:
        """Whether the file at `path` differs."""
        return any(name == path for _, name in self.files)

    def of_stage(self, address: str, evidence: set[str]) -> tuple[str, ...]:
        """What of a stage's own code and definition changes, in words; empty for nothing.

        `evidence` are the paths that the stage is meant to read anew, such as the model. A stage that is only called
        otherwise is the same: it is the one that writes the same files.
        """
        before = _stage(self.git, self.base.sha, address)
        after = _stage(self.git, self.head.sha, address, before.outs if before else ())
        if before is None or after is None:
            return (f"the stage {address}",)
        if (before.cmd, before.wdir) != (after.cmd, after.wdir):
            return (f"the command of the stage {address}",)
        return tuple(path for _, path in before.deps if path not in evidence and self.touches(path))

    def params_of(self, stage: Stage) -> dict[str, bytes]:
        """Head's params files, by path, in which a param differs that base's `stage` names."""
        found: dict[str, bytes] = {}
        for name, keys in stage.params.items():
            path = inside(stage.folder, name)
            content = self.git.show(self.head.sha, path) if path and self.touches(path) else None
            if content is not None and len(content) <= _LONGEST_PARAMS and self._differs(path, keys):
                found[path] = content
        return found

    def _differs(self, path: str, keys: tuple[str, ...]) -> bool:
        if not keys or path.endswith(".py"):
            return not path.endswith(".py")
        trees = [read_values(GitTree(self.git.root, sha), path) for sha in (self.base.sha, self.head.sha)]
        return any(pick(trees[0], key) != pick(trees[1], key) for key in keys)

    def note(self) -> tuple[Note, ...]:
        """The files that differ, for the report."""
        rows = [(path, _WORDS.get(letter, letter)) for letter, path in self.files[:_MOST]]
        if len(self.files) > _MOST:
            rows.append((f"… and {len(self.files) - _MOST:,} more", ""))
        return (Note("Files that changed", (("file", "how"), *rows)),) if rows else ()


def changes_of(git: Git, base: Revision, head: str) -> Changes:
    """The files that `head` changes since it left `base`.

    A shallow clone may not have the commit where it left; then all that differs counts, so that nothing is overlooked.
    """
    revision = git.resolve(head)
    start = git.merge_base(base.sha, revision.sha) or (base.sha if git.shallow else "")
    if not start:
        raise UseError(
            "the pull request and base have no commit in common",
            where=f"{base.sha[:12]} and {revision.sha[:12]}",
            do="branch off base, and bring the change over (`git cherry-pick`)",
        )
    return Changes(git, base, revision, git.changed(start, revision.sha))


def _stage(git: Git, sha: str, address: str, outs: tuple[OutSpec, ...] = ()) -> Stage | None:
    try:
        project = load_project(GitTree(git.root, sha))
    except MergegateError:
        return None  # an unreadable dvc.yaml is a changed one; base's own was read before
    paths = {out.path for out in outs}
    named = next((stage for stage in project.stages if stage.address == address), None)
    return named or next((one for one in project.stages if paths and paths == {out.path for out in one.outs}), None)
