"""What the policy says of releases: which files a version is made of, and what may go to production."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mergegate.facts.part import Part, RepoPath


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
    intended_use: str = ""
    """For the model card: what it is for, in a sentence or two."""
    known_limits: tuple[str, ...] = ()
    """For the model card: what it is not for, and where it is known to be weak."""
