"""The card, read as it stands: what the generated code must agree with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loan import reasons
from loan.card import bin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loan.card import Card, Input, Rule


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that the card's contract does not know: nothing was decided."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one applicant: points and a decision, or at least one refusal."""

    points: int | None
    decision: str | None
    """The card's word for yes or no; None where the applicant was refused."""
    reasons: tuple[str, ...] = ()
    """Why a denial: what cost most comes first, at most four."""
    causes: tuple[str, ...] = ()
    """The features of these reasons."""
    refused: tuple[Refusal, ...] = ()


def accepts(known: Input, value: object) -> bool:
    """Whether a value that is given lies within the contract: no text for a number, no NaN, nothing out of range.

    Numbers are Python's own int or float, so that no library's number decides otherwise.
    """
    if known.kind == "category":
        return isinstance(value, str) and value in known.allowed
    if type(value) is bool:  # a bool is an int, and no number
        return known.kind == "flag"
    if type(value) is not int and type(value) is not float:
        return False
    return value in {0, 1} if known.kind == "flag" else (known.min or 0) <= value <= (known.max or 0)


def _refusals(card: Card, row: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Everything that the contract does not know about a row."""
    found = []
    for rule in card.rules:
        known = card.input(rule.feature)
        if rule.feature not in row:
            found.append(Refusal(rule.feature, reasons.COLUMN_MISSING))
        elif row[rule.feature] is None:
            if rule.missing is None:
                found.append(Refusal(rule.feature, reasons.NOT_GIVEN))
        elif not accepts(known, row[rule.feature]):
            found.append(Refusal(rule.feature, reasons.contract(known)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Scorer:
    """A card that is about to decide many times, with its words made once."""

    card: Card
    words: Mapping[str, tuple[reasons.Words | None, tuple[reasons.Words, ...]]]

    @classmethod
    def of(cls, card: Card) -> Scorer:
        """The scorer of a card."""
        return cls(card, reasons.table(card))

    def decide(self, row: Mapping[str, Any]) -> Decision:
        """Of one applicant, None where no value is given: points, decision and reasons, or why nothing was decided."""
        refused = _refusals(self.card, row)
        if refused:
            return Decision(None, None, refused=refused)
        found = [(rule.feature, self.words_of(rule, row[rule.feature])) for rule in self.card.rules]
        points = self.card.start + sum(words.points for _, words in found)
        if points >= self.card.cutoff:
            return Decision(points, self.card.decides.yes)
        said = reasons.ranked(found, row)
        return Decision(points, self.card.decides.no, tuple(said.values()), causes=tuple(said))

    def words_of(self, rule: Rule, value: Any) -> reasons.Words:
        """What one rule says of a value within the contract."""
        missing, bins = self.words[rule.feature]
        if value is None:
            assert missing is not None, "a missing value that is not allowed was refused"  # noqa: S101
            return missing
        return bins[rule.bins.index(bin_of(rule, value))]


def decide(card: Card, row: Mapping[str, Any]) -> Decision:
    """Points, decision and reasons of one applicant, or why nothing was decided."""
    return Scorer.of(card).decide(row)
