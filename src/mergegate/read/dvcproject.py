"""What a DVC project consists of: stages with their lock entries, outputs, tracked files."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mergegate.read.dvctree import Files


@dataclass(frozen=True, slots=True)
class Content:
    """What stands at a path, by hash. A folder's `md5` ends in `.dir`."""

    md5: str
    size: int = 0
    files: int = 1
    """How many files; 1 for a file."""
    executable: bool = False
    legacy: bool = False
    """True for a hash of DVC 2, which lies elsewhere in cache and remote."""

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder, known by its listing."""
        return self.md5.endswith(".dir")


@dataclass(frozen=True, slots=True)
class OutSpec:
    """An output as `dvc.yaml` or a `.dvc` file declares it."""

    name: str
    """As written, relative to the stage's folder."""
    path: str
    """Relative to the DVC root, with slashes."""
    cache: bool = True
    persist: bool = False
    push: bool = True
    remote: str | None = None
    kind: str = "outs"
    """`outs`, `metrics` or `plots`: where `dvc.yaml` names it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, templates resolved, with its entry of `dvc.lock`."""

    name: str
    file: str
    """Its `dvc.yaml`, relative to the DVC root."""
    wdir: str
    cmd: str | Sequence[str]
    deps: tuple[tuple[str, str], ...] = ()
    """(as written, relative to the DVC root); the second is empty for one outside the repository."""
    params: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """File as written -> keys; no keys means the whole file."""
    outs: tuple[OutSpec, ...] = ()
    frozen: bool = False
    always: bool = False
    lock: Mapping[str, Any] | None = None

    @property
    def folder(self) -> str:
        """Where its command runs, relative to the DVC root."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.file), self.wdir))

    @property
    def reads(self) -> tuple[str, ...]:
        """Every file and folder that it depends on, its params files among them, relative to the DVC root."""
        params = (inside(self.folder, name) for name in self.params)
        return tuple(path for path in (*(path for _, path in self.deps), *params) if path)

    @property
    def address(self) -> str:
        """As DVC addresses it: `train`, or `sub/dvc.yaml:train`."""
        return self.name if self.file == "dvc.yaml" else f"{self.file}:{self.name}"

    def locked(self, kind: str) -> dict[str, Content]:
        """The lock's `deps` or `outs`, by the path as written."""
        return {
            str(entry["path"]): content_of(entry) for entry in (self.lock or {}).get(kind) or () if is_hashed(entry)
        }


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a `.dvc` file tracks."""

    file: str
    out: OutSpec
    content: Content


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that DVC's metadata says of one state of the repository."""

    files: Files
    stages: tuple[Stage, ...]
    tracked: tuple[Tracked, ...]

    def stage(self, name: str) -> Stage:
        """The stage of that name or address; raises `UseError` where there is none."""
        for stage in self.stages:
            if name in {stage.address, stage.name}:
                return stage
        known = ", ".join(stage.address for stage in self.stages) or "none"
        raise UseError(f"there is no stage {name!r}", where=self.files.where, do=f"name one of: {known}")


def content_of(entry: Mapping[str, Any]) -> Content:
    """The content that an entry of a lock, a `.dvc` file or the run cache names."""
    return Content(
        md5=str(entry["md5"]),
        size=int(entry.get("size") or 0),
        files=int(entry.get("nfiles") or 1),
        executable=bool(entry.get("isexec", False)),
        legacy=entry.get("hash") != "md5",
    )


def is_hashed(entry: Mapping[str, Any]) -> bool:
    """Whether the entry says what stood there."""
    return bool(entry.get("md5"))


def inside(folder: str, name: str) -> str:
    """`name` as seen from `folder`, relative to the root; empty where it lies outside or is an address."""
    if "://" in name or posixpath.isabs(name):
        return ""
    path = posixpath.normpath(posixpath.join(folder, name))
    return "" if path == ".." or path.startswith("../") else path
