"""Makes up pairs of models on the rows of a real holdout: two that are alike, or one that is worse by a known drop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mergegate.facts.joint import BinTable, CountTable, Joint, MomentTable, ScoreSlices, ScoreTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mergegate.facts.quiz import Quiz

    Codes = NDArray[np.int32]
    Floats = NDArray[np.float64]

MOST_SAMPLED = 5_000
"""Rows by which comparisons of independent rows are correlated."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A true loss: this share of right answers among all rows of a slice becomes wrong."""

    size: float
    """In [0, 1]: 0.01 is one point."""
    slice: int = 0
    """Index into the joint's slices; 0 is all rows."""


class World:
    """One holdout with the way in which two models differ on it.

    `joint` has a cluster for each unit that moves as one: a group, or a row where rows are independent (`grouped`
    False; the units are then folded away again, so that the same methods judge as would judge the real tables). With
    `psi` None the disagreement is the one observed between base and head; otherwise this share of rows differs, half
    of them for the better, where rows of a unit with the same label and answer change together.
    """

    def __init__(self, joint: Joint, *, grouped: bool, psi: float | None) -> None:
        self.joint = joint
        self.grouped = grouped
        self.psi = psi
        self.units = joint.counts[0].clusters if joint.counts else _units(joint)
        self._cells = _Cells(joint.counts, psi) if joint.counts else None

    def pair(self, rng: np.random.Generator, drop: Drop | None = None) -> Joint:
        """Two models that are alike: whole units have base's and head's answers exchanged by the toss of a coin.

        So each is as good as the other by construction, however rows, slices and metrics hang together. With `drop`,
        head then loses that much more.
        """
        exchanged = rng.random(self.units) < 0.5
        counts: tuple[CountTable, ...] = ()
        if self._cells is not None:
            counts = self._cells.tables(rng, exchanged, drop)
        made = replace(
            self.joint,
            counts=counts,
            moments={
                name: tuple(_moments(t, exchanged) for t in tables) for name, tables in self.joint.moments.items()
            },
            scores=_scores(self.joint.scores, exchanged),
            bins=tuple(_bins(table, exchanged) for table in self.joint.bins),
        )
        return made if self.grouped else _folded(made)


def alike(quiz: Quiz, rng: np.random.Generator, psi: float | None) -> Quiz:
    """The quiz as two models that are alike would answer it; must-pass items stay as they are.

    With `psi`, that share of the items is answered differently, half of them for the better, as far as there are
    items to gain and to lose.
    """
    right = [item.base == item.label for item in quiz.items]
    each = min(psi * len(right) / 2, sum(right), len(right) - sum(right)) if psi is not None else 0.0
    items = []
    for item, good in zip(quiz.items, right, strict=True):
        head = item.head
        if psi is not None:
            moved = rng.random() < each / max(sum(right) if good else len(right) - sum(right), 1)
            other = f"not {item.label}" if good else item.label
            head = other if moved and item.base is not None else item.base
        swap = rng.random() < 0.5 and item.base is not None and not item.must_pass
        head = item.base if item.must_pass else head
        items.append(replace(item, base=head, head=item.base) if swap else replace(item, head=head))
    return replace(quiz, items=tuple(items))


