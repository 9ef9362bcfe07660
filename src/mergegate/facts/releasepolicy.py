"""What the policy says of releases: which files a version is made of, and what may go to production."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mergegate.facts.part import Part, RepoPath


class SmokePolicy(Part):
    """The questions that the service of `test` has to answer before a version goes to production."""

    questions: RepoPath
    """The table of questions (CSV or Parquet), tracked by DVC: an id and the fields."""
    answers: RepoPath
    """The released table with the answers to them: id and prediction, and the label of those that must pass."""
    fields: tuple[str, ...] = ()
    """The columns that are sent. Absent: those that the card of `criteria` has rules for, in the released version."""
    answer: Annotated[str, Field(min_length=1)]
    """The name of the answer in what the service sends back."""
    must_pass: str | None = None
    """The column of `answers` that is true for those that are asked, and whose label must be answered. Absent: rows
    drawn by the hash of their id, and what was predicted must be answered."""
    most: Annotated[int, Field(ge=1, le=1000)] = 100
    """So many are asked."""
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_-]*$")] | None = None
    """Where the service answers; absent: `/v1/MODEL`."""


class ReleasePolicy(Part):
    """What `mergegate register` and `mergegate promote` need to know of a model."""

    artefacts: tuple[RepoPath, ...] = ()
    """The files that decide, the main one first. Absent: the model of `reevaluate`."""
    code: tuple[RepoPath, ...] = ()
    """Files in git that a service runs: the code that is generated from a card."""
    golden: tuple[RepoPath, ...] = ()
    """Tables with answers that a service has to give again before it is ready."""
    data: tuple[RepoPath, ...] = ()
    """The tracked files or folders that it is trained from. Absent: all that the stages before it read."""
    production: Annotated[str, Field(min_length=1, max_length=200)] = "main"
    """The branch whose data is the production data set, and which a version has to be on."""
    libraries: RepoPath | None = None
    """A file of pinned requirements in git, as the stage that trains depends on. Absent: every requirements file that
    the stages before it depend on."""
    smoke: SmokePolicy | None = None
    """What the service of `test` is asked before production; absent: nothing can go to production but by a rollback."""
    unsure: Literal["refuse", "register"] = "refuse"
    """Whether a commit can be registered whose verdict is `unsure`, where the policy lets that pass."""
    intended_use: str = ""
    """For the model card: what it is for, in a sentence or two."""
    known_limits: tuple[str, ...] = ()
    """For the model card: what it is not for, and where it is known to be weak."""
