"""Makes tags through GTO and shares them with `origin`, all or none; who comes second loses and is told to whom."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.git import complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from mergegate.read.git import Git


@dataclass(frozen=True, slots=True)
class Who:
    """Who makes a tag."""

    name: str
    email: str
    """Both empty where git knows better."""
    shown: str


def who(git: Git) -> Who:
    """The actor of a GitHub workflow, or else git's own user; raises `UseError` where there is neither."""
    actor = os.environ.get("GITHUB_ACTOR", "")
    if actor:
        if not re.fullmatch(r"[A-Za-z0-9_./-]{1,100}(\[bot\])?", actor):
            raise UseError("GITHUB_ACTOR is no name of somebody at GitHub", where="the environment", do="unset it")
        return Who(actor, f"{actor}@users.noreply.github.com", actor)
    done, said = git.tried("var", "GIT_COMMITTER_IDENT")
    if not done:
        raise UseError(
            "git does not know who you are, and a release says who made it",
            where=str(git.root),
            do="`git config user.name NAME` and `git config user.email ADDRESS`",
        )
    return Who("", "", said.rpartition("<")[0].strip())


def has_origin(git: Git) -> bool:
    """Whether tags are shared with others."""
    return "origin" in git.line("remote").split()


def fetch(git: Git, branch: str) -> None:
    """Bring the tags and the branch of `origin`; raises `UseError` where a tag was moved, here or there."""
    if not has_origin(git):
        return
    refs = [f"+refs/heads/{branch}:refs/remotes/origin/{branch}", "refs/tags/*:refs/tags/*"]
    done, said = git.tried("fetch", "--no-write-fetch-head", "origin", *refs)  # quietly it would not name a moved tag
    if not done and "clobber" in said:
        moved = next(line.strip() for line in said.splitlines() if "clobber" in line)
        raise UseError(
            f"a tag here is another than in origin: {moved}",
            where=str(git.root),
            do="tags of releases never move: delete the one here (`git tag -d`) and look at who made it",
        )
    if not done:
        raise SurroundingsError(
            f"cannot fetch from origin: {complaint(said)}", where=str(git.root), do="see that origin can be reached"
        )


def register(git: Git, model: str, version: str, commit: str, message: str, by: Who) -> str:
    """Make the tag of a version; its name."""
    from gto.api import register as gto_register

    return _made(
        git, f"{model}@{version}",
        lambda: gto_register(
            str(git.root), model, commit, version=version, message=message, author=by.name or None,
            author_email=by.email or None,
        ).tag,
    )  # fmt: skip


def assign(git: Git, model: str, version: str, stage: str, message: str, by: Who) -> str:
    """Make the next tag of a stage, at the commit of a version; its name."""
    from gto.api import assign as gto_assign

    return _made(
        git, f"{model}#{stage}",
        lambda: gto_assign(
            str(git.root), model, stage, version=version, message=message, force=True, author=by.name or None,
            author_email=by.email or None,
        ).tag,
    )  # fmt: skip


def share(git: Git, tags: tuple[str, ...], told: Callable[[str], str]) -> None:
    """Push tags to `origin`, all or none; where another was quicker, take the last of them back and say who.

    `told(tag)` says in words what origin's tag of that name is, after it was fetched.
    """
    if not has_origin(git):
        return
    refs = [f"refs/tags/{tag}" for tag in tags]
    done, said = git.tried("push", "--quiet", "--atomic", "origin", *(f"{ref}:{ref}" for ref in refs))
    later = _later(git, tags[-1]) if done else ""
    if done and not later:
        return
    git.ask("tag", "-d", tags[-1])
    if done:
        git.tried("push", "--quiet", "origin", f":{refs[-1]}")
    elif "already exists" not in said:
        raise SurroundingsError(
            f"origin did not take the tag {tags[-1]}: {complaint(said)}",
            where=str(git.root),
            do="nothing was changed; see that this job may push tags, and run the command again",
        )
    ahead = later or tags[-1]
    git.tried("fetch", "--quiet", "--no-write-fetch-head", "origin", f"refs/tags/{ahead}:refs/tags/{ahead}")
    raise UseError(
        f"another was quicker: {told(ahead)}",
        where=f"refs/tags/{ahead}",
        do="nothing was changed; look at it (`mergegate show`), and run the command again if it is still wanted",
    )


def _later(git: Git, tag: str) -> str:
    """A tag of the same stage with a higher number that `origin` has by now; empty where there is none."""
    stage, _, number = tag.rpartition("#")
    if not stage:
        return ""
    lines = git.line("ls-remote", "--refs", "origin", f"refs/tags/{stage}#*").splitlines()
    names = [line.partition("refs/tags/")[2] for line in lines]
    found = {int(end): name for name in names if (end := name.rpartition("#")[2]).isdecimal()}
    highest = max(found, default=0)
    return found[highest] if highest > int(number) else ""


def _made(git: Git, tag: str, make: Callable[[], object]) -> str:
    from git.exc import GitCommandError
    from gto.exceptions import GTOException
    from scmrepo.exceptions import SCMError

    before = _named(git)
    try:
        return str(make())
    except GTOException as error:
        for name in _named(git) - before:  # it looks for some faults only after it has made the tag
            git.ask("tag", "-d", name)
        raise UseError(f"GTO refuses {tag}: {error}", where=str(git.root), do="`mergegate show --history`") from None
    except (SCMError, GitCommandError) as error:
        said = complaint(str(error))
        raise UseError(
            f"git did not make the tag {tag}: {said}", where=str(git.root), do="`mergegate show --history`, then again"
        ) from None


def _named(git: Git) -> set[str]:
    return set(git.line("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").splitlines())
