"""`mergegate register`: a version of a model, as an annotated tag that says how it came about."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.cli.out import put
from mergegate.errors import Exit, UseError
from mergegate.facts import Action
from mergegate.facts.history import HISTORY_FILE
from mergegate.facts.provenance import MODEL_NAME
from mergegate.facts.release import Release, stamp
from mergegate.read.git import open_repository
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.read.releases import read_release, release_named, version_tags
from mergegate.release import tags
from mergegate.release.checks import chosen_data, demand_production_data
from mergegate.release.compose import artefacts_of, model_paths
from mergegate.release.gated import demand_merged, demand_not_blocked, read_gate
from mergegate.release.lineage import libraries_of, lineage_of
from mergegate.release.provenance import document, folder_of, message, written

if TYPE_CHECKING:
    from mergegate.facts import ModelPolicy
    from mergegate.facts.release import Measured
    from mergegate.facts.releasepolicy import ReleasePolicy
    from mergegate.read.git import Git

BUMPS = ("major", "minor", "patch")
_OWN = (HISTORY_FILE, "metrics/releases/")
"""What recording and registering themselves write: it may lie there uncommitted."""


@dataclass(frozen=True, slots=True)
class RegisterOptions:
    """What was asked for."""

    model: str
    bump: str | None = None
    version: str | None = None
    verdict: Path = Path("report/verdict.json")
    json: bool = False


def register(start: Path, options: RegisterOptions) -> Exit:
    """Register HEAD as a version, share the tag with `origin`, write its record and model card; say what was done."""
    git = open_repository(start)
    commit = git.resolve("HEAD").sha
    model, policy = release_policy(git, commit, options.model)
    tags.fetch(git, policy.production)
    before = _registered(git, options, commit)
    if before is not None:
        return _told(git, before, policy, options, new=False)
    _demand_clean(git)
    demand_merged(git, commit, policy.production)
    gate = read_gate(start / options.verdict, git, commit, unsure=policy.unsure == "register")
    demand_not_blocked(git, commit, options.model, commit)
    _demand_run(git)
    by = tags.who(git)
    lineage = lineage_of(git, commit, model_paths(model, policy))
    data = chosen_data(lineage.data, policy.data)
    demand_production_data(git, commit, data, policy.production)
    release = Release(
        model=options.model,
        version=_next_version(git, options),
        commit=commit,
        artefacts=artefacts_of(git, commit, model, policy),
        data=data,
        params=lineage.params,
        libraries=libraries_of(git, commit, [policy.libraries] if policy.libraries else lineage.pinned),
        metrics=measured_at(git, commit, model),
        verdict=gate.judged,
        waiver=gate.waiver,
        by=by.shown,
        at=stamp(dt.datetime.now(dt.UTC)),
    )
    name = tags.register(
        git, options.model, release.version, commit, message(_sentence(release), document(release)), by
    )
    tags.share(git, (name,), lambda tag: f"{tag} is there already")
    return _told(git, release, policy, options, new=True)


def release_policy(git: Git, commit: str, name: str) -> tuple[ModelPolicy, ReleasePolicy]:
    """What the policy at a commit says of a model and its releases; raises `UseError` where it says nothing."""
    content = git.show(commit, POLICY_FILE)
    if content is None:
        raise UseError(f"there is no {POLICY_FILE} at commit {commit[:12]}", where=str(git.root), do="commit one")
    models = parse_policy(content, where=f"{POLICY_FILE} at {commit[:12]}").models
    if name not in models:
        raise UseError(f"there is no model {name!r}", where=POLICY_FILE, do=f"name one of: {', '.join(sorted(models))}")
    if not re.fullmatch(MODEL_NAME, name):
        raise UseError(
            f"{name!r} cannot stand in the name of a tag",
            where=POLICY_FILE,
            do="call the model by two or more lower-case letters, digits and hyphens, a letter first",
        )
    model = models[name]
    if model.release is None:
        raise UseError(
            f"the policy says nothing of releases of {name}",
            where=POLICY_FILE,
            do="say in `release` which files a version is made of: docs/policy.md",
        )
    return model, model.release


def _registered(git: Git, options: RegisterOptions, commit: str) -> Release | None:
    """The version that stands at this commit already."""
    for tag in version_tags(git, options.model):
        if git.resolve(f"refs/tags/{tag.name}").sha == commit:
            release = read_release(git, tag)
            if options.version and _spelled(options.version) != release.version:
                raise UseError(
                    f"commit {commit[:12]} is {options.model} {release.version} already",
                    where=f"refs/tags/{tag.name}",
                    do="a commit has one version: leave `--version` out, or register another commit",
                )
            return release
    return None


def _demand_clean(git: Git) -> None:
    said = git.ask("status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules").decode()
    dirty = [entry[3:] for entry in said.split("\0") if entry and not entry[3:].startswith(_OWN)]
    if dirty:
        raise UseError(
            f"the working tree has changes that are in no commit: {', '.join(dirty[:5])}",
            where=str(git.root),
            do="commit them through a pull request, or put them aside (`git stash`): a version is a commit",
        )


def _demand_run(git: Git) -> None:
    """What dvc.lock says must be what this commit's code, params and data give."""
    from mergegate.rerun.plan import make_plan

    plan = make_plan(git.root)
    stale = [one.name for one in plan.stages if one.action in {Action.RUN, Action.RESTORE, Action.MAY_RUN}]
    if stale:
        raise UseError(
            f"dvc.lock is stale: {', '.join(stale[:8])} would have to run",
            where=str(git.root / "dvc.lock"),
            do="`mergegate run --push`, commit dvc.lock, and register the commit that has it",
        )


