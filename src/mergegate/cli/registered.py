"""Whatever is judged and was registered before has to be the registered bytes: SHA-256 beside DVC's MD5."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.facts import TableFile
from mergegate.read.releases import TagError, read_release, version_tags
from mergegate.release.bring import sha256_of
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mergegate.facts import Absent, Policy
    from mergegate.read.git import Git


def demand_as_registered(git: Git, policy: Policy, files: Iterable[TableFile | Absent]) -> None:
    """Raises `SurroundingsError` for a file with a registered file's MD5 and another SHA-256.

    Two files with one MD5 can be made; then the remote could hand the gate one and production the other.
    """
    known = _registered(git, policy)
    for file in files if known else ():
        if not isinstance(file, TableFile) or file.md5 not in known:
            continue
        sha256, version = known[file.md5]
        found = sha256_of(file.path)
        if found != sha256:
            raise SurroundingsError(
                f"{file.name} is forged: it has the MD5 of a file of {version}, whose SHA-256 was {sha256[:16]}…, "
                f"and its own is {found[:16]}…",
                where=str(file.path),
                do="nothing was judged; find out who put it into the remote or the cache, and delete it there",
            )


def _registered(git: Git, policy: Policy) -> Mapping[str, tuple[str, str]]:
    """MD5 -> (SHA-256, version) of every file of every version that can be believed."""
    found: dict[str, tuple[str, str]] = {}
    for name, model in sorted(policy.models.items()):
        for tag in version_tags(git, name) if model.release else ():
            try:
                release = read_release(git, tag)
            except TagError as error:
                print(clean(f"· {error.what}"), file=sys.stderr)
                continue
            for one in release.artefacts:
                found.setdefault(one.md5, (one.sha256, tag.name))
    return found
