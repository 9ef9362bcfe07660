"""The part `data.tables` of the policy: what is asked of the data itself."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mergegate.facts.joint import canonical
from mergegate.facts.part import Part, Rate, RepoPath

Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp"]


def _as_text(value: Any) -> Any:
    """`0`, `1.0` and `true` of the YAML as tables hold them."""
    return canonical(str(value)) if isinstance(value, bool | int | float) else value


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


Value = Annotated[str, BeforeValidator(_as_text)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class ColumnPolicy(Part):
    """What a column may hold."""

    type: Kind = "text"
    """What each value is; a CSV's cells are read as this."""
    min: float | None = None
    """The smallest number, or for a text the fewest characters."""
    max: float | None = None
    """The largest number, or for a text the most characters."""
    allowed: tuple[Value, ...] = ()
    """The only values; none means any."""
    pattern: Pattern | None = None
    """A regular expression that the whole value must match."""
    nullable: bool = False
    """Whether a cell may be empty."""
    unique: bool = False
    """Whether each value may stand only once."""

    @model_validator(mode="after")
    def _limits_fit_the_type(self) -> ColumnPolicy:
        if self.type in {"boolean", "date", "timestamp"} and (self.min is not None or self.max is not None):
            raise ValueError(f"`min` and `max` are for numbers and texts, not for a {self.type}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"`min` {self.min:g} is above `max` {self.max:g}")
        return self


class RowLimits(Part):
    """The largest share of base's rows that a pull request may change; beyond, it is blocked."""

    removed: Rate | None = None
    relabelled: Rate | None = None
    edited: Rate | None = None
    """Rows of which another column than the label is changed."""
    added: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """New rows as a share of base's rows; may be above 1."""


class DriftPolicy(Part):
    """How far the distribution of a column may move from base's."""

    columns: tuple[str, ...] = ()
    """Columns to compare; none means the label and every column of the schema but the id and the group."""
    max_shift: Rate = 0.1
    """The largest total variation distance: the share of rows that would have to be in another kind."""


class TextPolicy(Part):
    """Which share of broken texts blocks; without a limit they are only told of."""

    max_broken: Rate | None = None
    """Rows whose text is wrongly decoded, has control characters, or is blank or nearly so."""
    max_repeated: Rate | None = None
    """Rows whose text another row has, too."""
    max_contradicting: Rate | None = None
    """Rows that differ from another in nothing but the label."""
    max_empty_rise: Rate | None = None
    """By how much the share of empty cells of a column may rise."""


class LeakPolicy(Part):
    """Columns that tell the answer."""

    max_skill: Rate = 0.8
    """How well one column alone may tell the label on rows that it was not learnt from: 0 like guessing, 1 always."""
    max_certain: Rate = 0.1
    """The share of rows whose value in the column may settle the label all by itself."""
    known: tuple[str, ...] = ()
    """Columns that are known to tell the answer, stay in this table and are never features."""


class TablePolicy(Part):
    """What is asked of one table of data."""

    path: RepoPath
    """A file that DVC tracks (alone or in a folder), a stage's output, or a file in git; Parquet or CSV."""
    id: str = "id"
    """The column that names a row, the same on base and head."""
    label: str | None = None
    """The column of the right answer."""
    group: str | None = None
    """The column of rows that belong together."""
    text: tuple[str, ...] = ()
    """Columns of free text: looked through for broken encoding, near-empty and repeated texts."""
    model: str | None = None
    """The model whose holdout says which of these rows are held out."""
    columns: dict[str, ColumnPolicy] = Field(default_factory=dict)
    """The schema."""
    strict: bool = False
    """Whether a column that the schema does not name is wrong."""
    forbidden: tuple[str, ...] = ()
    """Columns that this table must not have: those known only after the answer, in a table of features."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Columns whose values together may stand only once."""
    min_rows: Annotated[int, Field(ge=1)] = 1
    min_rows_per_class: Annotated[int, Field(ge=1)] | None = None
    limits: RowLimits = RowLimits()
    drift: DriftPolicy | None = None
    texts: TextPolicy = TextPolicy()
    leaks: LeakPolicy | None = None

    @model_validator(mode="after")
    def _labels_are_named(self) -> TablePolicy:
        wanting = [name for name in ("min_rows_per_class", "leaks") if getattr(self, name) is not None]
        if self.label is None and self.limits.relabelled is not None:
            wanting.append("limits.relabelled")
        if self.label is None and wanting:
            raise ValueError(f"`{wanting[0]}` needs `label`: the column of the right answer")
        return self

    @property
    def drift_columns(self) -> tuple[str, ...]:
        """The columns whose distribution is compared, the label first; none where the policy does not ask."""
        if self.drift is None:
            return ()
        named = self.drift.columns or (*([self.label] if self.label else []), *self.columns)
        return tuple(dict.fromkeys(name for name in named if name not in {self.id, self.group}))
