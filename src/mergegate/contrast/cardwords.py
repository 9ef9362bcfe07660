"""A card's bins and numbers in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.card import Bin, Card, CardRule


def plain(number: float | str) -> str:
    """A number as a person would write it: 40, 0.5."""
    return f"{number:.12g}" if isinstance(number, float) else str(number)


def signed(points: int) -> str:
    """`+5`, `−45`, `0`."""
    return f"{points:+d}".replace("-", "−") if points else "0"


def unit_of(card: Card, rule: CardRule) -> str:
    """A space and the unit of a rule's feature; empty where it has none."""
    unit = card.inputs[rule.feature].unit
    return f" {unit}" if unit else ""


def bin_words(one: Bin, unit: str) -> str:
    """`below 33 %`, `33 to below 40 %`, `40 % or more`; `married = 1` is `1`."""
    if one.value is not None:
        return one.value
    if one.start is None:
        return f"below {plain(one.below)}{unit}" if one.below is not None else "any value"
    if one.below is None:
        return f"{plain(one.start)}{unit} or more"
    return f"{plain(one.start)} to below {plain(one.below)}{unit}"


def bins_words(card: Card, rule: CardRule) -> str:
    """All bins of a rule with their points, and the missing value's."""
    unit = unit_of(card, rule)
    bins = [f"{bin_words(one, unit)}: {signed(one.points)}" for one in rule.bins[:12]]
    more = [f"{len(rule.bins) - 12} more"] if len(rule.bins) > 12 else []
    return ", ".join([*bins, *more, f"missing: {missing_words(rule)}"])


def missing_words(rule: CardRule) -> str:
    """What becomes of a missing value."""
    return "refused" if rule.missing == "refuse" else signed(rule.missing)
