"""What two cards do to the same people: everything that the rules for criteria look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.card import Card
    from mergegate.facts.comparison import Basis, Studentised
    from mergegate.facts.limits import Rate

APPROVE, DENY, REFUSED = 1, 0, -1
MISSING, OUTSIDE = -1, -2


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What a card makes of rows of people."""

    points: NDArray[np.int64]
    """Shape (n,); of a refused row only what its other rules give."""
    decided: NDArray[np.int8]
    """Shape (n,): APPROVE, DENY or REFUSED."""
    parts: NDArray[np.int64]
    """Shape (n, rules): the points of each rule."""
    bins: NDArray[np.int32]
    """Shape (n, rules): which bin, MISSING, or OUTSIDE of what may come in."""


@dataclass(frozen=True, slots=True)
class CardChange:
    """One thing that a pull request changes in the card."""

    rule: str
    """The rule's title; empty for the card as a whole."""
    what: str
    before: str
    after: str
    said: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class GroupFlips:
    """How many of a group are decided otherwise."""

    name: str
    n: int
    to_deny: int
    to_approve: int


@dataclass(frozen=True, slots=True)
class Flips:
    """Who is decided otherwise by head's card than by base's, of base's held-out rows."""

    n: int
    to_deny: int
    """Approved by base's card, not any more."""
    to_approve: int
    refused: int
    """Rows that head's card refuses to decide and base's does not."""
    groups: tuple[GroupFlips, ...]
    rows: tuple[tuple[str, ...], ...]
    """Some or all of them, the first row the header."""
    borrowed: tuple[str, ...] = ()
    """Features that base's rows lack, taken from head's."""


@dataclass(frozen=True, slots=True)
class Change:
    """A number before and after, paired."""

    before: float
    after: float
    basis: Basis
    """Of the gain: positive is better."""
    n: int
    method: str
    groups: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} (95 % {self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class GroupCheck:
    """What the cards do to the people of one audit column, beside all others."""

    name: str
    approved: tuple[Rate, Rate]
    """By head's card: of the group, and of all others."""
    ratio: Change | None
    """The approval ratio: the group's share of approvals by that of all others. None where it has no value."""
    ratios: tuple[Known | None, Known | None]
    """Base's and head's."""
    denials: Change | None
    """The share of those of the group that should be approved and are not. None where there are none."""
    denied: tuple[Rate | None, Rate | None]
    """Base's and head's false denials, of the group."""
    points: tuple[tuple[float, float] | None, tuple[float, float]]
    """Base's and head's mean points: of the group, of all others."""
    by_rule: tuple[tuple[str, float], ...]
    """By rule of head's card: how many points more the group gets than all others, on average; the largest first."""


@dataclass(frozen=True, slots=True)
class Told:
    """How well something tells who is in a group (or what the label is): an AUC, out of its own folds."""

    feature: str
    """Empty for all features together."""
    auc: Known
    basis: Studentised
    """Of the AUC less 0.5."""
    new: bool
    """True where base's card does not use the feature; of all together: where base's tell less, or there are none."""
    before: float | None = None
    """Base's AUC, of all together."""
    rise: Studentised | None = None
    """Of all together: by how much head's features tell more than base's, of the same people."""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Without:
    """Head's card without one of its rules, with as many approved."""

    feature: str
    auc: tuple[float, float]
    """With and without."""
    change: Known
    """Of the AUC."""
    accuracy: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ProxyCheck:
    """How well the card's features tell one audit column."""

    name: str
    together: Told | None
    """None where too few people are known to be in the group, or out of it."""
    alone: tuple[Told, ...]
    """The clearest first."""
    without: Without | None = None


@dataclass(frozen=True, slots=True)
class BinCover:
    """One bin and the training rows that are in it."""

    rule: str
    feature: str
    bin: str
    """In words: `33 to below 40 %`."""
    rows: int
    said: int
    """How many the card says."""
    before: int | None
    """Rows of base's training table in the same bin of base's card; None where base's card has no such bin."""


@dataclass(frozen=True, slots=True)
class Generated:
    """One generated file."""

    path: str
    problem: str
    """Why it is not what the card gives; empty where it is, as far as is known."""
    rerun: bool = False
    """True where base's own generator made the same bytes from head's card."""
    not_rerun: str = ""
    """Why it was not made again, in words."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Head's predictions beside the decisions of head's card on the same rows."""

    rows: int
    differing: int
    """Rows predicted otherwise than the card decides, or that only one of the two tables has."""
    examples: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class CriteriaExam:
    """The criteria of one model."""

    where: str
    """The card's path."""
    problem: str = ""
    """Why head has no card that can be judged; empty where it has."""
    stale: str = ""
    """Files that the pull request commits otherwise than its pipeline makes them; empty where there are none."""
    pending: str = ""
    """Files that its pipeline makes anew and that it leaves as they are on base: main commits them."""
    base: Card | None = None
    head: Card | None = None
    changes: tuple[CardChange, ...] = ()
    flips: Flips | None = None
    gap: Change | None = None
    """AUC of the card less that of the ceiling, on head's rows: `before` is the ceiling's AUC, `after` the card's."""
    gap_before: float | None = None
    """Base's card's AUC less that of base's ceiling."""
    crossed: Change | None = None
    """The same on cross-fitted training rows: base's ceiling, and cards made as head's was. None where that is not
    known, or not believed."""
    crossed_before: float | None = None
    """The same of cards made as base's was."""
    cover: tuple[BinCover, ...] = ()
    lost: tuple[str, ...] = ()
    """Bins that had rows enough on base and have not any more, in words."""
    generated: tuple[Generated, ...] = ()
    groups: tuple[GroupCheck, ...] = ()
    proxies: tuple[ProxyCheck, ...] = ()
    leaks: tuple[Told, ...] = ()
    decided: Decided | None = None
    same: bool = False
    """True where the card and the rows are base's own."""
    unchanged: bool = False
    """True where the generated code and the predictions are base's own, too, so that there is nothing to judge."""
