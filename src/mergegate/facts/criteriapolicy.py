"""What the policy asks of criteria: a points card that people read, and the code that is generated from it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from mergegate.facts.part import NonNegative, Part, Rate, RepoPath


class CrossfitPolicy(Part):
    """Training rows, each scored by a card and by a ceiling that were made without it."""

    rows: RepoPath
    """The table: id and, of each repeat n from 0 on, `card<n>`, the points, and `ceiling<n>`."""
    stage: str
    """The stage of dvc.yaml that writes it; the judge runs base's own again, with head's params."""


class CriteriaPolicy(Part):
    """A points card, committed as YAML, that decides instead of the model."""

    card: RepoPath
    """The card: docs/criteria.md says what stands in it."""
    rows: RepoPath
    """The table of held-out applicants: id, label, each feature of the card, and the columns of `audit`."""
    train: RepoPath | None = None
    """The table that the card was made from, with the same columns: what covers each bin, and more rows for proxies."""
    generated: tuple[RepoPath, ...] = ()
    """The files that are generated from the card; each says `card sha256:...` in its head."""
    stage: str | None = None
    """The stage of dvc.yaml that generates them from the card; base's own is run again on head's card."""
    audit: tuple[str, ...] = ()
    """Columns that are 0 or 1 and that no card may use: who belongs to which group of people."""
    leaks: tuple[str, ...] = ()
    """Columns that are known only after the decision: no card may use them."""
    leak: Annotated[float, Field(gt=0.5, le=1)] = 0.95
    """The AUC at which one feature alone tells the label so well that it was hardly known before the decision."""
    ceiling: str | None = None
    """The column of the predictions with the probability that an unrestricted model gives the positive class."""
    gap: NonNegative = 0.02
    """So far below the ceiling's AUC may the card's lie."""
    crossfit: CrossfitPolicy | None = None
    """More rows for the gap: the training rows, cross-fitted. Absent: it is judged on the held-out rows alone."""
    max_flips: Rate | None = None
    """The share of base's held-out rows that may be decided otherwise than by base's card. Absent: it informs."""
    min_rows: Annotated[int, Field(ge=0)] = 20
    """So many training rows must cover each bin."""
    max_rules: Annotated[int, Field(ge=1)] = 12
    """So many rules may the card have."""
    proxy: Annotated[float, Field(gt=0.5, le=1)] | None = 0.7
    """The AUC from which on a feature alone, or all together, stand in for an audit column. `null`: it informs."""
    group_margin: NonNegative | None = 0.0
    """So far may a group's approval ratio fall and its share of false denials rise; proven more blocks. `null`: it
    informs."""

    @model_validator(mode="after")
    def _what_is_generated_has_files(self) -> CriteriaPolicy:
        if self.stage and not self.generated:
            raise ValueError("`stage` generates the files of `generated`: name them")
        return self

    @model_validator(mode="after")
    def _what_is_crossed_has_labels(self) -> CriteriaPolicy:
        if self.crossfit and not self.train:
            raise ValueError("the rows of `crossfit` are labelled by the training table: name it, `train`")
        return self

    @model_validator(mode="after")
    def _audit_and_leaks_are_apart(self) -> CriteriaPolicy:
        both = sorted(set(self.audit) & set(self.leaks))
        if both:
            raise ValueError(f"{', '.join(both)} is both in `audit` and in `leaks`")
        return self
