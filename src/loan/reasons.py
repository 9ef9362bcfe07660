"""The words of a decision: why points were lost, against what, and what a refused value should have been.

All that does not depend on the applicant's own number is made here, once for each bin, so that the card, the generated
Python, SQL and JavaScript say the same, letter for letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from loan.card import bin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loan.card import Bin, Card, Input, Rule

MOST_REASONS = 4
COLUMN_MISSING = "column is missing"
NOT_GIVEN = "must be given"
SMALLEST = 0.0001
"""Languages write numbers nearer to 0 than this in different ways, so that none is written out."""
NEARLY = ("between -0.0001 and 0", "between 0 and 0.0001")


@dataclass(frozen=True, slots=True)
class Words:
    """What one bin, or the missing value, of a rule says."""

    points: int
    lost: int
    """Points fewer than at the reference; 0 where it is no reason."""
    parts: tuple[str, ...]
    """The reason: one text, or two around the applicant's number; none where nothing is lost."""


def shown(value: float) -> str:
    """A number as all languages write it: the shortest digits that give it back, no exponent, no `.0`."""
    if value == int(value):
        return str(int(value))
    if abs(value) < SMALLEST:
        return NEARLY[value > 0]
    return float.__repr__(float(value))


def _plain(value: float) -> str:
    """A number of the card itself, all its digits."""
    return str(int(value)) if value == int(value) else f"{Decimal(repr(value)):f}"


def _with_unit(value: float, known: Input) -> str:
    return f"{_plain(value)} {known.unit}" if known.unit else _plain(value)


def contract(known: Input) -> str:
    """What a value of this input must be."""
    if known.kind == "flag":
        return "must be 0 or 1"
    if known.kind == "category":
        return f"must be one of {', '.join(known.allowed)}"
    low, high = (edge if edge is not None else 0 for edge in (known.min, known.max))
    return f"must be a number from {_plain(low)} to {_with_unit(high, known)}"


def _these(lost: int) -> str:
    return f"these {lost} points" if lost > 1 else "this 1 point"


def _limit(rule: Rule, at: int, known: Input) -> str:
    """How far a number must go, from its bin towards the reference, to lose nothing against it."""
    best = bin_of(rule, rule.reference)
    home = rule.bins.index(best)
    way = -1 if at > home else 1
    enough = next(entry for entry in rule.bins[at + way :: way] if entry.points >= best.points)
    edge = enough.below if way < 0 else enough.low
    assert edge is not None, "only the first bin has no `from`, only the last no `below`"  # noqa: S101
    return f"below {_with_unit(edge, known)}" if way < 0 else f"at least {_with_unit(edge, known)}"


def _value(value: str, known: Input) -> str:
    return {"0": "no", "1": "yes"}[value] if known.kind == "flag" else value


def _reference(rule: Rule, known: Input) -> str:
    if isinstance(rule.reference, str):
        return rule.reference
    return _value(f"{rule.reference}", known) if known.kind == "flag" else _with_unit(rule.reference, known)


def of_bin(rule: Rule, entry: Bin, known: Input) -> Words:
    """What a bin says: `title NUMBER unit: our limit for these N points is below EDGE unit`."""
    lost = bin_of(rule, rule.reference).points - entry.points
    if lost <= 0:
        return Words(entry.points, 0, ())
    if entry.value is not None:
        go = "go" if lost > 1 else "goes"
        said = f"{rule.title} {_value(entry.value, known)}: {_these(lost)} {go} with {_reference(rule, known)}"
        return Words(entry.points, lost, (said,))
    unit = f" {known.unit}" if known.unit else ""
    limit = _limit(rule, rule.bins.index(entry), known)
    return Words(entry.points, lost, (f"{rule.title} ", f"{unit}: our limit for {_these(lost)} is {limit}"))


def of_missing(rule: Rule, known: Input) -> Words | None:
    """What a missing value says; None where it is refused."""
    if rule.missing is None:
        return None
    lost = bin_of(rule, rule.reference).points - rule.missing
    if lost <= 0:
        return Words(rule.missing, 0, ())
    fewer = f"{lost} points fewer" if lost > 1 else "1 point fewer"
    return Words(rule.missing, lost, (f"{rule.title} not given: {fewer} than with {_reference(rule, known)}",))


def ranked(found: list[tuple[str, Words]], row: Mapping[str, Any]) -> dict[str, str]:
    """The reasons of a denial by feature: what cost most comes first, then the card's order; at most four."""
    losing = sorted((each for each in found if each[1].lost > 0), key=lambda each: -each[1].lost)
    return {
        feature: shown(row[feature]).join(words.parts) if len(words.parts) > 1 else words.parts[0]
        for feature, words in losing[:MOST_REASONS]
    }


def table(card: Card) -> dict[str, tuple[Words | None, tuple[Words, ...]]]:
    """Of each rule: what a missing value says, and what each bin says."""
    return {
        rule.feature: (
            of_missing(rule, card.input(rule.feature)),
            tuple(of_bin(rule, entry, card.input(rule.feature)) for entry in rule.bins),
        )
        for rule in card.rules
    }
