"""What a model costs: what is known of it, and what it comes to, base against head."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.evidence import Absent
    from mergegate.facts.plan import StageRun


class Quantity(StrEnum):
    """What is spent."""

    SECONDS = "seconds"
    """Wall time of the stages that ran."""
    MEMORY = "peak memory"
    """Bytes: the largest of the stages that ran."""
    SIZE = "model size"
    """Bytes."""
    LATENCY = "latency"
    """Seconds of the stage that writes the predictions, for each row of the holdout."""

    def shown(self, value: float) -> str:
        """The amount with its unit, for a reader."""
        if self is Quantity.LATENCY:
            return f"{value * 1e3:,.3g} ms a row"
        if self is Quantity.SECONDS:
            return f"{value:,.1f} s"
        for size, word in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
            if value >= size:
                return f"{value / size:,.1f} {word}"
        return f"{value:,.0f} bytes"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one stage took: the least of several runs."""

    seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Side:
    """The same stage, run here, one after the other, with base's model and with head's."""

    stage: str
    base: Spent
    head: Spent
    runs: int
    """How often each was run."""


@dataclass(frozen=True, slots=True)
class CostEvidence:
    """What is known of one model's cost, before anything is made of it."""

    stages: tuple[StageRun, ...] | None
    """Of what the predictions need, as the run told it; None where nothing was run."""
    claimed: bool
    """True where the run was the pull request's own."""
    predicting: str
    """The stage that writes the predictions; empty where no stage does."""
    base_bytes: int | None
    """The model's size; None where it is not known."""
    head_bytes: int | None
    beside: Side | Absent | None = None
    """Base and head side by side; None where the policy does not ask for it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One quantity of one model."""

    quantity: Quantity
    head: float | None
    why_not: str = ""
    """Why head's is not known, in words."""
    at_least: float = 0.0
    """What is known of an amount that is not known whole."""
    base: float | None = None
    base_why_not: str = ""
    """Why it cannot be compared, in words."""
    budget: float | None = None
    source: str = ""
    """Where head's number is from: whoever reads it must know whether it is a claim."""


@dataclass(frozen=True, slots=True)
class CostCheck:
    """What one model costs, ready to be judged."""

    model: str
    costs: tuple[Cost, ...]
    table: tuple[tuple[str, ...], ...] = ()
    """The stages that ran, with what they took; the first row is the header."""
