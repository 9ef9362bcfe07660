"""The data of the pull request: from the tables that the policy names to what the rules look at."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.cli.gather import left_to_schedule
from mergegate.errors import UseError
from mergegate.facts import Absent, Evidence, TableFile
from mergegate.facts.data import DataExam
from mergegate.facts.handover import MAX_FILE_BYTES
from mergegate.read.dvchash import md5_of
from mergegate.read.dvctree import GitTree, WorkTree
from mergegate.read.located import Place, content_of, file_of, place_of
from mergegate.read.objects import Objects, outputs_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mergegate.facts import Policy, RunRecord
    from mergegate.facts.datapolicy import TablePolicy
    from mergegate.facts.exam import Exam
    from mergegate.read.dvctree import Files
    from mergegate.read.git import Git
    from mergegate.read.objects import Out

LISTING = ".dir"
"""What the hand-over's path of a folder's listing ends in."""
_HEAL_BASE = "let the `main` workflow run on main (Actions, main, Run workflow), then run this check again"


@dataclass(frozen=True, slots=True)
class Pair:
    """One table of data as base and head have it."""

    before: TableFile | Absent
    after: TableFile | Absent
    identical: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """What the judge has of head: a folder of files by path, and the commit that git knows."""

    files: Mapping[str, TableFile]
    sha: str
    """Empty where the commit was not named: then nothing but the hand-over says what head has."""


class _Side:
    """One revision's metadata, read once."""

    def __init__(self, root: Path, sha: str) -> None:
        self.files: Files = GitTree(root, sha) if sha else WorkTree(root)
        self.outputs: Mapping[str, Out] = outputs_of(root, sha)

    def place(self, path: str) -> Place | None:
        return place_of(path, self.outputs, self.files)


class DataFiles:
    """Finds the tables of data; brings nothing that is the same on both sides."""

    def __init__(self, git: Git, base: str, handed: Handed | None = None) -> None:
        self._git, self._objects = git, Objects(git.root)
        self._base_sha, self._handed = base, handed
        self._base = _Side(git.root, base)
        own = handed.sha if handed else ""
        self._head = _Side(git.root, own) if own or handed is None else None

    def pair(self, path: str) -> Pair:
        """Base's and head's file, or why there is none."""
        before = self._base.place(path)
        after = self._head.place(path) if self._head else None
        if before and after and before.same_as(after):
            same = Absent(path, "is the same on both sides")
            return Pair(same, same, identical=True)
        base = self._before(path, before)
        head = self._judged(path, after) if self._handed else self._own(path, after)
        known = content_of(before, self._objects) if before else None
        alike = isinstance(head, TableFile) and known is not None and known.md5 == head.md5
        return Pair(base, head, identical=alike)

    def to_hand_over(self, path: str, lacking: set[str]) -> dict[str, Path]:
        """The files that a judge needs for this table, by the path in the hand-over; none where nothing changed.

        `lacking` are the outputs that this run did not make.
        """
        if path in lacking:
            return {}
        before, after = self._base.place(path), self._head.place(path) if self._head else None
        if after is None or (before and not after.made and before.same_as(after)):
            return {}
        found = self._own(path, after)
        if isinstance(found, Absent):
            return {}
        if found.size > MAX_FILE_BYTES:
            raise UseError(
                f"{path} has {found.size:,} bytes, and at most {MAX_FILE_BYTES:,} can be handed over",
                where=path,
                do="name a smaller table in `data.tables`: as Parquet, or with the columns and rows that matter",
            )
        files = {path: found.path}
        if after.within and after.out and self._objects.listing(after.out.content, remote=after.out.remote) is not None:
            files[after.out.path + LISTING] = self._objects.cache.path(after.out.content)
        return files

    def excused(self, exam: Exam, absent: list[Absent], run: RunRecord | None) -> list[Absent]:
        """The same, where base's schedule keeps a pull request from making a table."""
        if run is None or not run.scheduled:
            return absent
        of_head = Evidence(exam.head, {one.what: one for one in absent if one.side == "head"})
        left = left_to_schedule(self._git, exam.base, of_head, run).tables
        told = [one if one.side == "base" else left[one.what] for one in absent]
        return [replace(one, side="" if one.scheduled else one.side) for one in told if isinstance(one, Absent)]

    def _before(self, path: str, place: Place | None) -> TableFile | Absent:
        name = self._base_sha[:12]
        if place is None:
            why = f"base ({name}) never had {path}: there is nothing to compare with yet"
            return Absent(path, why, "after this merge there will be", side="base", bootstrap=True)
        found = self._brought(place)
        gone = f"base ({name}) names {path}, and neither cache nor remote has it"
        return found or Absent(path, gone, _HEAL_BASE, side="base")

    def _brought(self, place: Place) -> TableFile | None:
        content = content_of(place, self._objects)
        file = file_of(place, content, self._objects) if content else None
        return TableFile(place.path, file, content.md5, file.stat().st_size) if content and file else None

    def _own(self, path: str, place: Place | None) -> TableFile | Absent:
        """Head's file at home: what lies there if it is what the metadata says, or else from cache and remote."""
        if place is None:
            why = f"neither DVC nor git has {path}"
            return Absent(path, why, "track it again: `dvc add`, or `git add`; see `path` in the policy", side="head")
        file, content = self._git.root / path, content_of(place, self._objects)
        if content and place.data is None and file.is_file():
            if md5_of(file) != content.md5:
                what = shlex.quote(place.out.path if place.out else path)
                raise UseError(
                    f"{path} is not what DVC's metadata says of it",
                    where=str(file),
                    do=f"record it (`dvc add {what}`, or `mergegate run` for a stage's output) or restore it",
                )
            return TableFile(path, file, content.md5, file.stat().st_size)
        why = f"neither working tree nor remote has {path}"
        return self._brought(place) or Absent(path, why, "bring or publish it: `dvc pull`, `dvc push`", side="head")

    def _judged(self, path: str, place: Place | None) -> TableFile | Absent:
        """Head's file as it was handed over; what a person tracks must be what head's commit names."""
        assert self._handed is not None  # noqa: S101 - asked only by a judge
        file = self._handed.files.get(path)
        if self._handed.sha and place is None:
            return Absent(
                path, f"the pull request has no {path}", "restore it, or change the policy first", side="head"
            )
        if file is None:
            why = f"the pull request's run did not hand {path} over"
            do = "see the log of the pull-request workflow"
            if not self._handed.sha:
                do = "name the pull request's commit (`--head`), so that git can say that the table is unchanged"
            return Absent(path, why, do, side="head")
        if place is not None and not place.made:
            listing = self._handed.files.get(place.out.path + LISTING) if place.out and place.within else None
            content = content_of(place, self._objects, listing=listing.path if listing else None)
            if content is None or content.md5 != file.md5:
                raise UseError(
                    f"the {path} that was handed over is not the one that the pull request's commit names",
                    where=str(file.path),
                    do="run the pull-request workflow again; if it comes back, see what the pull request does to it",
                )
        return file


