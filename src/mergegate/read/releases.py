"""Reads versions and stages from git's tags, strictly: a tag without provenance is an error with its reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mergegate.errors import UseError
from mergegate.facts import Absent
from mergegate.facts.release import STAGES, Artefact, Judged, Measured, Release, Smoke, Standing
from mergegate.facts.waiver import Waiver

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from mergegate.facts.provenance import Promotion, Provenance

    M = TypeVar("M", bound=BaseModel)

from mergegate.read.git import Git

_VERSION_TAG = re.compile(r"(?P<model>[a-z][a-z0-9-]*)@(?P<version>v\d+\.\d+\.\d+)")
_STAGE_TAG = re.compile(r"(?P<model>[a-z][a-z0-9-]*)#(?P<stage>[a-z][a-z0-9-]*)#(?P<number>[1-9]\d{0,8})")
_FORMAT = "%(objecttype) %(refname:strip=2)"


class TagError(UseError):
    """A tag cannot be believed: it was not made by `mergegate register` or `promote`, or was changed since."""

    def __init__(self, tag: str, what: str) -> None:
        super().__init__(
            f"the tag {tag} is refused: {what}",
            where=f"refs/tags/{tag}",
            do=f"look at it (`git show {tag!r}`) and at who made it; tags of versions are made by `mergegate register`",
        )


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that has the form of a version or a stage."""

    name: str
    annotated: bool
    model: str
    version: str = ""
    stage: str = ""
    number: int = 0

    @property
    def order(self) -> tuple[int, ...]:
        """Sorts versions as numbers."""
        return tuple(int(part) for part in self.version[1:].split(".")) if self.version else (self.number,)


def version_tags(git: Git, model: str) -> list[Tag]:
    """The tags of a model's versions, oldest version first."""
    found = [tag for tag in _tags(git) if tag.model == model and tag.version]
    return sorted(found, key=lambda tag: tag.order)


def stage_tags(git: Git, model: str, stage: str = "") -> list[Tag]:
    """The tags of a model's stages, the first promotion first; of one stage where it is named."""
    found = [tag for tag in _tags(git) if tag.model == model and tag.stage and stage in {"", tag.stage}]
    return sorted(found, key=lambda tag: tag.number)


def models_with_tags(git: Git) -> list[str]:
    """Every model that has a version or a stage."""
    return sorted({tag.model for tag in _tags(git)})


def read_release(git: Git, tag: Tag) -> Release:
    """The version that a tag tells; raises `TagError` with the reason where it cannot be believed."""
    from mergegate.facts.provenance import Provenance

    commit, said = _message(git, tag, Provenance)
    named = (said.model, said.version, said.commit)
    if named != (tag.model, tag.version, commit):
        raise TagError(
            tag.name,
            f"its provenance names {said.model} {said.version} of commit {said.commit[:12]}, "
            f"and it stands at commit {commit[:12]}",
        )
    return _release(said)


def read_promotion(git: Git, tag: Tag) -> Promotion:
    """The promotion that a stage's tag tells; raises `TagError` with the reason where it cannot be believed."""
    from mergegate.facts.provenance import Promotion

    commit, said = _message(git, tag, Promotion)
    if (said.model, said.stage, said.commit) != (tag.model, tag.stage, commit):
        raise TagError(
            tag.name,
            f"it tells of {said.model} in {said.stage} at commit {said.commit[:12]}, "
            f"and it stands at commit {commit[:12]}",
        )
    return said


def releases(repo: Path, model: str) -> list[Release]:
    """Every registered version of a model, the oldest first; raises `TagError` for one that cannot be believed."""
    git = Git(repo)
    return [read_release(git, tag) for tag in version_tags(git, model)]


def release_named(git: Git, model: str, version: str) -> Release | None:
    """One version of a model; None where no tag has its name."""
    tags = [tag for tag in version_tags(git, model) if tag.version == version]
    return read_release(git, tags[0]) if tags else None


