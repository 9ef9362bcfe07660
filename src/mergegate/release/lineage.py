"""Which data, params and libraries made a file: the stages before it, as the lock of its commit has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mergegate.facts.changes import Kind
from mergegate.read.changes import kind_of, pins
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mergegate.read.dvcproject import Project, Stage
    from mergegate.read.git import Git


@dataclass(frozen=True, slots=True)
class Lineage:
    """What made some files, as far as DVC knows."""

    data: dict[str, str] = field(default_factory=dict)
    """Tracked data that a stage read: path -> the md5 that it read."""
    params: dict[str, object] = field(default_factory=dict)
    """`params.yaml:train.C` -> the value that it read."""
    pinned: tuple[str, ...] = ()
    """Files in git that pin versions of libraries."""


def lineage_of(git: Git, commit: str, paths: Iterable[str]) -> Lineage:
    """The data, params and pinned libraries of all stages that `paths` come from, at a commit."""
    project = load_project(GitTree(git.root, commit))
    tracked = [item.out.path for item in project.tracked]
    data: dict[str, str] = {}
    params: dict[str, object] = {}
    pinned: set[str] = set()
    for stage in _before(project, paths):
        locked = stage.locked("deps")
        for written, path in stage.deps:
            if any(_within(path, out) for out in tracked) and written in locked:
                data[path] = locked[written].md5
            elif path and kind_of(path) is Kind.LIBRARIES:
                pinned.add(path)
        params |= _params(stage)
    return Lineage(dict(sorted(data.items())), dict(sorted(params.items())), tuple(sorted(pinned)))


def libraries_of(git: Git, commit: str, files: Iterable[str]) -> dict[str, str]:
    """Library -> version, from files of pinned requirements at a commit; else all that are installed here."""
    found: dict[str, str] = {}
    for path in files:
        found |= pins(git.show(commit, path) or b"")
    return dict(sorted((found or _installed()).items()))


def _before(project: Project, paths: Iterable[str]) -> Iterator[Stage]:
    """Every stage that `paths` come from, each once."""
    makers = {out.path: stage for stage in project.stages for out in stage.outs if out.path}
    todo, seen = list(paths), set()
    while todo:
        path = todo.pop()
        stage = makers.get(path) or next((s for out, s in makers.items() if _within(path, out)), None)
        if stage is not None and stage.address not in seen:
            seen.add(stage.address)
            todo += stage.reads
            yield stage


def _within(path: str, folder: str) -> bool:
    return bool(path) and (path == folder or path.startswith(f"{folder}/"))


def _params(stage: Stage) -> dict[str, object]:
    locked = (stage.lock or {}).get("params") or {}
    return {
        f"{file}:{key}": value
        for file, values in locked.items()
        if isinstance(values, dict)
        for key, value in values.items()
    }


def _installed() -> dict[str, str]:
    from importlib.metadata import distributions

    return {str(one.metadata["Name"]): one.version for one in distributions() if one.metadata["Name"]}