def examine_data(
    exam: Exam, files: DataFiles, evidence: tuple[Evidence, Evidence], run: RunRecord | None = None
) -> Exam:
    """The exam with every table of data that the policy names; `evidence` says which rows are held out.

    `run` is what the pull request's job did: a table that waits for the scheduled training is excused.
    """
    data: dict[str, DataExam] = {}
    absent: list[Absent] = []
    for name, policy in sorted(exam.policy.data.tables.items()):
        pair = files.pair(policy.path)
        missing = [one for one in (pair.before, pair.after) if isinstance(one, Absent) and not pair.identical]
        absent += [one for one in missing if not one.bootstrap]
        if pair.identical:
            data[name] = DataExam(name, policy.path, identical=True)
        elif isinstance(pair.after, TableFile):
            data[name] = _table(name, policy, pair, _holdouts(exam.policy, policy, evidence))
    return replace(exam, data=data, absent=(*exam.absent, *files.excused(exam, absent, run)))


def _table(name: str, policy: TablePolicy, pair: Pair, holdouts: dict[str, tuple[Path, str]]) -> DataExam:
    from mergegate.contrast.data import compare_data
    from mergegate.read.data import read_data

    assert isinstance(pair.after, TableFile)  # noqa: S101 - the caller has seen to it
    before = pair.before.path if isinstance(pair.before, TableFile) else None
    found = compare_data(name, policy, read_data(policy, before, pair.after.path, holdouts))
    return replace(found, no_base=pair.before if isinstance(pair.before, Absent) else None)


def _holdouts(policy: Policy, table: TablePolicy, evidence: tuple[Evidence, Evidence]) -> dict[str, tuple[Path, str]]:
    """The predictions on the holdout of the table's model, of base and of head: their ids are held out."""
    if table.model is None:
        return {}
    model = policy.models[table.model]
    found = {side: one.tables.get(model.holdout) for side, one in zip(("base", "head"), evidence, strict=True)}
    return {side: (file.path, model.id) for side, file in found.items() if isinstance(file, TableFile)}
