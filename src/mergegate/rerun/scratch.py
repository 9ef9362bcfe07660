"""A clone to work in, beside the working tree and without touching it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError

if TYPE_CHECKING:
    from collections.abc import Iterable


def clone(root: Path, sha: str, to: Path) -> Path:
    """A clone that borrows the objects of this one; returns the DVC root inside it."""
    prefix = _git(root, "rev-parse", "--show-prefix").strip()
    shared = ["clone", "--quiet", "--shared", "--no-checkout", "--no-tags", "--template=", _top(root), str(to)]
    _git(root, *shared)
    _git(to, "checkout", "--quiet", "--detach", sha)
    _git(to, "remote", "remove", "origin")
    return to / prefix


def overlay(here: Path, sha: str, files: Iterable[tuple[str, str]]) -> None:
    """Takes these files, (status letter, path as seen from `here`), as a commit has them: `D` has it not."""
    files = list(files)
    gone, there = ([path for letter, path in files if (letter == "D") is deleted] for deleted in (True, False))
    if there:
        _git(here, "checkout", "--quiet", sha, "--", *there)
    if gone:
        _git(here, "rm", "--quiet", "--force", "--ignore-unmatch", "--", *gone)


def _top(root: Path) -> str:
    return _git(root, "rev-parse", "--show-toplevel").rstrip("\n")


def _git(where: Path, *args: str) -> str:
    safe = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "advice.detachedHead=false"]
    done = subprocess.run(
        ["git", *safe, *args],
        cwd=where,
        env={
            **os.environ,
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
            "GIT_NO_REPLACE_OBJECTS": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SurroundingsError(f"git {args[0]} failed: {said}", where=str(where), do="fetch the whole history")
    return done.stdout


def make_removable(top: Path) -> None:
    """A stage may have taken the right to write from a folder, and then nobody could delete it."""
    for folder, _, _ in os.walk(top):
        Path(folder).chmod(0o700)
