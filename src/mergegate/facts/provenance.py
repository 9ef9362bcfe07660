"""What a tag's message says, as JSON: the provenance of a version, and the record of a promotion."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from mergegate.facts.part import RepoPath

MAX_BYTES = 120_000
"""Of a tag's message: what one argument of a process may hold."""

MODEL_NAME = r"^[a-z][a-z0-9-]{0,61}[a-z0-9]$"
"""What GTO takes for the name of an artefact."""
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}(\.dir)?$")]
Version = Annotated[str, Field(pattern=r"^v(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}$")]


def _moment(text: str) -> str:
    """A day and an hour that exist."""
    dt.datetime.fromisoformat(text)
    return text


Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), AfterValidator(_moment)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=1000)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Told(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class ArtefactSaid(_Told):
    """See `mergegate.facts.release.Artefact`."""

    role: Literal["model", "golden", "code", "smoke"]
    path: RepoPath
    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]
    in_git: bool


class MeasuredSaid(_Told):
    """See `mergegate.facts.release.Measured`."""

    name: Name
    value: Finite
    low: Finite | None
    high: Finite | None
    n: Annotated[int, Field(ge=0)]
    confidence: Annotated[float, Field(gt=0, lt=1)]
    method: Name
    slice: Annotated[list[Words], Field(min_length=2, max_length=2)] | None = None


class JudgedSaid(_Told):
    """See `mergegate.facts.release.Judged`."""

    decision: Literal["merge", "unsure"]
    base: Sha
    question: Name
    policy: Sha256
    sha256: Sha256


class AcceptedSaid(_Told):
    """See `mergegate.facts.waiver.Waiver`."""

    by: Name
    role: Words
    reason: Words
    head: Sha
    at: Words
    where: Words
    covers: list[Words]


class Provenance(_Told):
    """The message of a version's tag: which code, data and params made it, how good it is, and who let it pass."""

    schema_version: Literal[1] = Field(alias="schema")
    model: Annotated[str, Field(pattern=MODEL_NAME)]
    version: Version
    commit: Sha
    artefacts: Annotated[list[ArtefactSaid], Field(min_length=1, max_length=50)]
    data: dict[Name, Md5]
    params: dict[Name, JsonValue]
    libraries: dict[Name, Name]
    metrics: list[MeasuredSaid]
    verdict: JudgedSaid
    waiver: AcceptedSaid | None
    by: Name
    at: Time

    @model_validator(mode="after")
    def _has_a_model(self) -> Provenance:
        if all(artefact.role != "model" for artefact in self.artefacts):
            raise ValueError("no artefact has the role `model`")
        return self


class SmokeSaid(_Told):
    """See `mergegate.facts.release.Smoke`."""

    service: Words
    asked: Annotated[int, Field(ge=1)]
    passed: Annotated[int, Field(ge=0)]


class Promotion(_Told):
    """The message of a stage's tag: which version came there, who brought it, when, and from where."""

    schema_version: Literal[1] = Field(alias="schema")
    model: Annotated[str, Field(pattern=MODEL_NAME)]
    version: Version
    commit: Sha
    stage: Literal["test", "prod"]
    came_from: Literal["", "test", "prod"]
    """The stage before; empty for one that came from registration."""
    rollback: bool
    """Whether it was there before."""
    smoke: SmokeSaid | None
    by: Name
    at: Time
