"""Brings the bytes of a released file: from the remote or from git, and believes them only after hashing."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.git import Git
from mergegate.release.locate import download, locate

if TYPE_CHECKING:
    from mergegate.facts.release import Artefact


def bring(repo: Path, artefact: Artefact, commit: str, into: Path) -> Path:
    """The released file at `into / artefact.path`, whole or not at all, its MD5, SHA-256 and size verified.

    What DVC tracks comes from the remote, never from a cache: what is in production has to be there. Raises `UseError`
    where it is gone or other bytes than were registered, `SurroundingsError` where the remote or the disk fails.
    """
    target = into / artefact.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".mergegate-", dir=target.parent)
        os.close(handle)
        part = Path(name)
        try:
            where = (
                _from_git(repo, artefact, commit, part) if artefact.in_git else _download(repo, artefact, commit, part)
            )
            _check(part, artefact, where)
            part.chmod(0o644)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SurroundingsError(
            f"cannot write {artefact.path}: {error.strerror}", where=str(target), do="make room on that disk"
        ) from None
    return target


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_git(repo: Path, artefact: Artefact, commit: str, part: Path) -> str:
    content = Git(repo).show(commit, artefact.path)
    if content is None:
        raise UseError(
            f"{artefact.path} is gone: commit {commit[:12]} does not hold it",
            where=str(repo),
            do="fetch the whole history, or promote another version",
        )
    part.write_bytes(content)
    return f"{repo} at {commit[:12]}"


def _download(repo: Path, artefact: Artefact, commit: str, part: Path) -> str:
    found = locate(repo, commit, artefact.path)
    if found is None or found.content.md5 != artefact.md5:
        raise UseError(
            f"{artefact.path} is {found.content.md5 if found else 'not tracked'} at commit {commit[:12]}, "
            f"and {artefact.md5} was registered",
            where=str(repo),
            do="the tag or the history was changed: look at both, and promote another version",
        )
    where, right = download(repo, found, part)
    if not right:
        raise _changed(part, artefact, where)
    return where


def _check(part: Path, artefact: Artefact, where: str) -> None:
    if part.stat().st_size != artefact.size or sha256_of(part) != artefact.sha256:
        raise _changed(part, artefact, where)


def _changed(part: Path, artefact: Artefact, where: str) -> UseError:
    return UseError(
        f"{artefact.path} is not what was registered: SHA-256 {sha256_of(part)[:16]}…, and {artefact.sha256[:16]}… was "
        f"({part.stat().st_size:,} bytes, and {artefact.size:,} were)",
        where=where,
        do="it was not used; find out who replaced it, and publish the right one or promote another version",
    )