def in_stage(repo: Path, model: str, stage: str) -> Standing | Absent:
    """What stands in a stage by its newest tag; `Absent` where nothing was ever promoted.

    Raises `TagError` where that tag or its version cannot be believed: what ran before has to go on running.
    """
    if stage not in STAGES:
        raise UseError(f"there is no stage {stage!r}", do=f"name one of: {', '.join(STAGES)}")
    git = Git(repo)
    tags = stage_tags(git, model, stage)
    if not tags:
        return Absent(
            f"{model} in {stage}", "nothing was promoted there yet", f"`mergegate promote {model} --to {stage}`"
        )
    return standing_of(git, tags[-1])


def standing_of(git: Git, tag: Tag) -> Standing:
    """What a stage's tag puts there."""
    said = read_promotion(git, tag)
    release = release_named(git, tag.model, said.version)
    if release is None:
        raise TagError(tag.name, f"it names {tag.model}@{said.version}, and there is no such version")
    if release.commit != said.commit:
        raise TagError(tag.name, f"{tag.model}@{said.version} is of another commit ({release.commit[:12]})")
    smoke = Smoke(said.smoke.service, said.smoke.asked, said.smoke.passed) if said.smoke else None
    return Standing(tag.model, tag.stage, release, said.at, said.by, said.came_from, tag.number, smoke)


def _tags(git: Git) -> list[Tag]:
    found = []
    for line in git.line("for-each-ref", f"--format={_FORMAT}", "refs/tags").splitlines():
        kind, _, name = line.partition(" ")
        match = _VERSION_TAG.fullmatch(name) or _STAGE_TAG.fullmatch(name)
        if match:
            told = match.groupdict()
            number = int(told.get("number") or 0)
            version, stage = told.get("version") or "", told.get("stage") or ""
            found.append(Tag(name, kind == "tag", told["model"], version, stage, number))
    return found


def _message(git: Git, tag: Tag, model: type[M]) -> tuple[str, M]:
    """The commit that a tag stands at, and the JSON of its message."""
    from pydantic import ValidationError

    from mergegate.facts.provenance import MAX_BYTES

    if not tag.annotated:
        raise TagError(tag.name, "it is a plain tag, made by hand: it has no provenance")
    raw = git.ask("cat-file", "tag", f"refs/tags/{tag.name}")
    if len(raw) > 2 * MAX_BYTES:
        raise TagError(tag.name, "its message is larger than any that mergegate writes")
    body = raw.decode("utf-8", "replace").partition("\n\n")[2].partition("\n\n")[2]
    text = body[: body.rfind("}") + 1].strip()
    if not text.startswith("{"):
        raise TagError(tag.name, "its message holds no provenance")
    try:
        json.loads(text, object_pairs_hook=_once)
        return git.resolve(f"refs/tags/{tag.name}").sha, model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        raise TagError(tag.name, f"its provenance is wrong at {place or 'the top'}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise TagError(tag.name, f"its provenance is no JSON ({str(error)[:80]})") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """No object says a name twice: two readers may take two values of it."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _release(said: Provenance) -> Release:
    waiver = said.waiver
    return Release(
        model=said.model,
        version=said.version,
        commit=said.commit,
        artefacts=tuple(Artefact(**one.model_dump()) for one in said.artefacts),
        data=said.data,
        params=said.params,
        libraries=said.libraries,
        metrics=tuple(
            Measured(
                one.name, one.value, one.low, one.high, one.n, one.confidence, one.method,
                slice=(one.slice[0], one.slice[1]) if one.slice else None,
            )
            for one in said.metrics
        ),
        verdict=Judged(**said.verdict.model_dump()),
        waiver=Waiver(**{**waiver.model_dump(), "covers": tuple(waiver.covers)}) if waiver else None,
        by=said.by,
        at=said.at,
    )  # fmt: skip
