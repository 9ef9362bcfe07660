"""Where DVC's metadata lies: in the working tree, or at a git revision without checking it out."""

from __future__ import annotations

import os
import posixpath
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.git import Git, check_ordinary

_METADATA = (":(glob)**/dvc.yaml", ":(glob)**/*.dvc")


class Files(Protocol):
    """Reads small files by their path, which is relative to the DVC root and written with slashes."""

    @property
    def where(self) -> str:
        """How a message names this place."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""

    def is_dir(self, path: str) -> bool:
        """Whether a folder stands there."""

    def metadata(self) -> tuple[str, ...]:
        """All `dvc.yaml` and `*.dvc` files, sorted, without those that git or DVC ignores."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files on this disk."""

    root: Path

    @property
    def where(self) -> str:
        """See `Files.where`."""
        return str(self.root)

    def read(self, path: str) -> bytes | None:
        """See `Files.read`."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except IsADirectoryError:
            raise UseError(f"{path} is a folder, and a file is wanted", where=str(self.root / path)) from None

    def is_dir(self, path: str) -> bool:
        """See `Files.is_dir`."""
        return (self.root / path).is_dir()

    def metadata(self) -> tuple[str, ...]:
        """See `Files.metadata`."""
        names = self._listed()
        if names is None:
            names = list(self._walked())
        found = sorted({name for name in names if name != ".dvc" and (self.root / name).is_file()})
        return tuple(found if not has_dvcignore(self.root) else without_ignored(self.root, found))

    def _listed(self) -> list[str] | None:
        done = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_METADATA],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return None if done.returncode else [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]

    def _walked(self) -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in {".git", ".dvc", ".venv", "node_modules"}]
            here = Path(folder).relative_to(self.root).as_posix()
            found += [posixpath.normpath(f"{here}/{n}") for n in names if n == "dvc.yaml" or n.endswith(".dvc")]
        return found


@dataclass(slots=True)
class GitTree:
    """The files of a commit; `root` is the DVC root in a working tree of the same repository."""

    root: Path
    sha: str
    _entries: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    _bytes: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def where(self) -> str:
        """See `Files.where`."""
        return f"{self.root} at {self.sha[:12]}"

    def read(self, path: str) -> bytes | None:
        """See `Files.read`."""
        entry = self._listed().get(path)
        if entry is None:
            return None
        check_ordinary(entry[0], path, self.sha)
        if path not in self._bytes:
            self._fetch([path])
        return self._bytes[path]

    def is_dir(self, path: str) -> bool:
        """See `Files.is_dir`."""
        prefix = "" if path in {"", "."} else f"{path}/"
        return any(name.startswith(prefix) for name in self._listed())

    def metadata(self) -> tuple[str, ...]:
        """See `Files.metadata`."""
        wanted = [path for path in self._listed() if _is_metadata(path) or posixpath.basename(path) == "dvc.lock"]
        self._fetch([path for path in wanted if self._entries[path][0].startswith("100")])
        return tuple(sorted(path for path in wanted if _is_metadata(path)))

    def _listed(self) -> dict[str, tuple[str, str]]:
        if not self._entries:
            self._entries = Git(self.root).listing(self.sha)
        return self._entries

    def _fetch(self, paths: list[str]) -> None:
        """Reads many files in one process: git takes longer to start than to answer."""
        found = Git(self.root).objects([self._entries[path][1] for path in paths])
        for path, data in zip(paths, found, strict=True):
            if data is None:
                raise SurroundingsError(
                    f"git has lost {path} of {self.sha[:12]}", where=str(self.root), do="fetch again, or `git fsck`"
                )
            self._bytes[path] = data


def _is_metadata(path: str) -> bool:
    return posixpath.basename(path) == "dvc.yaml" or path.endswith(".dvc")


def has_dvcignore(root: Path) -> bool:
    """Whether a `.dvcignore` at the root says anything; then DVC's own filter has to be asked."""
    try:
        lines = (root / ".dvcignore").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SurroundingsError(f"cannot read .dvcignore: {error.strerror}", where=str(root)) from None
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def without_ignored(root: Path, paths: list[str]) -> list[str]:
    """Those of `paths` (relative to `root`) that `.dvcignore` does not name."""
    from mergegate.read.dvcapi import ignore_filter

    ignored = ignore_filter(root)
    return [path for path in paths if not ignored(root / path)]
