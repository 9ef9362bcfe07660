"""The hash that DVC would give what stands on this disk, remembered by (size, time, inode) between commands."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.read.dvcproject import Content
from mergegate.read.dvctree import has_dvcignore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_YOUNG = 2.0
"""Seconds: a file changed this recently may change again within one tick of its time stamp."""
_MEMORABLE = 65_536
"""Bytes: hashing anything smaller is quicker than remembering it."""


class Disk:
    """Hashes below one DVC root. `close` writes what was learned."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ignored = None
        if has_dvcignore(root):
            from mergegate.read.dvcapi import ignore_filter

            self._ignored = ignore_filter(root)
        self._memory = _Memory(root / ".dvc" / "tmp" / "mergegate" / "hashes.sqlite")

    def exists(self, path: str) -> bool:
        """Whether anything stands there."""
        return (self.root / path).exists()

    def content(self, path: str, *, legacy: bool = False) -> Content | None:
        """The content of a file or folder; None where nothing stands there."""
        where = self.root / path
        try:
            info = where.stat()
            if stat.S_ISDIR(info.st_mode):
                return self._folder(where, legacy=legacy)
            return self._file(where, info, legacy=legacy)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SurroundingsError(f"cannot read {path}: {error.strerror}", where=str(where)) from None

    def listing(self, path: str, *, legacy: bool = False) -> dict[str, Content]:
        """Every file below a folder, by its path relative to it."""
        where = self.root / path
        return {
            file.relative_to(where).as_posix(): self._file(file, file.stat(), legacy=legacy)
            for file in self._below(where)
        }

    def close(self) -> None:
        """Keeps what was hashed for the next command."""
        self._memory.close()

    def _folder(self, where: Path, *, legacy: bool) -> Content:
        return folder_content(self.listing(str(where), legacy=legacy), legacy=legacy)

    def _below(self, where: Path) -> Iterator[Path]:
        for folder, folders, names in os.walk(where, followlinks=True):
            here = Path(folder)
            if self._ignored is not None:
                folders[:] = [name for name in folders if not self._ignored(here / name)]
            for path in (here / name for name in names):
                if path.exists() and not (self._ignored is not None and self._ignored(path)):
                    yield path

    def _file(self, where: Path, info: os.stat_result, *, legacy: bool) -> Content:
        known = Content(md5="", size=info.st_size, executable=bool(info.st_mode & 0o111), legacy=legacy)
        if legacy:
            from mergegate.read.dvcapi import md5_of_text

            return replace(known, md5=md5_of_text(where))
        if info.st_size < _MEMORABLE:
            return replace(known, md5=md5_of(where))
        md5 = self._memory.get(where, info)
        if md5 is None:
            md5 = md5_of(where)
            self._memory.put(where, info, md5)
        return replace(known, md5=md5)


def md5_of(path: Path) -> str:
    """The md5 of a file's bytes, 32 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5).hexdigest()


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)


def folder_bytes(listing: Mapping[str, Content]) -> bytes:
    """The bytes of the object by which DVC stores a folder's listing."""
    entries = [{"md5": listing[name].md5, "relpath": name} for name in sorted(listing)]
    return json.dumps(entries, sort_keys=True).encode()


def folder_content(listing: Mapping[str, Content], *, legacy: bool = False) -> Content:
    """The content of a folder with these files."""
    digest = hashlib.md5(folder_bytes(listing), usedforsecurity=False).hexdigest()
    size = sum(content.size for content in listing.values())
    return Content(md5=f"{digest}.dir", size=size, files=len(listing), legacy=legacy)


class _Memory:
    """A small table of hashes. Whatever is wrong with it, it is only forgotten, never believed beyond its key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fresh: dict[str, tuple[str, str]] = {}
        self._base: sqlite3.Connection | None = None

    def get(self, where: Path, info: os.stat_result) -> str | None:
        try:
            row = self._open(create=False)
            found = row and row.execute("select mark, md5 from hashes where path = ?", (str(where),)).fetchone()
        except sqlite3.Error:
            return None
        return str(found[1]) if found and found[0] == _mark(info) else None

    def put(self, where: Path, info: os.stat_result, md5: str) -> None:
        if time.time() - info.st_mtime > _YOUNG:
            self._fresh[str(where)] = (_mark(info), md5)

    def close(self) -> None:
        try:
            if self._fresh:
                base = self._open(create=True)
                if base is not None:
                    rows = [(path, mark, md5) for path, (mark, md5) in self._fresh.items()]
                    base.executemany("insert or replace into hashes values (?, ?, ?)", rows)
                    base.commit()
            if self._base is not None:
                self._base.close()
        except (sqlite3.Error, OSError):
            pass  # a memory that cannot be written costs time only
        self._fresh, self._base = {}, None

    def _open(self, *, create: bool) -> sqlite3.Connection | None:
        if self._base is None and (create or self._path.exists()):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self._path, timeout=1.0)
            self._base.execute("create table if not exists hashes (path text primary key, mark text, md5 text)")
        return self._base


def _mark(info: os.stat_result) -> str:
    return f"{info.st_size}:{info.st_mtime_ns}:{info.st_ctime_ns}:{info.st_ino}"
