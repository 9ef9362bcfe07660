"""What an untrusted job hands to the trusted one: a strict schema, because its author may be hostile."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(pattern=r"^(tables|models)/[0-9]{1,3}\.(parquet|csv|npz|safetensors|bin)$")]
Scalar = bool | int | Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=2_000)] | None

MANIFEST = "evidence.json"
MAX_MANIFEST_BYTES = 4_000_000
MAX_FILES = 100
MAX_FILE_BYTES = 2_000_000_000
MAX_TOTAL_BYTES = 4_000_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class HandedFile(_Part):
    """One file of the hand-over."""

    name: Name
    """Where it lies inside the folder: a fixed form, so that no name can point anywhere else."""
    path: Text
    """The path in the repository that it is evidence for, as the policy names it."""
    md5: Md5
    size: Annotated[int, Field(ge=0, le=MAX_FILE_BYTES)]


class HandedStage(_Part):
    """What happened to one stage."""

    name: Text
    outcome: Literal["ran", "restored", "unchanged", "skipped", "scheduled"]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    peak_bytes: Annotated[int, Field(ge=0)] = 0


class HandedPlan(_Part):
    """One stage of the plan that was made before the run."""

    name: Text
    action: Text
    reasons: Annotated[list[tuple[Text, Text, Text, Text]], Field(max_length=200)] = []
    upstream: Annotated[list[Text], Field(max_length=200)] = []


class HandedFailure(_Part):
    """Why there is no evidence: the run failed."""

    what: Annotated[str, Field(max_length=10_000)]
    where: Annotated[str, Field(max_length=2_000)] = ""
    do: Annotated[str, Field(max_length=2_000)] = ""


class Handover(_Part):
    """`evidence.json`. Every claim in it is the pull request's own."""

    schema_version: Literal[1]
    base: Sha
    head: Sha
    policy_digest: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    files: Annotated[list[HandedFile], Field(max_length=MAX_FILES)] = []
    same: Annotated[dict[Text, Md5], Field(max_length=MAX_FILES)] = {}
    """Tables that are base's own, by path: not copied, as the judge has them, too."""
    params: Annotated[dict[Text, Scalar], Field(max_length=5_000)] = {}
    metrics: Annotated[dict[Text, Scalar], Field(max_length=5_000)] = {}
    stages: Annotated[list[HandedStage], Field(max_length=5_000)] = []
    plan: Annotated[list[HandedPlan], Field(max_length=5_000)] = []
    pulled: Annotated[int, Field(ge=0)] = 0
    pulled_bytes: Annotated[int, Field(ge=0)] = 0
    failed: HandedFailure | None = None
