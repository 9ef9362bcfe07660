"""What every part of the policy is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _inside(path: str) -> str:
    """Refuse a path that could leave the repository."""
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ".." in parts or not path or "\0" in path:
        raise ValueError("must be a path inside the repository, with forward slashes and without `..`")
    return path


RepoPath = Annotated[str, AfterValidator(_inside)]


class Part(BaseModel):
    """The base of every part of the policy: nothing unknown, nothing mutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
