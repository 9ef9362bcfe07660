"""What the policy asks of answers beside the metrics: unlabelled rows, pairs of rows, absolute limits, conjunctions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mergegate.facts.part import NonNegative, Part, Rate, RepoPath

BrokenBefore = Literal["block", "unless_better", "inform"]
"""What becomes of a limit that base breaks already, by its own value: `block`, always; `unless_better`, where head made
it no better (the default: what mends a part of it may merge, and so may what leaves all answers as they are);
`inform`, never."""


class ShadowPolicy(Part):
    """Unlabelled recent rows: how often head answers otherwise than base."""

    table: RepoPath
    list_up_to: Annotated[int, Field(ge=0, le=1000)] = 20
    """So many rows that are answered otherwise are all listed; of more, 20 drawn by the hash of their id."""
    max_rate: Rate | None = None
    """The share of rows that may be answered otherwise; blocks when it is proven to be larger. Absent: informs."""
    text: str = "utterance"
    """The column to show a reader, where the table has it."""
    tolerance: NonNegative = 0.0
    """Numbers that differ by no more are the same answer."""


class InvariancePolicy(Part):
    """Pairs that differ only in what the model must not look at."""

    table: RepoPath
    max_rate: Rate = 0.01
    """The share of pairs, of each kind, whose two answers may differ."""
    kinds: dict[str, Rate] = Field(default_factory=dict)
    """Kinds with a `max_rate` of their own."""
    broken_before: BrokenBefore = "unless_better"
    """What becomes of a kind that is beyond its limit on base already."""
    of: str = "of"
    """The column with the id of the original; empty, or the own id, for an original."""
    kind: str = "kind"
    """The column that says what was changed: `politeness`, `case`."""
    text: str = "text"
    """The column to show a reader, where the table has it."""
    tolerance: NonNegative = 0.0
    """Numbers that differ by no more are the same answer."""


class LimitPolicy(Part):
    """An absolute limit on a share of head's mistakes, for each class or for each value of a slice column."""

    metric: Literal["error_rate", "false_positive_rate", "false_negative_rate", "false_discovery_rate"]
    """Of which rows, and which of them count: `error_rate`, all, answered wrongly; `false_negative_rate`, those of the
    class, answered otherwise; `false_positive_rate`, those of other classes, answered with it; `false_discovery_rate`,
    those answered with it, of other classes."""
    per: str = "class"
    """`class`, or one of the model's `slices`."""
    max: Rate | None = None
    """The largest share that is accepted anywhere."""
    vs_overall: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None
    """How many times the share over all rows is accepted anywhere."""
    positive: str | None = None
    """The class that the rates are of, where they are per slice. Absent: the model's `positive`."""
    broken_before: BrokenBefore = "unless_better"
    """What becomes of a class or slice that is beyond the limit on base already."""

    @model_validator(mode="after")
    def _says_how_much(self) -> LimitPolicy:
        if self.max is None and self.vs_overall is None:
            raise ValueError("a limit needs `max`, `vs_overall` or both")
        if self.per == "class" and self.metric == "error_rate":
            raise ValueError("the `error_rate` of a class is its `false_negative_rate`: say that")
        return self


class ConjunctionPolicy(Part):
    """The search for the conjunction of two columns (or one and the label) that got worse most."""

    margin: NonNegative = 0.02
    """The largest drop in accuracy that the team accepts in a conjunction."""
    label: bool = True
    """Whether a column together with the label is searched, too."""
