"""What is known of the split into training and held-out rows, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.comparison import Comparison

Examples = tuple[tuple[str, ...], ...]
"""Rows to show; the first is the header, and none at all means that there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows on each side of one revision's split."""

    train: int
    held: int

    @property
    def share(self) -> float:
        """The part of the rows that is held out."""
        return self.held / (self.train + self.held)


@dataclass(frozen=True, slots=True)
class Sides:
    """On which side head's groups stand, against the side that each group's own hash gives it."""

    groups: int
    held: int
    """Groups with rows in the holdout."""
    salted: bool
    """True where the policy names the salt, so that each group's side is known; the next four are 0 otherwise."""
    wrong: int = 0
    """Groups with rows on the side that is not theirs."""
    wrong_rows: int = 0
    newly_wrong: int = 0
    """Of `wrong`: groups that were on the right side on base, or not there."""
    looks_like: float | None = None
    """A share with which every group were on its right side; None where there is none."""
    groups_before: int = 0
    """Of base's split; 0 where base has none."""
    held_before: int = 0
    examples: Examples = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """Held-out rows that stand in head's training rows, too."""

    by: str
    """`group` or `content`: what the two have in common."""
    found: int
    """Groups, or contents, that stand on both sides."""
    new: int
    """Of `found`: those that did not stand on both sides on base."""
    rows: int
    """Training rows of head that these are."""
    examples: Examples = ()
    """New ones first."""


@dataclass(frozen=True, slots=True)
class Near:
    """Held-out texts that have a near-duplicate, not the same text, among head's training texts."""

    similarity: float
    """From this similarity on."""
    texts: int
    """Different held-out texts that were looked at."""
    of: int
    """Different held-out texts; more than `texts` where a sample was looked at."""
    trained: int
    trained_of: int
    """The same of the training texts."""
    found: int
    new: int
    """Of `found`: texts that had no near-duplicate on base."""
    examples: Examples = ()
    """New ones first, the most alike first."""

    @property
    def new_share(self) -> float:
        """The part of the held-out texts that this pull request gave a near-duplicate."""
        return self.new / self.texts if self.texts else 0.0


@dataclass(frozen=True, slots=True)
class SplitExam:
    """Head's split against base's."""

    name: str
    """As the policy names it; empty for `data.holdout`."""
    salts: tuple[str, str] | None = None
    """Base's salt and head's, where they differ: the split was reset."""
    before: Sizes | None = None
    """None where base has no such tables."""
    after: Sizes | None = None
    sides: Sides | None = None
    """None where both tables are base's own: then nothing was read."""
    leaks: tuple[Leak, ...] = ()
    near: Near | None = None
    seen: int = 0
    """Rows of head's holdout whose group or content was among base's training rows."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The rows that left a model's holdout, and whether the wrong answers left more often than the right ones."""

    who: str
    """Whose wrong answers: `base's model` or `the candidate's model`."""
    removed: int
    """Rows that left."""
    wrong: int
    """Of `removed`: rows that the model has wrong."""
    rows: int
    """Rows of base's holdout."""
    wrong_rows: int
    """Of `rows`: rows that the model has wrong."""
    p: float
    """How often so many wrong ones leave by chance (one-sided)."""
    groups: int | None = None
    """Groups that lost rows; None where rows are independent."""
    examples: Examples = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """Both models on both holdouts: what the model changed, and what the data changed."""

    old: Comparison
    """Base's model against the candidate's on base's holdout."""
    new: Comparison
    """The same on head's holdout."""
    why_old: str = ""
    """Where the candidate's model did not answer base's holdout: why. Then `old` is of the rows that both have."""
    why_new: str = ""
    """Where base's model did not answer head's holdout: why. Then `new` is of the rows that both have."""
    left_out: int = 0
    """Rows of head's holdout that base's model was trained on: neither model is measured on them in `new`."""
