"""The one place that touches DVC's private interfaces; made for DVC 3.67 and covered by `tests/read/test_dvcapi.py`.

Every import of DVC is inside the function that needs it: a plan without templates imports none of it.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError, UseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mergegate.read.dvctree import Files


class _FilesForResolver:
    """What DVC's template resolver asks of a file system, answered from a working tree or a git revision."""

    join = staticmethod(posixpath.join)
    normpath = staticmethod(posixpath.normpath)
    relpath = staticmethod(posixpath.relpath)

    def __init__(self, files: Files) -> None:
        self.files = files

    def exists(self, path: str) -> bool:
        return self.files.read(path) is not None

    def isdir(self, path: str) -> bool:
        return self.files.is_dir(path)

    def open(self, path: str, mode: str = "r", encoding: str = "utf-8") -> Any:
        import io

        data = self.files.read(path)
        if data is None:
            raise FileNotFoundError(path)
        return io.BytesIO(data) if "b" in mode else io.StringIO(data.decode(encoding))


@dataclass(frozen=True, slots=True)
class _RepoForResolver:
    fs: _FilesForResolver
    config: Mapping[str, Any]


def resolve_templates(files: Files, wdir: str, content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The stages of a `dvc.yaml` with `${}`, `foreach`, `matrix` and `vars` resolved by DVC's own resolver."""
    from dvc.exceptions import DvcException
    from dvc.parsing import DataResolver

    repo = _RepoForResolver(fs=_FilesForResolver(files), config={})
    where = posixpath.join(wdir, "dvc.yaml")
    try:
        resolver = DataResolver(repo, wdir, dict(content))
        stages: dict[str, dict[str, Any]] = {}
        for name in resolver.get_keys():
            stages.update(resolver.resolve_one(name))
    except DvcException as error:
        raise UseError(str(error), where=where, do="correct the template or the value it names") from None
    return stages


def read_params(files: Files, path: str) -> Any:
    """The content of a params file that is neither YAML nor JSON (TOML, Python), as DVC reads it."""
    from dvc.exceptions import DvcException
    from dvc.utils.serialize import load_path

    try:
        return load_path(path, _FilesForResolver(files))
    except DvcException as error:
        raise UseError(str(error), where=path, do="correct that file") from None


def explain_invalid(content: object, where: str) -> None:
    """Lets DVC's schema say what is wrong with a `dvc.yaml`; raises `UseError` with its words, or returns."""
    from dvc.schema import COMPILED_MULTI_STAGE_SCHEMA
    from voluptuous import Invalid
    from voluptuous.humanize import humanize_error

    try:
        COMPILED_MULTI_STAGE_SCHEMA(content)
    except Invalid as error:
        raise UseError(
            f"{where} is not a pipeline: {humanize_error(content, error)}", where=where, do="correct that entry"
        ) from None


def ignore_filter(root: Path) -> Callable[[Path], bool]:
    """DVC's `.dvcignore` filter: answers whether a path below `root` is ignored."""
    from dvc.fs import LocalFileSystem
    from dvc.ignore import DvcIgnoreFilter

    fs = LocalFileSystem()
    ignore = DvcIgnoreFilter(fs, str(root))

    def ignored(path: Path) -> bool:
        return bool(ignore.is_ignored(fs, str(path), ignore_subrepos=False))

    return ignored


def md5_of_text(path: Path) -> str:
    """The md5 that DVC 2 gave a file (line ends of text made LF first)."""
    from dvc_data.hashfile.hash import file_md5

    return str(file_md5(str(path), name="md5-dos2unix"))


@contextlib.contextmanager
def dvc_words() -> Iterator[None]:
    """Turns what DVC raises inside the block into `SurroundingsError`, with DVC's own message."""
    from dvc.exceptions import DvcException
    from dvc.lock import LockError

    try:
        yield
    except LockError as error:
        raise SurroundingsError(
            "another DVC command is at work in this folder",
            where=str(error).splitlines()[0],
            do="wait until it ends, then run the command again",
        ) from None
    except DvcException as error:
        raise SurroundingsError(f"DVC: {error}", do="see what DVC says") from error


def remote_file_system(root: Path, name: str) -> tuple[Any, str]:
    """(file system, path) of a configured DVC remote of any kind; raises where its extra is not installed."""
    from dvc.config import Config
    from dvc.fs import get_cloud_fs

    with dvc_words():
        cls, config, path = get_cloud_fs(Config(os.fspath(root / ".dvc")), name=name)
        return cls(**config), path
