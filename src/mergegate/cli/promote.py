"""`mergegate promote`: a registered version to test, to production, and back."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.cli.register import measured_at, release_policy
from mergegate.errors import Exit, UseError
from mergegate.facts import Absent
from mergegate.facts.provenance import Promotion
from mergegate.facts.release import STAGES, Release, Smoke, Standing, stamp
from mergegate.read.git import open_repository
from mergegate.read.releases import (
    in_stage,
    models_with_tags,
    read_promotion,
    release_named,
    stage_tags,
    version_tags,
)
from mergegate.release import tags
from mergegate.release.bring import bring
from mergegate.release.checks import demand_releasable, untrue
from mergegate.release.compose import model_paths, named_artefacts
from mergegate.release.gated import production_tip
from mergegate.release.lineage import libraries_of, lineage_of
from mergegate.release.provenance import message

if TYPE_CHECKING:
    from mergegate.facts import ModelPolicy
    from mergegate.facts.releasepolicy import ReleasePolicy, SmokePolicy
    from mergegate.read.git import Git


_SAME = 1e-6
"""Metrics that differ by less are the same: machines add up in different orders."""


@dataclass(frozen=True, slots=True)
class PromoteOptions:
    """What was asked for."""

    model: str
    to: str
    version: str | None = None
    service: str | None = None
    json: bool = False


def promote(start: Path, options: PromoteOptions) -> Exit:
    """Check everything, then move the stage by one more tag and share it; nothing is changed where it is refused."""
    if options.to not in STAGES:
        raise UseError(f"there is no stage {options.to!r}", do=f"name one of: {', '.join(STAGES)}")
    git = open_repository(start)
    branch = _branch(git, options.model)
    tags.fetch(git, branch)
    model, policy = release_policy(git, production_tip(git, branch), options.model)
    release = _wanted(git, options)
    before = in_stage(git.root, options.model, options.to)
    if isinstance(before, Standing) and before.release.version == release.version:
        raise UseError(
            f"{options.model} {release.version} is in {options.to} already, since {before.since}",
            where=f"refs/tags/{options.model}#{options.to}#{before.number}",
            do="nothing was changed",
        )
    rollback = isinstance(before, Standing) and _goes_back(git, before, release)
    if options.to == "prod" and not rollback:
        _demand_tested(git, release)
    _demand_whole(git, release)
    demand_releasable(git, release, policy)
    if not rollback:
        _demand_measured(git, release)
    smoke = None
    if options.to == "prod" and not rollback:
        smoke = _smoke(git, release, model, policy, options.service)
    said = _record(release, options, rollback=rollback, smoke=smoke, by=tags.who(git).shown)
    tag = _tagged(git, release, options, said)
    return _told(release, before, options, tag, rollback=rollback)


def _branch(git: Git, model: str) -> str:
    """The production branch, as the policy that is checked out names it; what else it says is read from there."""
    return release_policy(git, git.resolve("HEAD").sha, model)[1].production


def _wanted(git: Git, options: PromoteOptions) -> Release:
    known = version_tags(git, options.model)
    if not known:
        models = ", ".join(models_with_tags(git)) or "none"
        raise UseError(
            f"no version of {options.model} is registered (registered models: {models})",
            where=str(git.root),
            do=f"`mergegate register {options.model}` on a commit of main that was let through",
        )
    if options.version:
        version = options.version if options.version.startswith("v") else f"v{options.version}"
        release = release_named(git, options.model, version)
    elif options.to == "prod":
        tested = in_stage(git.root, options.model, "test")
        if isinstance(tested, Absent):
            raise UseError(
                f"nothing of {options.model} is in test", do=f"`mergegate promote {options.model} --to test` first"
            )
        return tested.release
    else:
        version = known[-1].version
        release = release_named(git, options.model, version)
    if release is None:
        raise UseError(
            f"{options.model} {version} was never registered",
            do=f"name one of: {', '.join(tag.version for tag in known[-10:])}",
        )
    if git.tried("rev-parse", "--verify", "--quiet", f"refs/tags/{options.model}@{version}!")[0]:
        raise UseError(f"{options.model} {version} was taken back", where=f"refs/tags/{options.model}@{version}!")
    return release


def _goes_back(git: Git, before: Standing, release: Release) -> bool:
    """Whether an older version, which was in that stage before, comes back: it is not asked again."""
    older = _order(release) < _order(before.release)
    there = (read_promotion(git, tag).version for tag in stage_tags(git, release.model, before.stage))
    return older and release.version in there


def _order(release: Release) -> tuple[int, ...]:
    return tuple(int(part) for part in release.version[1:].split("."))


def _demand_tested(git: Git, release: Release) -> None:
    tested = in_stage(git.root, release.model, "test")
    if isinstance(tested, Absent) or tested.release.version != release.version:
        there = "nothing" if isinstance(tested, Absent) else tested.release.version
        raise UseError(
            f"{release.model} {release.version} is not in test ({there} is)",
            do=f"`mergegate promote {release.model} --to test --version {release.version}`, and let it be used there",
        )


def _demand_whole(git: Git, release: Release) -> None:
    """The tag leaves out and adds nothing of what the policy of its commit puts into a version."""
    model, policy = release_policy(git, release.commit, release.model)
    wanted, told = list(named_artefacts(model, policy)), [(one.role, one.path) for one in release.artefacts]
    if wanted != told:
        differ = ", ".join(sorted({path for _, path in {*wanted} ^ {*told}})) or "a file twice"
        raise untrue(release, f"its files are not those that gate.yaml of its commit names ({differ[:200]})")
    files = (
        [policy.libraries] if policy.libraries else lineage_of(git, release.commit, model_paths(model, policy)).pinned
    )
    if files and dict(release.libraries) != libraries_of(git, release.commit, files):
        raise untrue(release, f"the libraries that it names are not those of commit {release.commit[:12]}")


def _demand_measured(git: Git, release: Release) -> None:
    """The metrics that a tag claims are those of its own predictions; a rollback does not wait for that."""
    found = {(one.name, one.slice): one.value for one in measured_at(git, release.commit, _model_then(git, release))}
    missing = {name for name, part in found if part is None} - {
        one.name for one in release.metrics if one.slice is None
    }
    if missing:
        raise untrue(release, f"it says nothing of {', '.join(sorted(missing))}")
    for told in release.metrics:
        value = found.get((told.name, told.slice))
        if value is None or abs(value - told.value) > _SAME * max(1.0, abs(value)):
            where = f" of {told.slice[0]}={told.slice[1]}" if told.slice else ""
            given = "none" if value is None else f"{value:.4g}"
            raise untrue(release, f"it claims {told.name}{where} {told.value:.4g}, and its predictions give {given}")


def _model_then(git: Git, release: Release) -> ModelPolicy:
    """What the policy of that commit asked of the model."""
    return release_policy(git, release.commit, release.model)[0]


def _smoke(git: Git, release: Release, model: ModelPolicy, policy: ReleasePolicy, service: str | None) -> Smoke:
    """What the running service of test answers; raises where it does not answer rightly."""
    from mergegate.release.smoke import ask, questions_of

    smoke = _asked(git, release, model, policy.smoke)
    if smoke is None:
        raise UseError(
            f"the policy has no questions for the service of {release.model}",
            where="gate.yaml",
            do="name them in `release.smoke`: what goes to production was asked in test",
        )
    if service is None:
        raise UseError(
            "to production goes what was asked in test: which service is that?",
            do="name its address: --service http://127.0.0.1:8000",
        )
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        files = {
            one.path: bring(git.root, one, release.commit, Path(folder))
            for one in release.artefacts
            if one.path in {smoke.questions, smoke.answers}
        }
        missing = {smoke.questions, smoke.answers} - files.keys()
        if missing:
            raise UseError(
                f"{release.model} {release.version} was registered without {', '.join(sorted(missing))}",
                do="register a newer commit: its files are fixed when it is registered",
            )
        questions = questions_of(smoke, model, files[smoke.questions], files[smoke.answers])
    return ask(service, smoke.path or f"/v1/{release.model}", smoke.answer, release, questions)


def _asked(git: Git, release: Release, model: ModelPolicy, smoke: SmokePolicy | None) -> SmokePolicy | None:
    """What the policy asks, with the fields of the released card where it names none."""
    if smoke is None or smoke.fields or model.criteria is None:
        return smoke
    from mergegate.read.card import parse_card

    content = git.show(release.commit, model.criteria.card)
    if content is None:
        raise UseError(
            f"{release.model} {release.version} has no {model.criteria.card}, whose inputs are to be asked",
            do="name `fields` in `release.smoke`",
        )
    fields = parse_card(content, where=f"{model.criteria.card} at {release.commit[:12]}").card.features
    return smoke.model_copy(update={"fields": tuple(fields)})


def _record(
    release: Release, options: PromoteOptions, *, rollback: bool, smoke: Smoke | None, by: str
) -> dict[str, object]:
    return {
        "schema": 1,
        "model": release.model,
        "version": release.version,
        "commit": release.commit,
        "stage": options.to,
        "came_from": "test" if options.to == "prod" and not rollback else "",
        "rollback": rollback,
        "smoke": asdict(smoke) if smoke else None,
        "by": by,
        "at": stamp(dt.datetime.now(dt.UTC)),
    }


def _tagged(git: Git, release: Release, options: PromoteOptions, said: dict[str, object]) -> str:
    """Make and share the stage's tag; its version's tag goes with it, or neither does."""
    words = "Roll back" if said["rollback"] else "Promote"
    sentence = f"{words} {release.model} {release.version} {'in' if said['rollback'] else 'to'} {options.to}."
    by = tags.who(git)
    tag = tags.assign(git, release.model, release.version, options.to, message(sentence, said, Promotion), by)

    def winner(name: str) -> str:
        every = {one.name: one for one in stage_tags(git, release.model, options.to)}
        if name not in every:
            return f"origin has {name} already"
        won = read_promotion(git, every[name])
        return f"{won.by} promoted {won.model} {won.version} to {won.stage} at {won.at} ({name})"

    tags.share(git, (f"{release.model}@{release.version}", tag), winner)
    return tag


def _told(release: Release, before: Standing | Absent, options: PromoteOptions, tag: str, *, rollback: bool) -> Exit:
    was = before.release.version if isinstance(before, Standing) else None
    if options.json:
        told = {"tag": tag, "model": release.model, "version": release.version, "stage": options.to, "before": was}
        print(json.dumps({**told, "commit": release.commit, "digest": release.digest, "rollback": rollback}))
        return Exit.FINE
    how = " (rolled back)" if rollback else ""
    print(f"{release.model} {release.version} is in {options.to}{how}; before: {was or 'nothing'}; tag {tag}")
    return Exit.FINE
