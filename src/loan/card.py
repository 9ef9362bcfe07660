"""A points card: what comes in, the rules with their points, and the cut-off. `criteria/loan.yaml` is one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["number", "flag", "category"]
Monotone = Literal["falling", "rising", "free"]


@dataclass(frozen=True, slots=True)
class Input:
    """What one column may hold; anything else is refused."""

    name: str
    """The column's name: a letter, then letters, digits and underscores."""
    kind: Kind
    """A number, a flag (0 or 1, false or true) or a category (a text)."""
    min: float | None = None
    """Smallest number allowed, itself included; numbers only."""
    max: float | None = None
    """Largest number allowed, itself included; numbers only."""
    unit: str = ""
    """What follows a number in a text, such as %; numbers only."""
    allowed: tuple[str, ...] = ()
    """The texts allowed; categories only."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The points of one range [low, below) of a number, or of one value of a flag or category."""

    points: int
    rows: int
    """Training rows that fell into it."""
    low: float | None = None
    """The YAML's `from`: the smallest number of this bin; None for the first."""
    below: float | None = None
    """The number at which the next bin begins; None for the last."""
    value: str | None = None
    """The YAML's `is`: a category, or "0" or "1" of a flag."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How many points one feature is worth."""

    feature: str
    title: str
    """The feature in words, as a reason begins."""
    monotone: Monotone
    """`falling`: points never rise with the value; `rising`: never fall; `free`: as they like."""
    reference: float | str
    """The value whose points a reason is compared with: a number, 0 or 1 of a flag, a category."""
    missing: int | None
    """Points where no value is given; None (the YAML's `refuse`) where that is refused."""
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Decides:
    """What is decided, and the two words for it."""

    column: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Card:
    """The whole of the criteria: everybody starts with `start` points, and `cutoff` points are enough.

    Inputs and rules stand in the order of the file, one rule for each input.
    """

    name: str
    decides: Decides
    start: int
    cutoff: int
    inputs: tuple[Input, ...]
    rules: tuple[Rule, ...]

    def input(self, name: str) -> Input:
        """The input of that name, which a checked card has for each of its rules."""
        return next(entry for entry in self.inputs if entry.name == name)


def bin_of(rule: Rule, value: float | str) -> Bin:
    """The bin of a value within the contract; a flag counts as the number 0 or 1, or as its text."""
    for entry in rule.bins:
        if entry.value is not None:
            if entry.value == (value if isinstance(value, str) else f"{int(value)}"):
                return entry
        elif entry.below is None or (not isinstance(value, str) and value < entry.below):
            return entry
    raise LookupError(f"{rule.feature} has no bin for {value!r}")


def _plain(value: float | str | None) -> float | str | None:
    """A number in the one way that gives the one digest: 33, never 33.0, nor a number of NumPy's."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


def _input(entry: Input) -> dict[str, Any]:
    listed: dict[str, Any] = {"type": entry.kind}
    if entry.kind == "number":
        listed |= {"min": _plain(entry.min), "max": _plain(entry.max)} | ({"unit": entry.unit} if entry.unit else {})
    if entry.kind == "category":
        listed["allowed"] = list(entry.allowed)
    return listed


def _bin(entry: Bin) -> dict[str, Any]:
    edges = {"is": entry.value, "from": _plain(entry.low), "below": _plain(entry.below)}
    given = {key: edge for key, edge in edges.items() if edge is not None}
    return given | {"points": int(entry.points), "rows": int(entry.rows)}


def document(card: Card) -> dict[str, Any]:
    """The card as its YAML holds it, keys in the order of the contract."""
    rules = [
        {
            "feature": rule.feature,
            "title": rule.title,
            "monotone": rule.monotone,
            "reference": _plain(rule.reference),
            "missing": "refuse" if rule.missing is None else int(rule.missing),
            "bins": [_bin(entry) for entry in rule.bins],
        }
        for rule in card.rules
    ]
    return {
        "version": 1,
        "name": card.name,
        "decides": {"column": card.decides.column, "yes": card.decides.yes, "no": card.decides.no},
        "start": int(card.start),
        "cutoff": int(card.cutoff),
        "inputs": {entry.name: _input(entry) for entry in card.inputs},
        "rules": rules,
    }


def digest(card: Card) -> str:
    """`sha256:<hex>` of the card's canonical JSON: a re-formatted file keeps it, another point changes it."""
    canonical = json.dumps(document(card), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
