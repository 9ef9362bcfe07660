"""An owner's acceptance of what got worse: as the judge's job found it, and as the verdict tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
"""What a person may do in a repository on GitHub, the least first."""

LABEL = "mergegate: accept"
"""The label, and the words that the comment with the reason begins with."""
MAX_WAIVER_BYTES = 20_000

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,100}(\[bot\])?$")]


class Acceptance(BaseModel):
    """What `.github/scripts/acceptance.py` found on the pull request: who accepts, why, and for which commit.

    The judge's job writes it from what GitHub's API says; nothing in it comes from a file of the pull request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1]
    head: Sha | Literal[""] = ""
    """The pull request's head commit that is judged; empty where there is no pull request."""
    asked: bool = False
    """Whether the label is on the pull request."""
    missing: Annotated[str, Field(max_length=500)] = ""
    """What an acceptance lacks, in words; empty where nothing is lacking but the policy's consent."""
    author: Login = ""
    """Who opened the pull request."""
    by: Login = ""
    """Who put the label and wrote the reason."""
    role: Role = "none"
    reason: Annotated[str, Field(max_length=500)] = ""
    at: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$")] = ""
    """When the reason was written (UTC)."""
    where: Annotated[str, Field(max_length=300, pattern=r"^(https://\S+)?$")] = ""
    """The address of the comment with the reason."""

    @model_validator(mode="after")
    def _complete(self) -> Acceptance:
        if self.asked and not self.missing and not all((self.head, self.author, self.by, self.reason)):
            raise ValueError("an acceptance names the commit, the author, who accepts and the reason")
        return self


@dataclass(frozen=True, slots=True)
class Waiver:
    """An acceptance that is in force, with what it covers."""

    by: str
    role: str
    reason: str
    head: str
    """The commit that was accepted, and no other."""
    at: str
    where: str
    covers: tuple[str, ...]
    """The findings that no longer decide: `MG301 intent accuracy`."""
