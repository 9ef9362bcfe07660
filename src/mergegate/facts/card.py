"""A points card: what stands in its YAML file, strictly. Whoever wrote it may be hostile, so all of it is checked."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mergegate.facts.joint import canonical

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=120)]
Points = Annotated[int, Field(ge=-1_000_000, le=1_000_000, strict=True)]


def _number(value: object) -> object:
    """Refuse what only looks like a number: true, "33"."""
    if isinstance(value, bool | str):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic collects a ValueError
    return value


def _flat(value: object) -> object:
    """A value of a category or a flag, as text: 0 and "0" are one, and so are true and "1" for a flag."""
    return canonical(str(value)) if isinstance(value, bool | int | float | str) else value


Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Value = Annotated[str, BeforeValidator(_flat), Field(max_length=120)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decides(_Part):
    """What is decided, and the two words for it."""

    column: Name
    yes: Words
    no: Words


class Input(_Part):
    """What may come in for one feature; anything else is refused."""

    type: Literal["number", "flag", "category"]
    min: Number | None = None
    max: Number | None = None
    unit: Annotated[str, Field(max_length=30)] = ""
    allowed: Annotated[tuple[Value, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _says_what_its_type_needs(self) -> Input:
        if self.type == "category" and not self.allowed:
            raise ValueError("a category needs `allowed`")
        if self.type != "category" and self.allowed:
            raise ValueError("`allowed` is for categories")
        if self.type != "number" and (self.min is not None or self.max is not None):
            raise ValueError("`min` and `max` are for numbers")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("`min` is larger than `max`")
        return self

    @property
    def values(self) -> tuple[str, ...]:
        """The values that bins name: those of a flag or a category; none for a number."""
        return ("0", "1") if self.type == "flag" else self.allowed


class Bin(_Part):
    """Some values of a feature, and their points: half-open `[from, below)`, or one value `is`."""

    start: Number | None = Field(default=None, alias="from")
    below: Number | None = None
    value: Value | None = Field(default=None, alias="is")
    points: Points
    rows: Annotated[int, Field(ge=0, strict=True)] = 0
    """Training rows in it, as the card says."""


class CardRule(_Part):
    """Points for one feature."""

    feature: Name
    title: Words
    monotone: Literal["falling", "rising", "free"] = "free"
    """`falling`: points never rise with the value."""
    reference: Value | None = None
    """The value that points are compared with when a reason is given."""
    missing: Points | Literal["refuse"] = "refuse"
    """Points where the value is missing."""
    bins: Annotated[tuple[Bin, ...], Field(min_length=1, max_length=200)]

    @property
    def edges(self) -> tuple[float, ...]:
        """The cut-offs between the bins of a number, rising."""
        return tuple(one.start for one in self.bins[1:] if one.start is not None)

    @property
    def points(self) -> tuple[int, ...]:
        """The points of the bins, in their order."""
        return tuple(one.points for one in self.bins)


class Card(_Part):
    """The whole card; `score = start + points of the rules`, and `score >= cutoff` is approved."""

    version: Literal[1]
    name: Words
    decides: Decides
    start: Points
    cutoff: Points
    inputs: Annotated[dict[Name, Input], Field(max_length=200)]
    rules: Annotated[tuple[CardRule, ...], Field(max_length=50)]

    @model_validator(mode="after")
    def _rules_fit_the_inputs(self) -> Card:
        wrong = [problem for rule in self.rules for problem in _problems(rule, self.inputs.get(rule.feature))]
        features = [rule.feature for rule in self.rules]
        wrong += [f"{name} has two rules" for name in sorted({one for one in features if features.count(one) > 1})]
        if self.decides.yes == self.decides.no:
            wrong.append("`decides` has one word for both decisions")
        if wrong:
            raise ValueError("; ".join(wrong[:20]))
        return self

    @property
    def features(self) -> tuple[str, ...]:
        """What the card looks at, in the order of its rules."""
        return tuple(rule.feature for rule in self.rules)

    def rule(self, feature: str) -> CardRule | None:
        """The rule on a feature, where there is one."""
        return next((rule for rule in self.rules if rule.feature == feature), None)


def _problems(rule: CardRule, given: Input | None) -> list[str]:
    """What is wrong with a rule's bins, in words."""
    if given is None:
        return [f"{rule.feature} has a rule and is not in `inputs`"]
    if given.type == "number":
        return _gaps(rule)
    named = [one.value for one in rule.bins]
    if any(one.start is not None or one.below is not None for one in rule.bins) or None in named:
        return [f"{rule.feature} is a {given.type}: its bins need `is`, and neither `from` nor `below`"]
    odd = sorted({str(value) for value in named if value not in given.values or named.count(value) > 1})
    odd += sorted(set(given.values) - {str(value) for value in named})
    found = (
        [f"{rule.feature}: each of its values needs exactly one bin, and not so {', '.join(odd[:5])}"] if odd else []
    )
    if given.type == "category" and rule.monotone != "free":
        found.append(f"{rule.feature} is a category, which cannot be {rule.monotone}")
    return found


def _gaps(rule: CardRule) -> list[str]:
    if any(one.value is not None for one in rule.bins):
        return [f"{rule.feature} is a number: its bins need `from` and `below`, not `is`"]
    if rule.bins[0].start is not None or rule.bins[-1].below is not None:
        return [f"{rule.feature}: the first bin has no `from`, and the last no `below`"]
    edges = [(before.below, after.start) for before, after in itertools.pairwise(rule.bins)]
    if any(below is None or start is None or below != start for below, start in edges):
        return [f"{rule.feature}: each bin must start where the one before ends"]
    starts = [-math.inf, *(start for _, start in edges if start is not None)]
    if any(one >= other for one, other in itertools.pairwise(starts)):
        return [f"{rule.feature}: the bins must rise"]
    return []
