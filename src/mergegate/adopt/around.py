"""What the files around the policy depend on: the default branch, owners, the remote, the hook's place."""

from __future__ import annotations

import os
import posixpath
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.adoption import Surroundings
from mergegate.read.dvccache import load_config
from mergegate.read.owners import PLACES
from mergegate.read.policy import POLICY_FILE

if TYPE_CHECKING:
    from mergegate.adopt.content import Now
    from mergegate.read.git import Git

_INPUTS = ("requirements.txt", "requirements.in", "pyproject.toml", "setup.py")
_NO_REMOTE = (
    "DVC has no default remote, so CI cannot bring what DVC keeps: `dvc remote add --default storage URL` "
    "(docs/remotes.md). Metrics in git need none."
)
NOBODY = "@YOUR-ORGANISATION/YOUR-TEAM"
"""Stands in CODEOWNERS until somebody says who is asked."""
WRITTEN = "# Written by `mergegate init`"
"""How a workflow of ours begins."""
_FOLDER = re.compile(r"[\w./-]*")
_OWNER = re.compile(r"@[\w.-]+(?:/[\w.-]+)?|[^\s@#\\]+@[\w.-]+", re.ASCII)
_LOGIN = re.compile(r"(?:\d+\+)?([A-Za-z0-9-]+)@users\.noreply\.github\.com")


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out, and what only a person can say."""

    around: Surroundings
    ask: tuple[str, ...]
    """What is left to a person, each a sentence."""


def look_around(now: Now, version: str, owner: str = "") -> Known:
    """Reads git and DVC's settings; nothing is guessed about people that git or CODEOWNERS does not say."""
    git = now.git
    branch = _branch(git)
    storage, about_remote = _storage(git)
    owner, about_owner = (owner, []) if owner else _owner(git)
    return Known(
        Surroundings(
            branch=branch,
            python=f"3.{min(max(sys.version_info.minor, 11), 13)}",
            version=version,
            storage=storage,
            kept=_kept(now),
            owner=owner,
            folder=git.prefix.rstrip("/"),
            inputs=tuple(name for name in _INPUTS if (git.root / name).is_file())[:1],
        ),
        (*about_remote, *about_owner),
    )


def _branch(git: Git) -> str:
    """The default branch: what origin says, main, master, or the one that is checked out."""
    for name in ("refs/remotes/origin/HEAD", "HEAD"):
        try:
            found = git.line("symbolic-ref", "--quiet", "--short", name).removeprefix("origin/")
        except SurroundingsError:
            continue
        if name != "HEAD":
            return found
        branches = git.line("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
        return next((one for one in ("main", "master") if one in branches), found)
    return "main"


def _storage(git: Git) -> tuple[str, list[str]]:
    """The remote's folder where it lies in the repository, and what is to be said about any other."""
    config = load_config(git.root)
    name = config.get("core", "remote")
    if not name:
        return "", [_NO_REMOTE]
    folder = config.folder(f'remote "{name}"', "url")
    said = []
    if config.get(f'remote "{name}"', "verify").lower() not in {"true", "1", "yes", "on"}:
        said.append(f"DVC believes the remote unseen: `dvc remote modify {name} verify true`")
    if folder is None:
        return "", [
            *said,
            f"CI needs to read the remote {name}, and main to write it: docs/remotes.md says how, without keys",
        ]
    place = Path(os.path.normpath(folder))
    if place.is_relative_to(git.top):
        return place.relative_to(git.top).as_posix(), said
    return "", [*said, f"the remote {name} is a folder outside of the repository: CI needs one that it can reach"]


def _owner(git: Git) -> tuple[str, list[str]]:
    """Who owns everything already, or the gate; else nobody, and whom git's log suggests."""
    for place in PLACES:
        file = git.top / place
        if file.is_file():
            rules = [line.partition("#")[0].split() for line in file.read_text("utf-8", "replace").splitlines()]
            gate = f"/{git.from_top(POLICY_FILE)}"
            every = [rule[1:] for rule in rules if rule and rule[0] in {"*", "/", "/**", gate} and len(rule) > 1]
            if every and every[-1] != [NOBODY]:
                return " ".join(every[-1]), []
    people = Counter(git.line("log", "-500", "--no-merges", "--format=%aN <%aE>").splitlines())
    who = people.most_common(1)[0][0] if people else "nobody"
    login = _LOGIN.search(who)
    name = f"@{login[1]} ({who})" if login else who
    return "", [f"who owns the gate? `--owner @TEAM`, or edit .github/CODEOWNERS; most commits are by {name}"]


def _kept(now: Now) -> tuple[str, ...]:
    """What a run on main may change in git."""
    locks = {posixpath.join(posixpath.dirname(stage.file), "dvc.lock") for stage in now.project.stages}
    outs = {out.path for stage in now.project.stages for out in stage.outs if not out.cache and out.path}
    named = (path for path in outs if "\n" not in path and "${{" not in path)
    return (*sorted(locks), *sorted(named), "metrics/history.jsonl")


def demand_plain(folder: str, owner: str) -> None:
    """Raises `UseError` for what would be something else in a workflow or in CODEOWNERS than it is here."""
    if not _FOLDER.fullmatch(folder):
        raise UseError(
            "the name of the DVC project's folder has signs that workflows and CODEOWNERS read otherwise",
            where=folder,
            do="call it by letters, digits, dots, dashes and underscores, and call init again",
        )
    strange = [one for one in re.split(r"[ ,]+", owner) if one and not _OWNER.fullmatch(one)]
    if strange or (owner and not owner.strip()):
        raise UseError(
            f"{strange[0] if strange else owner!r} is no owner as CODEOWNERS writes it",
            where="--owner",
            do="name accounts and teams: `--owner @acme/ml`, more of them separated by spaces",
        )


def hook_place(git: Git) -> tuple[str, str]:
    """Where git looks for `pre-push`, as seen from git's top, and why none is written; one of the two is empty."""
    if (git.top / ".pre-commit-config.yaml").is_file():
        return "", "pre-commit looks after the hooks here: docs/adopt.md has the lines for .pre-commit-config.yaml"
    try:
        other = git.line("config", "--local", "--get", "core.hooksPath")
    except SurroundingsError:
        other = ""
    if other:
        return "", f"hooks lie in {other}: add `mergegate plan --check` to its pre-push"
    common = Path(git.root, git.line("rev-parse", "--git-common-dir"))
    return os.path.relpath(common / "hooks" / "pre-push", git.top).replace(os.sep, "/"), ""


_WHERE = re.compile(r"^    working-directory: (\S+)$", re.MULTILINE)
JUDGE = ".github/workflows/mergegate-judge.yml"


def judged_already(top: Path, folder: str) -> str:
    """Why no workflows are written: those that are there judge another DVC project; empty where none do."""
    try:
        text = (top / JUDGE).read_text("utf-8", "replace")
    except OSError:
        return ""
    found = _WHERE.search(text)
    other = found[1] if found else ""
    if other == folder or not text.startswith(WRITTEN):
        return ""
    return (
        f"CI judges the DVC project in {other or 'the top'}: a commit has one check `mergegate`, so that one project "
        "of a repository is judged there; `mergegate check` judges this one on your machine"
    )
