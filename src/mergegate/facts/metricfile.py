"""Numbers in metrics files: what the policy asks of them, and what base and head say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from mergegate.facts.part import NonNegative, Part, RepoPath


class MetricFilePolicy(Part):
    """A number in a metrics file that may not move the wrong way, where there are no rows to judge."""

    file: RepoPath
    """JSON, YAML or TOML; of a CSV or TSV the last row counts."""
    key: Annotated[str, Field(min_length=1, max_length=300)]
    """The path to the number, with dots: `eval.test.accuracy`, `folds.0.auc`; of a CSV or TSV the column."""
    better: Literal["higher", "lower"]
    """Which way is better."""
    tolerance: NonNegative = 0.0
    """How far it may move the other way, in its own unit."""

    @property
    def name(self) -> str:
        """`eval.accuracy of metrics.json`."""
        return f"{self.key} of {self.file}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A number of a metrics file, or why there is none."""

    value: float | None
    """Finite; None where there is no number."""
    why: str = ""
    """Where there is none: why, in words."""


@dataclass(frozen=True, slots=True)
class MetricMove:
    """One line of `metrics`: the number before and after."""

    policy: MetricFilePolicy
    before: Reading
    after: Reading
    stage: str = ""
    """The stage of base that writes the file; empty where none does, so that it is what somebody committed."""

    @property
    def drop(self) -> float | None:
        """How much worse head's number is, negative where it is better; None where one of the two is not there."""
        if self.before.value is None or self.after.value is None:
            return None
        sign = 1 if self.policy.better == "higher" else -1
        return sign * (self.before.value - self.after.value)
