"""Looks, in git and in the hand-over, at what the pull request does to that which it is judged by."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.cli.gather import base_evidence, model_files, tables_of
from mergegate.cli.reruns import NotRun
from mergegate.errors import MergegateError
from mergegate.facts import TableFile
from mergegate.facts.intact import ClaimedMetrics, EditedRows, Intact, Odd
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree
from mergegate.read.imported import undeclared
from mergegate.read.inputs import edited_rows
from mergegate.read.objects import project_outputs
from mergegate.read.odd import odd_files
from mergegate.read.owners import PLACES, owners_of
from mergegate.read.params import flatten
from mergegate.read.weakened import groundless, weakened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mergegate.cli.again import HandedModels
    from mergegate.cli.changes import Changes
    from mergegate.cli.reruns import Reruns
    from mergegate.facts import Policy
    from mergegate.read.dvcproject import Project, Stage
    from mergegate.read.objects import Out

ROUNDING = 2e-3
"""Numbers of a metrics file that differ by no more, relative to the larger or to 1, differ by a machine's rounding."""
_MOST = 20


def look_at(reruns: Reruns, policy: Policy, handed: HandedModels) -> Intact:
    """Everything that is found; nothing where the pull request's commit could not be fetched."""
    changes = handed.changes
    if changes is None:
        return Intact()
    files = {path: letter for letter, path in changes.files}
    owners = _owners(changes, list(files))
    odd = odd_files(changes.git, changes.head.sha, files)
    base = load_project(GitTree(changes.git.root, changes.base.sha))
    try:
        head = load_project(GitTree(changes.git.root, changes.head.sha))
    except MergegateError as error:
        unread = Odd("dvc.yaml", f"the pipeline cannot be read: {error.what.splitlines()[0][:200]}", blocks=True)
        return Intact(known=True, owners=owners, odd=(*odd, unread))
    judged = frozenset([*tables_of(policy), *model_files(policy)])
    seen = _Seen(reruns, handed, changes, base, project_outputs(base), project_outputs(head), judged)
    return Intact(
        known=True,
        owners=owners,
        weakened=weakened(base, head),
        groundless=groundless(base, head),
        other=seen.other(),
        metrics=seen.metrics(),
        odd=odd,
        edited=tuple(_edited(reruns, handed, policy)),
        undeclared=_undeclared(changes, base, head),
    )


def _edited(reruns: Reruns, handed: HandedModels, policy: Policy) -> Iterator[EditedRows]:
    """For each model whose held-out rows were handed over and are not base's: those that keep their id and differ."""
    for name, model in sorted(policy.models.items()):
        path = model.reevaluate.rows if model.reevaluate else None
        file = handed.file(path) if path else None
        if path is None or file is None:
            continue
        own = base_evidence(reruns.git, reruns.base, [path]).tables[path]
        if isinstance(own, TableFile) and own.md5 != file.md5:
            rows, columns = edited_rows(own.path, handed.path(file), model.id)
            if rows:
                yield EditedRows(name, rows, columns)


def _undeclared(changes: Changes, base: Project, head: Project) -> tuple[tuple[str, str], ...]:
    """Nothing is read where neither code nor a pipeline changes."""
    if not any(path.endswith((".py", "dvc.yaml")) for _, path in changes.files):
        return ()
    return undeclared(changes.git, (changes.base.sha, base), (changes.head.sha, head))


def _owners(changes: Changes, paths: list[str]) -> dict[str, str]:
    git = changes.git
    for place in PLACES:
        text = git.show(changes.base.sha, f"{git.up}{place}")
        if text is not None:
            named = {git.from_top(path): path for path in paths}
            return {named[path]: who for path, who in owners_of(text.decode("utf-8", "replace"), named).items()}
    return {}


@dataclass(frozen=True, slots=True)
class _Seen:
    """Both pipelines, and what was handed over."""

    reruns: Reruns
    handed: HandedModels
    changes: Changes
    base: Project
    before: Mapping[str, Out]
    after: Mapping[str, Out]
    judged: frozenset[str]
    """The models, and the tables of their answers."""

    def other(self) -> tuple[str, ...]:
        """What head's lock names anew, and was handed over otherwise."""
        return tuple(
            file.path
            for file in self.handed.handover.files
            if self._new(file.path) and self.after[file.path].md5 != file.md5
        )

    def metrics(self) -> tuple[ClaimedMetrics, ...]:
        """Each metrics file in git that the pull request changes."""
        found = []
        for stage in self.base.stages:
            for out in stage.outs:
                content = None
                if not out.cache and out.path and self.changes.touches(out.path):
                    content = self.changes.git.show(self.changes.head.sha, out.path)
                if content is not None:
                    found.append(self._metrics(stage, out.path, content))
        return tuple(found)

    def _new(self, path: str) -> bool:
        """Whether head's lock names another content than base's."""
        old, new = self.before.get(path), self.after.get(path)
        return new is not None and (old is None or old.md5 != new.md5)

    def _metrics(self, stage: Stage, path: str, content: bytes) -> ClaimedMetrics:
        if not self.judged.intersection(stage.reads):
            return ClaimedMetrics(path, why_not="base's code computes it from no model and no answers", beyond=True)
        changed = self.handed.code_changed(stage.address)
        if changed:
            return ClaimedMetrics(path, why_not=f"the pull request changes {', '.join(changed)[:300]}", code=changed)
        given = {file.path: file for file in self.handed.handover.files}
        own = [dep for dep in stage.reads if dep not in given and self._new(dep)]
        own += [dep for dep in stage.reads if dep in given and dep in self.other()]
        if own:
            return ClaimedMetrics(path, why_not=f"the judge was not given the {', '.join(own)[:200]} that it is of")
        replace = {dep: self.handed.path(given[dep]) for dep in stage.reads if dep in given and self._other_file(dep)}
        replace |= self.reruns.keep(self.changes.params_of(stage))
        made = self.reruns.output(stage.address, path, replace, "this evidence")
        if isinstance(made, NotRun):
            return ClaimedMetrics(path, why_not=made.why, failed=True)
        return ClaimedMetrics(path, differing=differing(content, made, path))

    def _other_file(self, path: str) -> bool:
        file, out = self.handed.file(path), self.before.get(path)
        return file is not None and (out is None or file.md5 != out.md5)


def differing(claimed: bytes, made: Path, path: str) -> tuple[tuple[str, str, str], ...]:
    """(name, as claimed, as computed) of what two metrics files say otherwise, beyond rounding."""
    computed = made.read_bytes()
    if claimed == computed:
        return ()
    sides = [flatten(content, path) for content in (claimed, computed)]
    names = [name for name in dict.fromkeys([*sides[0], *sides[1]]) if not _same(*(side.get(name) for side in sides))]
    if not any(sides) or _twice(claimed):
        return ((path, "a file that is no metrics", "metrics"),)
    shown = [(name.partition(":")[2], *(str(side.get(name, "–"))[:60] for side in sides)) for name in names[:_MOST]]
    return tuple((name, one, other) for name, one, other in shown)


def _twice(content: bytes) -> bool:
    """Whether a name stands twice in it, so that two readers may read two values."""

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        if len({name for name, _ in found}) < len(found):
            raise KeyError
        return dict(found)

    try:
        json.loads(content, object_pairs_hook=pairs)
    except KeyError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def _same(one: object, other: object) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        slack = ROUNDING * max(1.0, abs(one), abs(other))
        return one == other or (math.isfinite(one) and math.isfinite(other) and abs(one - other) <= slack)
    return one == other
