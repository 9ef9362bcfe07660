"""Tells what differs between two commits of a pipeline: params, code, data, libraries and stage definitions."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.facts.changes import Change, Kind
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcproject import inside
from mergegate.read.dvctree import GitTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mergegate.read.dvcproject import Project, Stage
    from mergegate.read.git import Git

_PIN = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*([^\s;\\#]+)", re.MULTILINE)
_LIBRARIES = re.compile(
    r"(^|/)(requirements[^/]*/|requirements[^/]*\.(txt|in)$|(uv|poetry|conda-lock)[^/]*$|pyproject\.toml$)"
)
_DATA = frozenset(".csv .tsv .parquet .json .jsonl .ndjson .npz .npy .arrow .feather .xlsx .gz .zip".split())  # noqa: SIM905
_MADE = ("dvc.lock", ".gitignore")


def kind_of(path: str) -> Kind:
    """What a file in git is a part of, by its name."""
    if _LIBRARIES.search(path):
        return Kind.LIBRARIES
    name = posixpath.basename(path)
    if name == "dvc.yaml":
        return Kind.STAGE
    return Kind.DATA if name.endswith(".dvc") or posixpath.splitext(name)[1] in _DATA else Kind.CODE


@dataclass(frozen=True, slots=True)
class Sides:
    """Two commits of one repository with their pipelines, read once."""

    git: Git
    commits: tuple[str, str]
    """Base's and head's."""
    projects: tuple[Project, Project]

    @classmethod
    def of(cls, git: Git, base: str, head: str) -> Sides:
        """Reads both; raises `UseError` for a pipeline that cannot be read."""
        return cls(git, (base, head), (load_project(GitTree(git.root, base)), load_project(GitTree(git.root, head))))


def changes_between(
    sides: Sides, files: Sequence[tuple[str, str]], params: Sequence[tuple[str, str, str]]
) -> tuple[Change, ...]:
    """Everything of `files` (status, path) and `params` (name, before, after) that a stage reads, and every stage that
    is defined otherwise.
    """
    projects = sides.projects
    stages = {stage.address: stage for project in projects for stage in project.stages}
    found = [*_params(params, stages), *_definitions(*projects), *_tracked(projects, stages)]
    for letter, path in files:
        readers = _readers(path, stages)
        kind = kind_of(path)
        if not readers or path.endswith(".dvc") or posixpath.basename(path) in _MADE:
            continue
        versions = tuple(_versions(sides, path, readers)) if kind is Kind.LIBRARIES else ()
        found += versions or (Change(kind, path, *_words(letter), readers),)
    return tuple(found)


def _readers(path: str, stages: Mapping[str, Stage]) -> tuple[str, ...]:
    return tuple(
        address
        for address, stage in stages.items()
        if any(dep and (path == dep or path.startswith(f"{dep}/")) for _, dep in stage.deps)
    )


def _words(letter: str) -> tuple[str, str]:
    return {"A": ("–", "added"), "D": ("there", "deleted")}.get(letter, ("", "changed"))


def _params(params: Sequence[tuple[str, str, str]], stages: Mapping[str, Stage]) -> Iterator[Change]:
    for name, before, after in params:
        file, _, key = name.partition(":")
        readers = tuple(address for address, stage in stages.items() if _reads(stage, file, key))
        yield Change(Kind.PARAMS, name, before, after, readers)


def _reads(stage: Stage, file: str, key: str) -> bool:
    keys = next((keys for name, keys in stage.params.items() if inside(stage.folder, name) == file), None)
    return keys is not None and (not keys or any(key == one or key.startswith((f"{one}.", f"{one}[")) for one in keys))


def _definitions(base: Project, head: Project) -> Iterator[Change]:
    before = {stage.address: stage for stage in base.stages}
    after = {stage.address: stage for stage in head.stages}
    for address in sorted(before.keys() | after.keys()):
        old, new = before.get(address), after.get(address)
        if old is None or new is None:
            words = ("–", "added") if old is None else ("there", "removed")
            yield Change(Kind.STAGE, address, *words, (address,))
            continue
        for part, was, now in _parts(old, new):
            if was != now:
                yield Change(Kind.STAGE, f"{address}: {part}", was, now, (address,))


def _parts(old: Stage, new: Stage) -> Iterator[tuple[str, str, str]]:
    """What only one of the two has, of each part."""
    yield "command", str(old.cmd), str(new.cmd)
    yield "folder", old.wdir, new.wdir
    for part, was, now in (
        ("deps", {path for path, _ in old.deps}, {path for path, _ in new.deps}),
        ("params", _keys(old), _keys(new)),
        ("outs", {out.name for out in old.outs}, {out.name for out in new.outs}),
    ):
        yield part, ", ".join(sorted(was - now)) or "–", ", ".join(sorted(now - was)) or "–"


def _keys(stage: Stage) -> set[str]:
    return {f"{file}:{key}" for file, keys in stage.params.items() for key in keys or ("(all)",)}


def _tracked(projects: tuple[Project, ...], stages: Mapping[str, Stage]) -> Iterator[Change]:
    """Data that `.dvc` files name."""
    before, after = ({one.out.path: one.content.md5 for one in project.tracked} for project in projects)
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was != now:
            readers = tuple(
                address
                for address, stage in stages.items()
                if any(dep == path or dep.startswith(f"{path}/") or path.startswith(f"{dep}/") for _, dep in stage.deps)
            )
            yield Change(Kind.DATA, path, _short(was), _short(now), readers)


def _short(md5: str | None) -> str:
    return f"md5 {md5[:8]}" if md5 else "–"


def pins(lock: bytes) -> dict[str, str]:
    """Library -> version, as a lock pins them; one that is pinned apart for several Pythons has all, with commas."""
    found: dict[str, list[str]] = {}
    for name, version in _PIN.findall(lock.decode("utf-8", "replace")):
        found.setdefault(name, []).append(version)
    return {name: ", ".join(dict.fromkeys(versions)) for name, versions in found.items()}


def _versions(sides: Sides, path: str, readers: tuple[str, ...]) -> Iterator[Change]:
    """The libraries that a lock pins otherwise."""
    was, now = (pins(sides.git.show(sha, path) or b"") for sha in sides.commits)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield Change(Kind.LIBRARIES, name, was.get(name, "–"), now.get(name, "–"), readers)
