"""A quiz as both models answered it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuizItem:
    """One question: what is right, what base said, what head says."""

    id: str
    text: str
    """What to show a reader of the item (the utterance), possibly empty."""
    label: str
    base: str | None
    """None where base's quiz did not have the item."""
    head: str | None
    """None where head left the item out."""
    must_pass: bool

    @property
    def newly_failed(self) -> bool:
        """Base had it right and head has not."""
        return self.base == self.label and self.head != self.label

    @property
    def newly_passed(self) -> bool:
        """Head has it right and base had not, or did not have it."""
        return self.head == self.label and self.base != self.label


@dataclass(frozen=True, slots=True)
class Quiz:
    """All items of one model's quiz, in the order of their ids."""

    model: str
    items: tuple[QuizItem, ...]

    @property
    def before(self) -> int:
        """Items that base has right."""
        return sum(item.base == item.label for item in self.items)

    @property
    def after(self) -> int:
        """Items that head has right."""
        return sum(item.head == item.label for item in self.items)
