"""Reads DVC's metadata: every `dvc.yaml`, `dvc.lock` and `*.dvc` of a working tree or a git revision."""

from __future__ import annotations

import functools
import json
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError
from mergegate.read.dvcproject import OutSpec, Project, Stage, Tracked, content_of, inside, is_hashed
from mergegate.read.dvcshape import check_entries, check_lock, well_formed
from mergegate.read.dvctree import GitTree
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mergegate.read.dvctree import Files

DEFAULT_PARAMS = "params.yaml"
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_STAGE_KEYS = frozenset(
    "matrix cmd wdir deps params vars frozen meta desc always_changed outs metrics plots".split()  # noqa: SIM905
)
_OUT_KINDS = ("outs", "metrics", "plots")


def load_project(files: Files) -> Project:
    """Reads every `dvc.yaml`, `dvc.lock` and `*.dvc`; raises `UseError` for the first that is wrong.

    A commit is read once: what a hash names never changes.
    """
    if isinstance(files, GitTree) and _HASH.fullmatch(files.sha):
        return _project_at(files.root, files.sha)
    return _read(files)


@functools.lru_cache(maxsize=8)
def _project_at(root: Path, sha: str) -> Project:
    return _read(GitTree(root, sha))


def _read(files: Files) -> Project:
    stages: list[Stage] = []
    tracked: list[Tracked] = []
    for path in files.metadata():
        data = files.read(path) or b""
        if path.endswith(".dvc"):
            tracked += _tracked(path, load_yaml(data, path))
        else:
            stages += _stages(files, path, load_yaml(data, path))
    return Project(files=files, stages=tuple(stages), tracked=tuple(tracked))


def _tracked(path: str, data: Any) -> list[Tracked]:
    if not isinstance(data, dict) or not isinstance(data.get("outs") or [], list):
        raise UseError(f"{path} is not a .dvc file", where=path, do="restore it from git, or run `dvc add` again")
    if data.get("cmd"):
        raise UseError(
            f"{path} is a stage in DVC's old one-file format", where=path, do="move it into dvc.yaml: `dvc stage add`"
        )
    check_entries(data.get("outs"), path, "outs")
    folder = posixpath.join(posixpath.dirname(path), str(data.get("wdir") or "."))
    return [
        Tracked(file=path, out=_out_spec(folder, str(entry["path"]), entry), content=content_of(entry))
        for entry in data.get("outs") or []
        if is_hashed(entry)
    ]


def _stages(files: Files, path: str, data: Any) -> list[Stage]:
    raw = data.get("stages") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(raw or {}, dict):
        raise UseError(f"{path} is not a pipeline: it has no mapping of `stages`", where=path, do="correct it")
    if not raw:
        return []
    _check_shape(raw, data, path)
    folder = posixpath.dirname(path)
    resolved = _resolved(files, folder, data)
    lock_path = posixpath.join(folder, "dvc.lock")
    locks = _lock_entries(files.read(lock_path), lock_path)
    return [_stage(path, name, entry, locks.get(name)) for name, entry in resolved.items()]


def _check_shape(raw: Mapping[str, Any], data: object, path: str) -> None:
    """Catches what DVC would refuse; its own schema words the message (and costs its import only then)."""
    for entry in raw.values():
        body = entry.get("do", entry) if isinstance(entry, dict) else None
        if not isinstance(body, dict) or not body.get("cmd") or not set(body) <= _STAGE_KEYS:
            break
        if not well_formed(body):
            break
    else:
        return
    from mergegate.read.dvcapi import explain_invalid

    explain_invalid(data, path)
    raise UseError(f"{path} has a stage without a command", where=path, do="give every stage a `cmd`")


def _resolved(files: Files, folder: str, data: Mapping[str, Any]) -> Mapping[str, dict[str, Any]]:
    stages: dict[str, dict[str, Any]] = data["stages"]
    templated = "${" in json.dumps(stages, default=str) or any(
        {"foreach", "matrix", "vars"} & set(entry) for entry in stages.values()
    )
    if not templated and not data.get("vars"):
        return stages
    from mergegate.read.dvcapi import resolve_templates

    return resolve_templates(files, folder, data)


def _lock_entries(data: bytes | None, path: str) -> Mapping[str, Mapping[str, Any]]:
    if data is None:
        return {}
    if b"<<<<<<< " in data and b">>>>>>> " in data:
        raise UseError(
            "dvc.lock holds the marks of a merge conflict",
            where=path,
            do="take main's: `git checkout main -- dvc.lock`",
        )
    content = load_yaml(data, path)
    if not isinstance(content, dict) or not isinstance(content.get("stages") or {}, dict):
        raise UseError(f"{path} is not a lock file", where=path, do="restore it from git")
    stages = content.get("stages") or {}
    check_lock(stages, path)
    return stages


def _stage(file: str, name: str, entry: Mapping[str, Any], lock: Mapping[str, Any] | None) -> Stage:
    wdir = str(entry.get("wdir") or ".")
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(file), wdir))
    return Stage(
        name=str(name),
        file=file,
        wdir=wdir,
        cmd=entry["cmd"],
        deps=tuple((str(dep), inside(folder, str(dep))) for dep in entry.get("deps") or ()),
        params=_merged_params(entry.get("params") or ()),
        outs=tuple(_declared_outs(folder, entry)),
        frozen=bool(entry.get("frozen", False)),
        always=bool(entry.get("always_changed", False)),
        lock=lock,
    )


def _declared_outs(folder: str, entry: Mapping[str, Any]) -> list[OutSpec]:
    specs: dict[str, OutSpec] = {}
    for kind in _OUT_KINDS:
        for item in entry.get(kind) or ():
            for name, flags in item.items() if isinstance(item, dict) else ((item, {}),):
                merged = flags if isinstance(flags, dict) else {k: v for part in flags or () for k, v in part.items()}
                specs[str(name)] = replace(_out_spec(folder, str(name), merged), kind=kind)
    return list(specs.values())


def _out_spec(folder: str, name: str, flags: Mapping[str, Any]) -> OutSpec:
    return OutSpec(
        name=name,
        path=inside(folder, name),
        cache=bool(flags.get("cache", True)),
        persist=bool(flags.get("persist", False)),
        push=bool(flags.get("push", True)),
        remote=flags.get("remote"),
    )


def _merged_params(items: Sequence[Any]) -> dict[str, tuple[str, ...]]:
    """Groups a stage's params by file, as DVC does: a file named without keys is tracked whole."""
    whole = {str(file) for item in items if isinstance(item, dict) for file, keys in item.items() if not keys}
    keys_of: dict[str, list[str]] = {}
    for item in items:
        for file, keys in item.items() if isinstance(item, dict) else ((DEFAULT_PARAMS, [item]),):
            keys_of.setdefault(str(file), []).extend(() if file in whole else (str(key) for key in keys))
    return {file: tuple(dict.fromkeys(keys)) for file, keys in keys_of.items()}
