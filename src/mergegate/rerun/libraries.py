"""Names the library behind a changed lock of versions: "scikit-learn 1.8 is now 1.9" says more than two hashes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.facts.changes import Kind
from mergegate.facts.plan import Reason
from mergegate.read.changes import kind_of, pins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.plan import Plan
    from mergegate.read.git import Git

_LARGEST = 1_000_000
_COMMITS = 50


def with_libraries(plan: Plan, git: Git) -> Plan:
    """The plan, in which each changed file that pins versions is followed by the libraries that it pins otherwise.

    What the lock of the stage meant by a hash is looked for in the last commits that touched the file.
    """
    known: dict[tuple[str, str], tuple[Reason, ...]] = {}

    def told(reason: Reason) -> tuple[Reason, ...]:
        if reason.kind != "file" or kind_of(reason.name) is not Kind.LIBRARIES:
            return (reason,)
        key = (reason.name, reason.before)
        if key not in known:
            known[key] = tuple(_libraries(reason, git))
        return (reason, *known[key])

    stages = (
        replace(one, reasons=tuple(more for reason in one.reasons for more in told(reason))) for one in plan.stages
    )
    return replace(plan, stages=tuple(stages))


def _libraries(reason: Reason, git: Git) -> Iterator[Reason]:
    path = git.root / reason.name
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _LARGEST:
        return
    now = pins(path.read_bytes())
    was = pins(_as_it_was(reason, git)) if now else {}
    for name in sorted(was.keys() | now.keys()) if was else ():
        if was.get(name) != now.get(name):
            yield Reason("library", name, was.get(name, ""), now.get(name, ""))


def _as_it_was(reason: Reason, git: Git) -> bytes:
    """The bytes of that hash that git knows under that path; none where it does not."""
    commits = git.line("log", f"-{_COMMITS}", "--format=%H", "--", reason.name).split()
    names = [f"{commit}:./{reason.name}" for commit in commits]
    for content in git.objects(names) if names else ():
        if content is not None and hashlib.md5(content, usedforsecurity=False).hexdigest() == reason.before:
            return content
    return b""
