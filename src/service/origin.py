"""Where a version comes from: the tag of a stage, or a revision of the repository."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts import Absent
from mergegate.facts.release import stamp
from mergegate.read.git import Git
from mergegate.read.objects import Objects, outputs_of
from mergegate.read.releases import in_stage
from mergegate.release.bring import bring
from service import answers
from service.board import Served, Version

if TYPE_CHECKING:
    from mergegate.facts.release import Release
    from service.settings import Settings

UNRELEASED = "unreleased"
FILES: dict[str, tuple[tuple[str, str], ...]] = {
    "intent": (
        ("model", "models/intent/model.npz"),
        ("golden", "predictions/intent/holdout.parquet"),
        ("golden", "work/intent/holdout.parquet"),
    ),
    "loan": (
        ("model", "criteria/loan.yaml"),
        ("code", "criteria/generated/loan.py"),
        ("golden", "predictions/loan/holdout.parquet"),
        ("golden", "work/loan/holdout.parquet"),
    ),
}
"""What is served of a revision that nobody registered: a release lists its files itself."""


def now() -> str:
    """The time, as the tags have it."""
    return stamp(dt.datetime.now(dt.UTC))


@dataclass(frozen=True, slots=True)
class Target:
    """The version that should be served, and its files."""

    version: Version
    release: Release | None
    """None for a revision."""


def wanted(settings: Settings, model: str) -> Target | Absent:
    """What should be served of a model; raises `MergegateError` where the tag cannot be believed."""
    if settings.stage:
        standing = in_stage(settings.repo, model, settings.stage)
        if not isinstance(standing, Absent):
            found = standing.release
            version = Version(
                model, found.version, found.digest, found.commit, standing.since, standing.stage, standing.number
            )
            return Target(version, found)
        if not settings.revision and not settings.here:
            return standing
    if settings.here:
        return Target(_of_tree(settings.repo, model), None)
    commit = Git(settings.repo).resolve(settings.revision).sha
    return Target(Version(model, UNRELEASED, "", commit, now()), None)


def _of_tree(repo: Path, model: str) -> Version:
    """What lies in the working tree. Its commit is called dirty where a file is another than there, as git does."""
    git, outs = Git(repo), outputs_of(repo, "")
    paths = [path for _, path in FILES[model]]
    known = [(outs[path].md5 if path in outs else _sha256(repo / path)) for path in paths]
    same, _ = git.tried("diff", "--quiet", "HEAD")
    commit = git.resolve("HEAD").sha + ("" if same else "-dirty")
    return Version(model, UNRELEASED, "", commit, now(), state=" ".join(known))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def load(repo: Path, target: Target) -> Served:
    """The version, brought, verified, loaded and proven; raises `MergegateError` where any of it fails."""
    version = target.version
    with tempfile.TemporaryDirectory(prefix="service-") as folder:
        into = Path(folder)
        roles = _released(repo, target.release, into) if target.release else _of_revision(repo, version, into)
        files = answers.of_roles(roles)
        if not target.release:
            version = _with_digest(version, files.model)
        loaded = answers.load(version.model, files)
        return Served(version, loaded, loaded.prove(files))


def _released(repo: Path, release: Release, into: Path) -> list[tuple[str, Path]]:
    return [(each.role, bring(repo, each, release.commit, into)) for each in release.artefacts]


def _of_revision(repo: Path, version: Version, into: Path) -> list[tuple[str, Path]]:
    """Of what nobody registered: from git, or from DVC's cache or remote, verified by DVC's own hash."""
    revision = "" if version.state else version.commit
    outs, objects = outputs_of(repo, revision), Objects(repo)
    found = []
    for role, path in FILES[version.model]:
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        out = outs.get(path)
        if out is not None and out.cached:
            target = objects.need(out.content, remote=out.remote, name=path)
        else:
            content = _content(repo, revision, path)
            if content is None:
                raise UseError(
                    f"{path} is not there at {version.commit[:12]}",
                    where=str(repo),
                    do="commit what `dvc repro` makes",
                )
            target.write_bytes(content)
        found.append((role, target))
    return found


def _content(repo: Path, revision: str, path: str) -> bytes | None:
    if revision:
        return Git(repo).show(revision, path)
    return (repo / path).read_bytes() if (repo / path).is_file() else None


def _with_digest(version: Version, path: Path) -> Version:
    return replace(version, digest=_sha256(path))
