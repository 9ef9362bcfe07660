"""Brings the metrics files of both sides, for policies that name numbers instead of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mergegate.cli.gather import left_to_schedule, workspace_evidence
from mergegate.facts import Absent, Evidence, TableFile
from mergegate.facts.metricfile import MetricMove, Reading
from mergegate.read.dvchash import md5_of
from mergegate.read.metricfile import read_number
from mergegate.read.objects import Objects, Out, outputs_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from mergegate.facts import Policy, Revision, RunRecord
    from mergegate.facts.exam import Exam
    from mergegate.facts.metricfile import MetricFilePolicy
    from mergegate.read.dvcproject import Content
    from mergegate.read.git import Git

_HEAL_BASE = "let the `main` workflow run on main (Actions, main, Run workflow), then run this check again"
_HEAL_HEAD = "run `mergegate run`; see that a stage still writes it"


@dataclass(frozen=True, slots=True)
class Claims:
    """What was handed over of head."""

    files: Mapping[str, TableFile]
    sha: str
    """Head's commit, where it could be fetched; else empty."""
    run: RunRecord | None


def metric_files(policy: Policy) -> list[str]:
    """The files that `metrics` names, each once."""
    return list(dict.fromkeys(one.file for one in policy.metrics))


def to_hand_over(git: Git, policy: Policy, lacking: Container[str]) -> dict[str, Path]:
    """Those that a stage of the working tree writes: what lies in git the judge finds there."""
    ours = outputs_of(git.root, "")
    made = {path: out for path in metric_files(policy) if (out := _owner(ours, path)) and out.path not in lacking}
    found = {path: _here(git, path, out) for path, out in made.items()}
    return {path: table.path for path, table in found.items() if isinstance(table, TableFile)}


def with_metric_files(exam: Exam, git: Git, claims: Claims | None) -> Exam:
    """The exam with each number that the policy names, before and after."""
    base = outputs_of(git.root, exam.base.sha)
    head = outputs_of(git.root, "") if claims is None else {}
    before = {path: _at_base(git, exam.base, path, _owner(base, path)) for path in metric_files(exam.policy)}
    after = {path: _handed(git, path, claims) if claims else _here(git, path, _owner(head, path)) for path in before}
    if claims is not None and claims.run is not None:
        lost = {path: one for path, one in after.items() if isinstance(one, Absent)}
        after |= left_to_schedule(git, exam.base, Evidence(exam.head, lost), claims.run).tables
    absent = [one for one in (*before.values(), *after.values()) if isinstance(one, Absent)]
    moves = [
        MetricMove(one, *sides, stage=out.stage if (out := _owner(base, one.file)) else "")
        for one in exam.policy.metrics
        if (sides := _both(one, before[one.file], after[one.file]))
    ]
    return replace(exam, metrics=tuple(moves), absent=(*exam.absent, *absent))


def _both(
    asked: MetricFilePolicy, before: bytes | Absent, after: bytes | TableFile | Absent
) -> tuple[Reading, Reading] | None:
    """Both numbers; None where a file is absent, which is told of the file."""
    if isinstance(before, Absent) or isinstance(after, Absent):
        return None
    content = after.path.read_bytes() if isinstance(after, TableFile) else after
    return read_number(before, asked.file, asked.key), read_number(content, asked.file, asked.key)


def _owner(outputs: Mapping[str, Out], path: str) -> Out | None:
    """The output that a file is, or the folder that it lies in; None where no stage writes it."""
    above = [path, *(str(folder) for folder in PurePosixPath(path).parents)]
    return next((outputs[name] for name in above if name in outputs), None)


def _object(git: Git, path: str, out: Out) -> Path | None:
    """The verified object of a file that DVC keeps, brought if need be; None where nobody has it."""
    objects = Objects(git.root)
    content: Content | None = out.content
    if out.path != path:
        listing = objects.listing(out.content, remote=out.remote, name=out.path) if out.content.is_dir else None
        content = (listing or {}).get(str(PurePosixPath(path).relative_to(out.path)))
    return None if content is None else objects.get(content, remote=out.remote, name=path)


def _at_base(git: Git, base: Revision, path: str, out: Out | None) -> bytes | Absent:
    if out is None or not out.cached:
        content = git.show(base.sha, path)
        if content is not None:
            return content
        why = f"base ({base.sha[:12]}) has no {path}: there is nothing to compare with yet"
        return Absent(path, why, "after this merge there will be", side="base", bootstrap=True)
    found = _object(git, path, out)
    if found is None:
        why = f"base ({base.sha[:12]}) keeps {path} in DVC ({out.md5}), and the remote has no such object"
        return Absent(path, why, _HEAL_BASE, side="base")
    return found.read_bytes()


def _here(git: Git, path: str, out: Out | None) -> bytes | TableFile | Absent:
    """What a stage wrote has to be what `dvc.lock` says; what none writes is taken as it lies there."""
    if out is not None and out.path == path:
        return workspace_evidence(git, [path]).tables[path]
    file = git.root / path
    if file.is_file() and not file.is_symlink():
        return file.read_bytes() if out is None else TableFile(path, file, md5_of(file), file.stat().st_size)
    found = _object(git, path, out) if out is not None and out.cached else None
    if found is not None:
        return TableFile(path, found, md5_of(found), found.stat().st_size)
    return Absent(path, f"there is no {path} any more", _HEAL_HEAD, side="head")


def _handed(git: Git, path: str, claims: Claims) -> bytes | TableFile | Absent:
    if path in claims.files:
        return claims.files[path]
    content = git.show(claims.sha, path) if claims.sha else None
    if content is not None:
        return content
    return Absent(path, "the pull request's run did not write it, and it is not in git", _HEAL_HEAD, side="head")
