"""The part `data.holdout` of the policy: how rows are held out, and how far that is checked."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from mergegate.facts.part import Part, Rate, RepoPath


class HoldoutPolicy(Part):
    """How the rows that no training sees are chosen. Nothing is checked unless `train` and `rows` are named."""

    share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """The share of the groups that is held out."""
    key: str = "group"
    """The column whose value alone decides a row's side."""
    salt: Annotated[str, Field(pattern=r"^params\.yaml:[^:]+$")] | None = None
    """The param that salts `mergegate.split`: `params.yaml:split.salt`. Absent: rows are held out in another way."""
    train: RepoPath | None = None
    """The table of the training rows, as the pipeline writes it."""
    rows: RepoPath | None = None
    """The table of the held-out rows, before any model has answered them."""
    id: str = "id"
    text: str | None = None
    """The column with a text, compared without regard to case, punctuation and spaces."""
    content: tuple[str, ...] = ()
    """Columns that, with `text`, make two rows the same. Neither: rows are compared by their group alone."""
    similarity: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    """Texts are near-duplicates from this similarity on: Jaccard's, of their runs of three characters."""
    max_near: Rate = 0.02
    """The share of the held-out texts that a pull request may give a near-duplicate in training."""
    max_shrink: Rate = 0.05
    """The share of its rows that the holdout may lose."""

    @model_validator(mode="after")
    def _both_tables(self) -> HoldoutPolicy:
        if (self.train is None) != (self.rows is None):
            raise ValueError("`train` and `rows` belong together: name both tables, or neither")
        return self
