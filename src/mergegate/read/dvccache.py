"""DVC's cache on this disk: where an object lies, and whether it is what its name says."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvchash import md5_of
from mergegate.read.dvcproject import Content

if TYPE_CHECKING:
    from collections.abc import Mapping

_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


@dataclass(frozen=True, slots=True)
class Config:
    """`.dvc/config` and `.dvc/config.local`, with the user's and the machine's below them."""

    root: Path
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def get(self, section: str, key: str, default: str = "") -> str:
        """One setting, as text."""
        return self.values.get(section, {}).get(key, default)

    def folder(self, section: str, key: str) -> Path | None:
        """A setting that is a path on this disk; None where it is not set or is an address."""
        value = self.get(section, key)
        if not value or re.match(r"(?!file:)\w[\w+.-]*://", value):
            return None
        return Path(value.removeprefix("file://")).expanduser()


def load_config(root: Path) -> Config:
    """Reads DVC's settings without DVC; paths in them become absolute."""
    merged: dict[str, dict[str, str]] = {}
    for path in (*_outer_configs(), root / ".dvc" / "config", root / ".dvc" / "config.local"):
        try:
            text = path.read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise UseError(f"cannot read DVC's settings: {error}", where=str(path), do="mend that file") from None
        for section, values in _sections(text, path).items():
            merged.setdefault(section, {}).update(values)
    return Config(root=root, values=merged)


def _outer_configs() -> tuple[Path, ...]:
    home = Path(os.environ.get("DVC_GLOBAL_CONFIG_DIR") or Path("~/.config/dvc").expanduser())
    if "DVC_GLOBAL_CONFIG_DIR" not in os.environ and os.environ.get("XDG_CONFIG_HOME"):
        home = Path(os.environ["XDG_CONFIG_HOME"]) / "dvc"
    system = Path(os.environ.get("DVC_SYSTEM_CONFIG_DIR") or "/etc/xdg/dvc")
    return system / "config", home / "config"


def _sections(text: str, path: Path) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1].strip().strip("'").lower(), {})
        elif "=" in line:
            key, value = line.split("=", 1)
            current[key.strip().lower()] = _absolute(key.strip().lower(), value.strip().strip("'\""), path)
        else:
            raise UseError(f"line {number} of DVC's settings is no setting", where=f"{path}:{number}", do="correct it")
    return sections


def _absolute(key: str, value: str, path: Path) -> str:
    if key not in {"url", "dir"} or "://" in value or value.startswith("~"):
        return value
    return os.path.abspath(path.parent / value)  # noqa: PTH100 - `..` is folded without following links, as DVC does


@dataclass(frozen=True, slots=True)
class Cache:
    """Objects by hash. A path is handed out only after the bytes below it were hashed again."""

    base: Path

    def path(self, content: Content) -> Path:
        """Where the object lies, or would lie."""
        return self.base / object_key(content)

    def has(self, content: Content) -> bool:
        """Whether something lies there (not whether it is right)."""
        return self.path(content).is_file()

    def verified(self, content: Content) -> Path | None:
        """The path of the object after checking its hash; None where there is none."""
        path = self.path(content)
        try:
            found = md5_of(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SurroundingsError(f"cannot read the cache: {error.strerror}", where=str(path)) from None
        if not same_hash(path, found, content):
            raise SurroundingsError(
                f"the cache holds a wrong object: {content.md5} hashes to {found}",
                where=str(path),
                do="delete that file; the right one is brought again from the remote",
            )
        return path

    def listing(self, content: Content) -> dict[str, Content] | None:
        """The files of a folder; None where the cache does not hold its listing."""
        path = self.verified(content)
        return None if path is None else parse_listing(path.read_bytes(), content, str(path))


def same_hash(path: Path, found: str, content: Content) -> bool:
    """Whether bytes with md5 `found` are the object; a hash of DVC 2 counts line ends as LF."""
    wanted = content.md5.removesuffix(".dir")
    if found == wanted:
        return True
    if not content.legacy or content.is_dir:
        return False
    from mergegate.read.dvcapi import md5_of_text

    return md5_of_text(path) == wanted


def object_key(content: Content) -> str:
    """The object's place relative to the cache or the remote."""
    if not _MD5.fullmatch(content.md5):
        raise UseError(f"{content.md5!r} is no object name", do="restore dvc.lock and the .dvc files from git")
    folder = "" if content.legacy else "files/md5/"
    return f"{folder}{content.md5[:2]}/{content.md5[2:]}"


def parse_listing(data: bytes, content: Content, where: str) -> dict[str, Content]:
    """The files that a `.dir` object names; raises `SurroundingsError` where its bytes are not what its name says."""
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    broken = SurroundingsError(
        f"the listing {content.md5} of a folder is not what its name says",
        where=where,
        do="delete it there and publish it again from a machine that has it: `dvc push`",
    )
    if digest != content.md5.removesuffix(".dir"):
        raise broken
    try:
        entries = json.loads(data)
        return {
            _safe(str(entry["relpath"]), where): Content(md5=str(entry["md5"]), legacy=content.legacy)
            for entry in entries
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        raise broken from None


def _safe(path: str, where: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise SurroundingsError(f"a folder's listing names a path outside it: {path}", where=where)
    return path


def open_cache(config: Config) -> Cache:
    """The cache of a repository, wherever `cache.dir` puts it."""
    return Cache(config.folder("cache", "dir") or config.root / ".dvc" / "cache")
