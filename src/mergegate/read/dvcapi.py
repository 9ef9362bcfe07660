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

    def suffix(self, path: str) -> str:
        return posixpath.splitext(path)[1]

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


_ODD = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What DVC's own code raises where a file is not UTF-8, or holds a list where it expects a mapping."""


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
    except (DvcException, *_ODD) as error:
        raise UseError(
            str(error) or type(error).__name__, where=where, do="correct the template or the value it names"
        ) from None
    return stages


def read_params(files: Files, path: str) -> Any:
    """The content of a params file that is neither YAML nor JSON (TOML, Python), as DVC reads it."""
    from dvc.exceptions import DvcException
    from dvc.utils.serialize import load_path

    try:
        return load_path(path, _FilesForResolver(files))
    except (DvcException, *_ODD) as error:
        raise UseError(str(error) or type(error).__name__, where=path, do="correct that file") from None


def explain_invalid(content: object, where: str) -> None:
    """Lets DVC's schema say what is wrong with a `dvc.yaml`; raises `UseError` with its words, or returns."""
    from dvc.schema import COMPILED_MULTI_STAGE_SCHEMA
    from voluptuous import Invalid
    from voluptuous.humanize import humanize_error

    try:
        COMPILED_MULTI_STAGE_SCHEMA(content)
    except Invalid as error:
        said = humanize_error(content, error)
        raise UseError(f"{where} is not a pipeline: {said}", where=where, do=_mending(said)) from None


def _mending(said: str) -> str:
    """What to do about what DVC's schema says; `live` was a key of a stage until DVC 3."""
    if "['live']" in said:
        return "DVC 3 has no `live`: name the files that DVCLive writes under `metrics` and `plots` of that stage"
    return "correct that entry"


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
        opened = cls(**config)
        _ = opened.fs  # imports the cloud's library now: that takes a second of no network's fault
        return opened, path


def files_below(fs: Any, folder: str) -> list[tuple[str, str]]:
    """(name, time of the last change as sortable text) of the files directly in a folder of a remote.

    For S3 in one request: s3fs asks a second time where it found nothing, and takes a refusal then for an answer.
    """
    if fs.protocol == "s3":
        bucket, _, prefix = folder.partition("/")
        found = fs.fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
        return [(each["Key"].rsplit("/", 1)[-1], each["LastModified"].isoformat()) for each in found]
    try:
        found = fs.ls(folder, detail=True)
    except FileNotFoundError:
        return []
    files = [each for each in found if each.get("type") == "file"]
    return [(str(each["name"]).rsplit("/", 1)[-1], str(each.get("mtime") or "")) for each in files]


class Workshop:
    """DVC's repository object, used for what changes the working tree: check out, hash outputs, write the lock.

    Its site cache is private to this checkout: the shared one is a pickle that any other checkout may have written.
    """

    def __init__(self, root: Path) -> None:
        from dvc.repo import Repo

        site = root / ".dvc" / "tmp" / "mergegate" / "site"
        with dvc_words():
            self.repo = Repo(os.fspath(root), config={"core": {"site_cache_dir": os.fspath(site)}})
        self.root = root
        self._forget_broken_rwlock()

    def _forget_broken_rwlock(self) -> None:
        """A command that is killed while it writes DVC's list of busy files leaves one that no command can read."""
        import json

        from dvc.lock import make_lock

        busy = self.root / ".dvc" / "tmp" / "rwlock"
        with (
            dvc_words(),
            make_lock(f"{busy}.lock", tmp_dir=os.fspath(busy.parent)),
            contextlib.suppress(FileNotFoundError),
        ):
            try:
                json.loads(busy.read_text("utf-8"))
            except ValueError:
                busy.unlink()

    def close(self) -> None:
        """Closes DVC's data bases."""
        self.repo.close()

    def load(self, file: str, name: str | None) -> Any:
        """DVC's stage of a `dvc.yaml` and a name, or of a `.dvc` file, as it is now on disk."""
        with dvc_words():
            return self.repo.stage.load_one(os.fspath(self.root / file), name)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Holds DVC's lock for a moment of bookkeeping; a command of a stage runs outside of it.

        DVC's run cache resolves `dvc.yaml` against the current folder, so this is also the moment to be in the root.
        """
        with dvc_words(), contextlib.chdir(self.root), self.repo.lock, self.repo.scm_context(quiet=True):
            yield

    @contextlib.contextmanager
    def using(self, stage: Any) -> Iterator[None]:
        """Tells other DVC commands that the stage's files are in use, while its command runs."""
        from dvc.rwlock import rwlock

        read = [dep.fs_path for dep in stage.deps if getattr(dep, "protocol", None) == "local"]
        write = [out.fs_path for out in stage.outs]
        hardlink = self.repo.config["core"].get("hardlink_lock", False)
        with dvc_words(), rwlock(self.repo.tmp_dir, self.repo.fs, "mergegate run", read, write, hardlink):
            yield

    def check_out(self, file: str, name: str | None, out: str, path: str) -> None:
        """Puts `path` (an output, or a file or folder inside it) into the working tree from the cache."""
        with self.at_work():
            stage = self.load(file, name)
            spec = next(spec for spec in stage.outs if spec.def_path == out)
            whole = os.path.normpath(self.root / path) == os.path.normpath(spec.fs_path)
            spec.checkout(filter_info=None if whole else os.path.normpath(self.root / path), force=True)

    def clear(self, stage: Any) -> None:
        """Removes the outputs before a run, except those that persist."""
        with self.at_work():
            stage.remove_outs(ignore_remove=False, force=False)

    def record(self, stage: Any) -> dict[str, Any]:
        """After a run: hashes dependencies and outputs into cache, run cache and lock; returns the lock entry."""
        in_git = any(not out.use_cache and not (out.is_metric or out.is_plot) for out in stage.outs)
        with self.at_work():
            stage.save_deps()
            stage.save(run_cache=not in_git)
            stage.commit()
            return self._write_lock(stage)

    def restore(self, stage: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Checks out the outputs that an entry names and writes it into the lock; returns the lock entry."""
        import copy

        from dvc.stage.loader import StageLoader

        with self.at_work():
            make = self.repo.stage_cache._create_stage  # noqa: SLF001 - what this file is for
            cached = make(copy.deepcopy(dict(entry)), wdir=stage.wdir)
            cached.checkout(force=True)
            for out in stage.outs:
                out.ignore()
            StageLoader.fill_from_lock(stage, copy.deepcopy(dict(entry)))
            stage.cmd_changed = False
            return self._write_lock(stage)

    def _write_lock(self, stage: Any) -> dict[str, Any]:
        """Replaces the stage's entry of `dvc.lock` in one step: DVC's own writer can be killed half way."""
        from pathlib import Path

        from dvc.stage.serialize import to_single_stage_lockfile
        from dvc.utils.serialize import dump_yaml, parse_yaml_for_update

        lock = Path(stage.dvcfile._lockfile.path)  # noqa: SLF001 - what this file is for
        entry = dict(to_single_stage_lockfile(stage))
        data = parse_yaml_for_update(lock.read_text("utf-8"), str(lock)) if lock.exists() else {}
        data = data or {"schema": "2.0"}
        stages = data.setdefault("stages", {})
        if stages.get(stage.name) != entry:
            stages[stage.name] = entry
            part = lock.with_name(f".{lock.name}.part")
            dump_yaml(str(part), data)
            part.replace(lock)
            self.repo.scm_context.track_file(os.path.relpath(lock))
        return entry