def _next_version(git: Git, options: RegisterOptions) -> str:
    known = [tag.order for tag in version_tags(git, options.model)]
    if options.version:
        version = _spelled(options.version)
        order = _order(version)
        if release_named(git, options.model, version) is not None:
            raise UseError(
                f"{options.model} {version} is another commit already", do="leave `--version` out, or name a higher one"
            )
        if known and order < max(known):
            newest = ".".join(map(str, max(known)))
            raise UseError(f"{options.model} is at v{newest} already, and versions only rise", do="name a higher one")
        return version
    if not known:
        return "v1.0.0"
    place = BUMPS.index(options.bump or "minor")
    last = max(known)
    return "v" + ".".join(str(part + (n == place) if n <= place else 0) for n, part in enumerate(last))


def _order(version: str) -> tuple[int, ...]:
    """Its three numbers; raises `UseError` where it has not exactly three, as people write them."""
    if not re.fullmatch(r"v(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}", version):
        raise UseError(f"{version[:60]!r} is no version", do="name three numbers: --version 1.2.0")
    return tuple(int(part) for part in version[1:].split("."))


def _spelled(version: str) -> str:
    return version if version.startswith("v") else f"v{version}"


def measured_at(git: Git, commit: str, model: ModelPolicy) -> tuple[Measured, ...]:
    """The metrics of the policy on the released predictions, computed here from their rows."""
    from mergegate.read.objects import Objects, outputs_of
    from mergegate.read.tables import pair
    from mergegate.release.measure import measures

    out = outputs_of(git.root, commit).get(model.holdout)
    if out is None:
        raise UseError(f"no stage of dvc.lock writes {model.holdout}", where=POLICY_FILE, do="correct `holdout`")
    path = Objects(git.root).need(out.content, remote=out.remote, name=model.holdout)
    return tuple(measures(model, pair(path, path, model)))


def _sentence(release: Release) -> str:
    first = next((one for one in release.metrics if one.slice is None), None)
    good = f", {first.name} {first.value:.3f}" if first else ""
    accepted = f", accepted by {release.waiver.by}" if release.waiver else ""
    return f"Register {release.model} {release.version}: verdict {release.verdict.decision}{accepted}{good}."


def _told(git: Git, release: Release, policy: ReleasePolicy, options: RegisterOptions, *, new: bool) -> Exit:
    """Write the record and the card where they are not there yet, and say what was done."""
    from mergegate.report.modelcard import model_card

    folder = git.root / folder_of(release.model, release.version)
    files = {"provenance.json": written(document(release)) + "\n", "MODEL_CARD.md": model_card(release, policy)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if not (folder / name).is_file():
            put(folder / name, text)
    tag = f"{release.model}@{release.version}"
    if options.json:
        print(json.dumps({"tag": tag, "new": new, **document(release)}, indent=1, sort_keys=True))
        return Exit.FINE
    done = "registered" if new else "was registered before, nothing was changed"
    print(f"{tag} {done}: commit {release.commit[:12]}, SHA-256 {release.digest[:16]}…")
    print(f"· {folder.relative_to(git.root)}/: provenance.json, MODEL_CARD.md", file=sys.stderr)
    return Exit.FINE
