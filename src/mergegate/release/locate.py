"""Finds what DVC tracks at a commit, a file inside a tracked folder too, and downloads it from the remote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.read.dvccache import object_key, same_hash
from mergegate.read.dvchash import md5_of
from mergegate.read.objects import Objects, outputs_of

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.read.dvcproject import Content


@dataclass(frozen=True, slots=True)
class Located:
    """A file or folder that DVC tracks at a commit."""

    path: str
    content: Content
    remote: str | None
    """The remote that it is bound to, where it is not the default one."""


def locate(repo: Path, commit: str, path: str) -> Located | None:
    """What stands at `path` at a commit, by hash; None where nothing there is in DVC's cache and remote.

    For a file inside a tracked folder the folder's listing is brought, verified.
    """
    outs = outputs_of(repo, commit)
    exact = outs.get(path)
    if exact is not None:
        return Located(path, exact.content, exact.remote) if exact.cached else None
    for out in outs.values():
        if out.cached and out.content.is_dir and path.startswith(f"{out.path}/"):
            listing = Objects(repo).listing(out.content, remote=out.remote, name=out.path) or {}
            inner = listing.get(path.removeprefix(f"{out.path}/"))
            return Located(path, inner, out.remote) if inner else None
    return None


def download(repo: Path, found: Located, part: Path) -> tuple[str, bool]:
    """Bring the object to `part`, from the remote and from nowhere else: (its address, whether its MD5 is right).

    Raises `UseError` where the remote has none.
    """
    remote = Objects(repo).remote(found.remote)
    where = f"{remote.where}/{object_key(found.content)}"
    if not remote.get(object_key(found.content), part):
        raise UseError(
            f"{found.path} is gone: the remote has no object {found.content.md5}",
            where=where,
            do="publish it from a machine that has it (`dvc push`, `mergegate run --push`), or take another version",
        )
    return where, same_hash(part, md5_of(part), found.content)
