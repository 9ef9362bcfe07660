"""Brings the tables of the split where they changed, and adds to the exam what they show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.cli.criteria import criteria_tables
from mergegate.cli.gather import base_evidence, workspace_evidence
from mergegate.errors import TableError
from mergegate.facts import Absent, Evidence, Policy, TableFile
from mergegate.facts.holdout import SplitExam
from mergegate.read.objects import outputs_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from mergegate.facts import Revision
    from mergegate.facts.exam import Exam
    from mergegate.facts.handover import Handover
    from mergegate.facts.splitpolicy import HoldoutPolicy
    from mergegate.read.git import Git
    from mergegate.read.holdout import SplitFiles


def watched_tables(policy: Policy) -> list[str]:
    """The tables that are looked at only where they are not base's own, in a stable order."""
    found = [path for split in policy.data.splits.values() for path in (split.train, split.rows)]
    found += criteria_tables(policy)
    found += [model.reevaluate.rows for _, model in sorted(policy.models.items()) if model.reevaluate]
    return list(dict.fromkeys(path for path in found if path))


def watch_workspace(
    git: Git, base_sha: str, policy: Policy, evidence: Evidence, lacking: Container[str] = ()
) -> Evidence:
    """The working tree's evidence with the tables of the split, but those `lacking`; brought where not base's own."""
    wanted = [path for path in watched_tables(policy) if path not in lacking]
    if not wanted:
        return evidence
    before, after = ({path: out.md5 for path, out in outputs_of(git.root, sha).items()} for sha in (base_sha, ""))
    same = {path: before[path] for path in wanted if path in before and before[path] == after.get(path)}
    brought = workspace_evidence(git, [path for path in wanted if path not in same]).tables
    return replace(evidence, tables={**evidence.tables, **brought}, same=same)


def watch_handed(git: Git, base_sha: str, policy: Policy, evidence: Evidence, handed: Handover) -> Evidence:
    """A hand-over's evidence with those tables that it says are base's own, as far as base's hashes agree."""
    if not watched_tables(policy):
        return evidence
    known = {path: out.md5 for path, out in outputs_of(git.root, base_sha).items()}
    told = {file.path: file.md5 for file in handed.files} | dict(handed.same)
    same = {path: told[path] for path in watched_tables(policy) if path in told and told[path] == known.get(path)}
    kept = {path: table for path, table in evidence.tables.items() if path not in same}
    return replace(evidence, tables=kept, same=same)


def with_splits(exam: Exam, git: Git, base: Revision, evidence: tuple[Evidence, Evidence]) -> Exam:
    """The exam with every split that the policy asks for; what cannot be read is absent evidence."""
    splits, absent = dict(exam.splits), list(exam.absent)
    for name, policy in exam.policy.data.splits.items():
        found, missing = _Examination(name, policy, git, base, *evidence).examine()
        absent += [replace(one, model=name) for one in missing]
        if found is not None:
            splits[name] = found
    return replace(exam, splits=splits, absent=tuple(absent))


_Found = tuple[SplitExam | None, list[Absent]]


@dataclass(frozen=True, slots=True)
class _Examination:
    """One split of the policy, and what both sides have to show of it."""

    name: str
    policy: HoldoutPolicy
    git: Git
    base: Revision
    before: Evidence
    after: Evidence

    def examine(self) -> _Found:
        """Read the split where it changed; nothing is read where it did not."""
        policy = self.policy
        salts = _salt(policy, self.before), _salt(policy, self.after)
        if policy.salt and salts[1] is None:
            why = f"the policy names {policy.salt} as the salt of the split, and head has no such param"
            return None, [Absent(policy.salt, why, "restore it, or change gate.yaml first", side="head")]
        paths = [path for path in (policy.train, policy.rows) if path]
        if all(path in self.after.same for path in paths):
            return SplitExam(self.name, salts=_reset(salts)), []
        base = base_evidence(self.git, self.base, paths).tables
        head = {path: base[path] if path in self.after.same else self.after.tables[path] for path in paths}
        lost = [one for one in base.values() if isinstance(one, Absent)]
        absent = [one for one in head.values() if isinstance(one, Absent)]
        missing = [replace(one, side="" if one.scheduled else "head") for one in absent]
        if missing or any(not one.bootstrap for one in lost):
            return None, [*missing, *lost]
        return self._read(_files(head, policy, salts[1]), None if lost else _files(base, policy, salts[0]), lost)

    def _read(self, head: SplitFiles, base: SplitFiles | None, lost: list[Absent]) -> _Found:
        """Against base, or, where base's tables are no evidence, head alone; a table of head's that is none blocks."""
        from mergegate.read.holdout import read_split

        try:
            return read_split(self.name, self.policy, head, base), lost
        except TableError as error:
            if base is not None:
                unread = Absent(f"{self.policy.rows} at base", error.what, error.do, side="base", bootstrap=True)
                return self._read(head, None, [unread])
            return None, [Absent(f"{self.policy.train}, {self.policy.rows}", error.what, error.do, side="head")]


def _files(tables: Mapping[str, TableFile | Absent], policy: HoldoutPolicy, salt: str | None) -> SplitFiles:
    from mergegate.read.holdout import SplitFiles

    return SplitFiles(_path(tables, policy.train), _path(tables, policy.rows), salt)


def _path(tables: Mapping[str, TableFile | Absent], name: str | None) -> Path:
    table = tables[name or ""]
    assert isinstance(table, TableFile)  # noqa: S101 - the caller has seen to it
    return table.path


def _salt(policy: HoldoutPolicy, evidence: Evidence) -> str | None:
    value = evidence.params.get(policy.salt) if policy.salt else None
    return None if value is None else str(value)


def _reset(salts: tuple[str | None, str | None]) -> tuple[str, str] | None:
    before, after = salts
    return (before, after) if before is not None and after is not None and before != after else None
