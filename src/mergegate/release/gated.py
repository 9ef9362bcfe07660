"""Was this commit let through? Its verdict, its place on main, and what main's history says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError
from mergegate.facts.history import HISTORY_FILE
from mergegate.facts.release import Judged
from mergegate.facts.waiver import Waiver
from mergegate.release.tags import has_origin

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.read.git import Git

_MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Gate:
    """What the verdict says that is kept."""

    judged: Judged
    waiver: Waiver | None


def production_tip(git: Git, branch: str) -> str:
    """The newest commit of a branch: as `origin` has it where there is an `origin`, else the local one."""
    name = f"refs/remotes/origin/{branch}" if has_origin(git) else f"refs/heads/{branch}"
    return git.resolve(name).sha


def demand_merged(git: Git, commit: str, branch: str) -> None:
    """Raises `UseError` where a commit is not on a branch's history."""
    if git.merge_base(commit, production_tip(git, branch)) != commit:
        if git.shallow:
            raise UseError(
                f"this shallow clone does not say whether commit {commit[:12]} is on {branch}",
                where=str(git.root),
                do="fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` with actions/checkout",
            )
        raise UseError(
            f"commit {commit[:12]} is not on {branch}: only what was merged can be released",
            where=str(git.root),
            do=f"merge it through a pull request, and release the commit on {branch}",
        )


def read_gate(path: Path, git: Git, commit: str, *, unsure: bool) -> Gate:
    """What verdict.json says of a commit; raises `UseError` where it says nothing of it, or not that it may merge.

    `unsure`: whether a verdict that cannot tell is enough, where the policy lets it pass.
    """
    content = _content(path)
    told = _parsed(content, path)
    head, base = str(told["head"]["sha"]), str(told["base"]["sha"])
    if head != commit:
        raise _refused(path, f"the verdict is of commit {head[:12]}, and {commit[:12]} is to be registered")
    if told["head"]["dirty"]:
        raise _refused(path, f"the verdict is of a working tree that differed from commit {commit[:12]}")
    if base == commit or git.merge_base(base, commit) != base:
        raise _refused(path, f"the verdict compares with {base[:12]}, which commit {commit[:12]} does not build on")
    waiver = _waiver(told["waiver"])
    decision = str(told["decision"])
    # What an owner accepted is a merge. A block with a waiver has something in it that nobody can accept.
    passes = decision == "merge" or (unsure and decision == "unsure" and told["unsure_passes"])
    if not passes:
        raise _refused(path, f"the verdict on commit {commit[:12]} was {decision}, and only what may merge is released")
    policy = str(told["policy"]["digest"])
    return Gate(Judged(decision, base, str(told["question"]), policy, hashlib.sha256(content).hexdigest()), waiver)


def demand_not_blocked(git: Git, commit: str, model: str, tip: str) -> None:
    """Raises `UseError` where main's history says that the last merge that changed this model was blocked.

    A later commit that changed nothing must not bring in what was blocked.
    """
    content = git.show(tip, HISTORY_FILE) or b""
    own = git.root / HISTORY_FILE
    if own.is_file() and not own.is_symlink():  # the line of this very merge is written down and not yet committed
        content = content.rstrip(b"\n") + b"\n" + own.read_bytes()
    last: dict[str, Any] | None = None
    for line in content.splitlines():
        told = _line(line)
        if told is not None and model in told["models"] and git.merge_base(told["sha"], commit) == told["sha"]:
            last = told
    found = last or {}
    if found.get("decision") == "block":
        raise UseError(
            f"the last merge that changed {model}, {str(found['sha'])[:12]}, was blocked: {commit[:12]} builds on it",
            where=HISTORY_FILE,
            do="mend or revert it through a pull request, and register the merge of that",
        )


def _line(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line) if line.strip() else None
    except (ValueError, RecursionError):
        return None  # `parse_history` of the gate itself refuses such a line
    if not isinstance(told, dict) or not isinstance(told.get("models"), dict):
        return None
    return told if _is_sha(told.get("sha")) else None


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise UseError(
            "there is no verdict on this commit",
            where=str(path),
            do="`mergegate check --base HEAD^` writes it; name another file with --verdict",
        )
    if path.stat().st_size > _MAX_BYTES:
        raise _refused(path, f"it is larger than {_MAX_BYTES:,} bytes")
    return path.read_bytes()


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    """The verdict, with the keys that are read here; what else stands there is told to nobody."""
    try:
        told = json.loads(content)
        right = (
            told["schema"] == 1
            and told["decision"] in {"merge", "block", "unsure"}
            and isinstance(told["unsure_passes"], bool)
            and isinstance(told["head"]["dirty"], bool)
            and all(_is_sha(told[side]["sha"]) for side in ("base", "head"))
            and isinstance(told["question"], str)
            and isinstance(told["policy"]["digest"], str)
            and isinstance(told["findings"], list)
        )
        _ = told["waiver"]
    except (ValueError, RecursionError, KeyError, TypeError):
        right = False
    if not right:
        raise _refused(path, "it is not what `mergegate check` writes")
    found: dict[str, Any] = told
    return found


def _is_sha(text: object) -> bool:
    return isinstance(text, str) and len(text) == 40 and set(text) <= set("0123456789abcdef")


def _waiver(told: Any) -> Waiver | None:
    if not isinstance(told, dict):
        return None
    by, role, reason, head, at, where = (
        str(told.get(name, "")) for name in ("by", "role", "reason", "head", "at", "where")
    )
    return Waiver(by, role, reason, head, at, where, tuple(str(one) for one in told.get("covers") or ()))


def _refused(path: Path, what: str) -> UseError:
    return UseError(
        what,
        where=str(path),
        do="run `mergegate check` on this very commit, on a clean working tree, and name its file",
    )
