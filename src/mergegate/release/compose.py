"""Puts together what is known of a version: its files with their hashes, from the bytes that are in the remote now."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.release import Artefact
from mergegate.release.bring import sha256_of
from mergegate.release.locate import download, locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.policy import ModelPolicy
    from mergegate.facts.release import Role
    from mergegate.facts.releasepolicy import ReleasePolicy
    from mergegate.read.git import Git


def model_paths(model: ModelPolicy, release: ReleasePolicy) -> tuple[str, ...]:
    """The files that decide; raises `UseError` where the policy names none."""
    if release.artefacts:
        return release.artefacts
    if model.reevaluate:
        return (model.reevaluate.model,)
    raise UseError(
        "the policy does not say which file is the model",
        where="gate.yaml",
        do="name it in `release: {artefacts: [PATH]}` or in `reevaluate`",
    )


def artefacts_of(git: Git, commit: str, model: ModelPolicy, release: ReleasePolicy) -> tuple[Artefact, ...]:
    """Every released file with the hashes of its bytes; raises `UseError` for one that is nowhere."""
    return tuple(artefact(git, commit, role, path) for role, path in named_artefacts(model, release))


def artefact(git: Git, commit: str, role: Role, path: str) -> Artefact:
    """One released file as the remote, or git, has it; raises `UseError` where it is nowhere or wrong."""
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        part = Path(folder) / "part"
        found = locate(git.root, commit, path)
        if found is not None:
            where, right = download(git.root, found, part)
            if not right:
                raise SurroundingsError(
                    f"the remote holds a wrong object for {path}: it does not hash to {found.content.md5}",
                    where=where,
                    do="delete it there and publish it again from a machine that has the right one",
                )
            return Artefact(role, path, found.content.md5, sha256_of(part), part.stat().st_size, in_git=False)
    content = git.show(commit, path)
    if content is None:
        raise UseError(
            f"{path} is neither tracked by DVC nor in git at commit {commit[:12]}",
            where="gate.yaml",
            do="correct `release` in the policy, or let a stage write the file",
        )
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Artefact(role, path, md5, hashlib.sha256(content).hexdigest(), len(content), in_git=True)


def named_artefacts(model: ModelPolicy, release: ReleasePolicy) -> Iterator[tuple[Role, str]]:
    """Role and path of each file that the policy puts into a version, in the order of its provenance."""
    yield from (("model", path) for path in model_paths(model, release))
    yield from (("code", path) for path in release.code)
    yield from (("golden", path) for path in release.golden)
    asked = (release.smoke.questions, release.smoke.answers) if release.smoke else ()
    yield from (("smoke", path) for path in dict.fromkeys(asked) if path not in release.golden)