class _Cells:
    """The cells of all slices, tied together: what changes in one slice changes in every other with the same row."""

    def __init__(self, counts: Sequence[CountTable], psi: float | None) -> None:
        if psi is not None:
            counts = [replace(table, head=table.base) for table in counts]
        self.counts = counts
        self.whole = counts[0]
        self.psi = psi
        keys = _keys(self.whole)
        order = np.argsort(keys, kind="stable")
        self.at = [order[np.searchsorted(keys, _keys(table), sorter=order)] for table in counts]
        self.right = self.whole.label == self.whole.base
        self.wrong_answers = _WrongAnswers(self.whole)

    def tables(
        self, rng: np.random.Generator, exchanged: NDArray[np.bool_], drop: Drop | None
    ) -> tuple[CountTable, ...]:
        whole = self.whole
        base, head = whole.base, whole.head
        if self.psi is not None:
            head = self._disagreeing(rng, self.psi)
        swap = exchanged[_clusters(whole)]
        base, head = np.where(swap, head, base), np.where(swap, base, head)
        if drop is not None:
            head = self._dropped(rng, head, drop)
        return tuple(
            replace(table, base=base[at], head=head[at]) for table, at in zip(self.counts, self.at, strict=True)
        )

    def _disagreeing(self, rng: np.random.Generator, psi: float) -> Codes:
        """Half of `psi` gained, half lost, as far as there are wrong answers to gain and right ones to lose."""
        whole, right = self.whole, self.right
        rows_right, rows_wrong = float(whole.count[right].sum()), float(whole.count[~right].sum())
        each = min(psi * whole.n / 2, rows_right, rows_wrong)
        chance = np.where(right, each / max(rows_right, 1.0), each / max(rows_wrong, 1.0))
        moved = rng.random(len(right)) < chance
        other = np.where(right, self.wrong_answers.draw(rng, whole.label), whole.label)
        return np.where(moved, other, whole.base).astype(np.int32)

    def _dropped(self, rng: np.random.Generator, head: Codes, drop: Drop) -> Codes:
        inside = np.zeros(len(head), bool)
        inside[self.at[drop.slice]] = True
        table, at = self.counts[drop.slice], self.at[drop.slice]
        right = head == self.whole.label
        rows_right = float(table.count[right[at]].sum())
        chance = min(drop.size * table.n / rows_right, 1.0) if rows_right else 0.0
        lost = inside & right & (rng.random(len(head)) < chance)
        return np.where(lost, self.wrong_answers.draw(rng, self.whole.label), head).astype(np.int32)


