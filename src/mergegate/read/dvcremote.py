"""A DVC remote as a plain store of objects, each operation with a deadline, nothing believed.

A local folder is read without importing DVC, and so is a plain S3 bucket (`dvcs3`); every other kind goes through the
file system that DVC configures.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.deadline import DEADLINE, within_deadline
from mergegate.read.dvcfail import own_disk_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mergegate.read.dvccache import Config

T = TypeVar("T")
_SLOWEST = 250_000
"""Bytes per second of an upload that still counts as progress: a part is sent without a sign of life."""
_PART = 64_000_000


class Remote(Protocol):
    """Files below one address, by key (`files/md5/ab/cdef`)."""

    @property
    def where(self) -> str:
        """The address, for messages."""

    def get(self, key: str, to: Path) -> bool:
        """Brings a file to `to`; False where the remote has none."""

    def put(self, source: Path, key: str) -> None:
        """Sends a file; what stood there is replaced whole or not at all."""

    def size(self, key: str) -> int | None:
        """Bytes of a file; None where there is none."""

    def names(self, prefix: str) -> list[str]:
        """The names directly below a prefix, newest first where the remote tells, else sorted."""


@dataclass(frozen=True, slots=True)
class FolderRemote:
    """A folder on this machine or on a mounted disk."""

    base: Path

    @property
    def where(self) -> str:
        """See `Remote.where`."""
        return str(self.base)

    def get(self, key: str, to: Path) -> bool:
        """See `Remote.get`."""
        with self._said(key), own_disk_words(str(to)):
            try:
                shutil.copyfile(self.base / key, to)
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def put(self, source: Path, key: str) -> None:
        """See `Remote.put`."""
        target = self.base / key
        part = self.base / f".{target.parent.name}{target.name}.{os.getpid()}.part"
        with self._said(key):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(source, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        """See `Remote.size`."""
        with self._said(key):
            try:
                return (self.base / key).stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                return None

    def names(self, prefix: str) -> list[str]:
        """See `Remote.names`."""
        with self._said(prefix):
            try:
                found = [entry for entry in (self.base / prefix).iterdir() if not entry.name.startswith(".")]
            except (FileNotFoundError, NotADirectoryError):
                return []
            return [entry.name for entry in sorted(found, key=lambda e: (-e.stat().st_mtime_ns, e.name))]

    def _said(self, key: str) -> _Said:
        return _Said(f"{self.base}/{key}")


class _Said:
    """Turns an operating system's error into one that says where and what to do."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise SurroundingsError(
                f"the remote failed: {error.strerror or error}",
                where=self.where,
                do="make the folder readable (and writable, to publish) and leave room on its disk",
            ) from None


class NetworkRemote:
    """Any other remote, through DVC's file system, each call on a thread that is left behind when it hangs."""

    def __init__(self, fs: Any, base: str, address: str, deadline: float = DEADLINE) -> None:
        self.fs = fs
        self.base = base.rstrip("/")
        self.address = address
        self.deadline = deadline

    @property
    def where(self) -> str:
        """See `Remote.where`."""
        return self.address

    def get(self, key: str, to: Path) -> bool:
        """See `Remote.get`."""

        def fetch(beat: Callable[[], None]) -> bool:
            with own_disk_words(str(to)):
                try:
                    self.fs.get_file(self._at(key), str(to), callback=_callback(beat))
                except FileNotFoundError:
                    return False
                return True

        return self._within(f"reading {key}", fetch)

    def put(self, source: Path, key: str) -> None:
        """See `Remote.put`."""

        def send(beat: Callable[[], None]) -> None:
            if not getattr(self.fs, "PARAM_CHECKSUM", "") or self.fs.protocol in {"ssh", "sftp"}:
                self.fs.makedirs(self.fs.parent(self._at(key)), exist_ok=True)
            self.fs.put_file(str(source), self._at(key), callback=_callback(beat))

        patience = self.deadline + min(source.stat().st_size, _PART) / _SLOWEST
        within_deadline(send, f"writing {key} of the remote", self.address, patience)

    def size(self, key: str) -> int | None:
        """See `Remote.size`."""

        def ask(_: Callable[[], None]) -> int | None:
            try:
                return int(self.fs.info(self._at(key), refresh=True)["size"])
            except FileNotFoundError:
                return None

        return self._within(f"asking for {key}", ask)

    def names(self, prefix: str) -> list[str]:
        """See `Remote.names`."""

        def ask(_: Callable[[], None]) -> list[str]:
            from mergegate.read.dvcapi import files_below

            found = files_below(self.fs, self._at(prefix))
            return [name for name, _ in sorted(found, key=lambda each: (each[1], each[0]), reverse=True)]

        return self._within(f"listing {prefix}", ask)

    def _at(self, key: str) -> str:
        return f"{self.base}/{key}"

    def _within(self, what: str, act: Callable[[Callable[[], None]], T]) -> T:
        return within_deadline(act, f"{what} of the remote", self.address, self.deadline)


def _callback(beat: Callable[[], None]) -> Any:
    from fsspec.callbacks import Callback  # type: ignore[import-untyped]

    class Beats(Callback):  # type: ignore[misc]  # untyped, too
        def relative_update(self, inc: int = 1) -> None:
            beat()
            super().relative_update(inc)

    return Beats()


def open_remote(config: Config, name: str | None = None, *, deadline: float = DEADLINE) -> Remote:
    """The remote of that name, by default the default one; raises `UseError` where none is configured."""
    name = name or config.get("core", "remote")
    if not name:
        raise UseError(
            "no default remote is configured",
            where=str(config.root / ".dvc" / "config"),
            do="name one: `dvc remote add --default storage PATH-OR-ADDRESS`",
        )
    section = f'remote "{name.lower()}"'
    url = config.get(section, "url")
    if not url:
        raise UseError(f"there is no remote {name!r}", where=str(config.root / ".dvc" / "config"), do="add it there")
    folder = config.folder(section, "url")
    if folder is not None:
        return FolderRemote(folder)
    from mergegate.read.dvcs3 import is_plain, open_s3

    settings = config.values[section]
    if is_plain(settings):
        return open_s3(settings, deadline, lambda: _file_system(config, name, url)[0])
    return NetworkRemote(*_file_system(config, name, url), url, deadline)


def _file_system(config: Config, name: str, url: str) -> tuple[Any, str]:
    from mergegate.read.dvcapi import remote_file_system

    return within_deadline(lambda _: remote_file_system(config.root, name), "opening the remote", url, DEADLINE)
