"""Where DVC's metadata lies: in the working tree, or at a git revision without checking it out."""

from __future__ import annotations

import os
import posixpath
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.git import Git

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


@dataclass(frozen=True, slots=True)
class GitTree:
    """The files of a commit; `root` is the DVC root in a working tree of the same repository."""

    root: Path
    sha: str

    @property
    def where(self) -> str:
        """See `Files.where`."""
        return f"{self.root} at {self.sha[:12]}"

    def read(self, path: str) -> bytes | None:
        """See `Files.read`."""
        return self._git.show(self.sha, f"./{path}")

    def is_dir(self, path: str) -> bool:
        """See `Files.is_dir`."""
        listed = self._git.ask("ls-tree", "-z", self.sha, "--", f"./{path}")
        return listed.split(b" ")[1:2] == [b"tree"]

    def metadata(self) -> tuple[str, ...]:
        """See `Files.metadata`."""
        listed = self._git.ask("ls-tree", "-r", "-z", "--name-only", self.sha, "--", ".").split(b"\0")
        names = [os.fsdecode(name) for name in listed if name]
        return tuple(sorted(name for name in names if posixpath.basename(name) == "dvc.yaml" or name.endswith(".dvc")))

    @property
    def _git(self) -> Git:
        return Git(self.root)


def dvc_root(start: Path) -> Path:
    """The folder with `.dvc` that `start` lies in; raises `UseError` where there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / ".dvc").is_dir():
            return folder
    raise UseError("this folder is in no DVC repository", where=str(start), do="run `dvc init` at its top first")


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