class _WrongAnswers:
    """Which wrong answers base gives to a label, and how often; any other class where it gives none."""

    def __init__(self, table: CountTable) -> None:
        wrong = table.label != table.base
        self.classes = table.classes
        pairs = table.label[wrong].astype(np.int64) * table.classes + table.base[wrong]
        self.pairs, place = np.unique(pairs, return_inverse=True)
        weight = np.bincount(place, weights=table.count[wrong], minlength=len(self.pairs))
        label = self.pairs // table.classes
        total = np.bincount(label, weights=weight, minlength=table.classes)
        before = np.concatenate([[0.0], np.cumsum(total)])[label]
        # Each label's answers lie on (label, label + 1], as wide as they are frequent.
        self.ends = label + (np.cumsum(weight) - before) / total[label] if len(label) else np.zeros(0)
        self.known = total > 0

    def draw(self, rng: np.random.Generator, label: Codes) -> Codes:
        chance = rng.random(len(label))
        if self.classes < 2:
            return label
        other = (label + 1 + (chance * (self.classes - 1)).astype(np.int64)) % self.classes
        if not len(self.ends):
            return other.astype(np.int32)
        found = np.minimum(np.searchsorted(self.ends, label + chance, side="right"), len(self.ends) - 1)
        seen = self.pairs[found]
        usual = np.where(seen // self.classes == label, seen % self.classes, other)
        return np.where(self.known[label], usual, other).astype(np.int32)


def _keys(table: CountTable) -> NDArray[np.int64]:
    wide = np.int64(table.classes)
    key = _clusters(table).astype(np.int64) * wide + table.label
    return (key * wide + table.base) * wide + table.head


def _clusters(table: CountTable) -> Codes:
    assert table.cluster is not None  # noqa: S101 - a world is made of units
    return table.cluster


def _units(joint: Joint) -> int:
    tables = [tables[0].clusters for tables in joint.moments.values()]
    tables += [joint.scores[0].clusters] if len(joint.scores) else []
    return max(tables, default=0)


def _moments(table: MomentTable, exchanged: NDArray[np.bool_]) -> MomentTable:
    assert table.cluster is not None  # noqa: S101 - as above
    swap = exchanged[table.cluster]
    return replace(table, base=np.where(swap, table.head, table.base), head=np.where(swap, table.base, table.head))


def _scores(tables: Sequence[ScoreTable], exchanged: NDArray[np.bool_]) -> Sequence[ScoreTable]:
    if isinstance(tables, ScoreSlices):
        return replace(tables, all_rows=_score(tables.all_rows, exchanged))
    return tuple(_score(table, exchanged) for table in tables)


def _score(table: ScoreTable, exchanged: NDArray[np.bool_]) -> ScoreTable:
    assert table.cluster is not None  # noqa: S101 - as above
    swap = exchanged[table.cluster]
    return replace(table, base=np.where(swap, table.head, table.base), head=np.where(swap, table.base, table.head))


def _bins(table: BinTable, exchanged: NDArray[np.bool_]) -> BinTable:
    assert table.cluster is not None  # noqa: S101 - as above
    swap = exchanged[table.cluster]

    def both(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        return np.where(swap, second, first), np.where(swap, first, second)

    base_bin, head_bin = both(table.base_bin, table.head_bin)
    base_right, head_right = both(table.base_right, table.head_right)
    base_score, head_score = both(table.base_score, table.head_score)
    return replace(
        table, base_bin=base_bin, head_bin=head_bin, base_right=base_right, head_right=head_right,
        base_score=base_score, head_score=head_score,
    )  # fmt: skip


def _folded(joint: Joint) -> Joint:
    """Rows that were units of their own are rows again; some of them stay units, to correlate by."""
    others = bool(joint.moments or len(joint.scores) or joint.bins)
    few = replace(joint, grouped=True) if others or joint.counts[0].clusters <= MOST_SAMPLED else _thinned(joint)
    whole = joint.scores
    scores: Sequence[ScoreTable] = tuple(replace(table, cluster=None, clusters=0) for table in whole)
    if isinstance(whole, ScoreSlices):
        scores = replace(whole, all_rows=replace(whole.all_rows, cluster=None, clusters=0))
    return replace(
        joint,
        grouped=False,
        counts=tuple(map(_folded_counts, joint.counts)),
        moments={name: tuple(map(_folded_moments, tables)) for name, tables in joint.moments.items()},
        scores=scores,
        bins=tuple(replace(table, cluster=None, clusters=0) for table in joint.bins),
        sample=few.counts,
        sampled=few,
    )


def _thinned(joint: Joint) -> Joint:
    """Only units below a bound: they are numbered by the hash of the id, so those are as good as drawn."""

    def few(table: CountTable) -> CountTable:
        keep = _clusters(table) < MOST_SAMPLED
        parts = (table.label[keep], table.base[keep], table.head[keep], table.count[keep])
        return CountTable(*parts, table.classes, _clusters(table)[keep], MOST_SAMPLED)

    return replace(joint, counts=tuple(map(few, joint.counts)), grouped=True)


def _folded_counts(table: CountTable) -> CountTable:
    wide = np.int64(table.classes)
    keys = (table.label.astype(np.int64) * wide + table.base) * wide + table.head
    found, place = np.unique(keys, return_inverse=True)
    count = np.bincount(place, weights=table.count, minlength=len(found)).astype(np.int64)
    codes = [(found // wide**power % wide).astype(np.int32) for power in (2, 1, 0)]
    return CountTable(codes[0], codes[1], codes[2], count, table.classes)


def _folded_moments(table: MomentTable) -> MomentTable:
    def total(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray([values.sum()])

    return MomentTable(
        n=total(table.n), base=total(table.base), head=total(table.head), diff_sq=total(table.diff_sq),
        base_sq=total(table.base**2), head_sq=total(table.head**2),
        other_sq=None if table.other_sq is None else total(table.other_sq),
    )  # fmt: skip
