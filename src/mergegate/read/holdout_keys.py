"""Goes through the groups of both splits once: whose side is another than its hash says, and which stand on both."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mergegate.facts.holdout import Leak, Sides
from mergegate.read.columns import clipped
from mergegate.read.holdout_content import MOST, SIDES
from mergegate.split import position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.read.holdout import Opened

_AT_ONCE = 100_000
"""Groups that are fetched at a time: with ten million of them, memory stays small."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A group, and how many rows of it stand in each table."""

    name: str
    head_train: int
    head_rows: int
    base_train: int
    base_rows: int

    def row(self, *more: str) -> tuple[str, ...]:
        return (clipped(self.name), f"{self.head_train:,}", f"{self.head_rows:,}", *more)


@dataclass(slots=True)
class _Share:
    """How many groups one revision holds out."""

    groups: int = 0
    held: int = 0

    def add(self, trained: int, held: int) -> None:
        """Count a group; one on both sides is on the one with more rows."""
        if trained or held:
            self.groups += 1
            self.held += held > trained


@dataclass(slots=True)
class _Shown:
    """The first few rows, new ones first."""

    new: list[tuple[str, ...]] = field(default_factory=list)
    old: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, row: tuple[str, ...], *, new: bool) -> None:
        """Keep it while there is room."""
        rows = self.new if new else self.old
        if len(rows) < MOST:
            rows.append(row)

    def under(self, *header: str) -> tuple[tuple[str, ...], ...]:
        """At most so many rows below their header; empty where there is none."""
        rows = (*self.new, *self.old)[:MOST]
        return (header, *rows) if rows else ()


@dataclass(slots=True)
class _Wrong:
    """Groups on a side that is not theirs."""

    share: float
    salt: str | None
    salt_before: str | None
    groups: int = 0
    rows: int = 0
    new: int = 0
    low: float = 0.0
    """The last position of a group that is wholly held out."""
    high: float = 1.0
    """The first position of a group that is wholly trained on."""
    shown: _Shown = field(default_factory=_Shown)

    def add(self, key: _Key) -> None:
        """Look where head's group belongs."""
        if self.salt is None or not (key.head_train or key.head_rows):
            return
        place = position(key.name, salt=self.salt)
        self.low = max(self.low, place) if key.head_rows else self.low
        self.high = min(self.high, place) if key.head_train else self.high
        astray = key.head_train if place < self.share else key.head_rows
        if astray:
            new = not self._before(key)
            self.groups += 1
            self.rows += astray
            self.new += new
            self.shown.add(key.row("the holdout" if place < self.share else "training"), new=new)

    def _before(self, key: _Key) -> bool:
        """Whether the group was on the wrong side on base, too."""
        if self.salt_before is None:
            return False
        held = position(key.name, salt=self.salt_before) < self.share
        return bool(key.base_train if held else key.base_rows)

    @property
    def looks_like(self) -> float | None:
        """A share that explains every side."""
        return (self.low + self.high) / 2 if self.groups and self.low < self.high else None


def read_keys(found: Opened, salt: str | None, salt_before: str | None) -> tuple[Sides, Leak]:
    """Which groups are on the wrong side, and which are trained on and held out; both with examples."""
    wrong = _Wrong(found.policy.share, salt, salt_before)
    head, base, leaked, shown = _Share(), _Share(), _Leaked(found.fresh), _Shown()
    for key in _keys(found):
        head.add(key.head_train, key.head_rows)
        base.add(key.base_train, key.base_rows)
        wrong.add(key)
        leaked.add(key, shown)
    sides = Sides(
        groups=head.groups,
        held=head.held,
        salted=salt is not None,
        wrong=wrong.groups,
        wrong_rows=wrong.rows,
        newly_wrong=wrong.new,
        looks_like=wrong.looks_like,
        groups_before=base.groups,
        held_before=base.held,
        examples=wrong.shown.under("group", "rows in training", "rows held out", "belongs to"),
    )
    examples = shown.under("group", "rows in training", "rows held out", "rows held out on base")
    return sides, Leak("group", leaked.groups, leaked.new, leaked.rows, examples)


@dataclass(slots=True)
class _Leaked:
    """Groups that head trains on and that head, or base, holds out."""

    fresh: bool
    groups: int = 0
    new: int = 0
    rows: int = 0

    def add(self, key: _Key, shown: _Shown) -> None:
        held = key.head_rows or (key.base_rows and not self.fresh)
        if key.head_train and held:
            new = not (key.base_train and key.base_rows)
            self.groups += 1
            self.new += new
            self.rows += key.head_train
            shown.add(key.row(f"{key.base_rows:,}"), new=new)


def _keys(found: Opened) -> Iterator[_Key]:
    """Every group of the two or four tables, in the order of their names."""
    name, counted = found.policy.key, []
    for side, table in found.tables.items():
        counts = ", ".join(f"{'count(*)' if side == other else '0'} AS {other}" for other in SIDES)
        counted.append(f"SELECT {table.text(name)} AS key, {counts} FROM {table.relation} GROUP BY 1")
    sums = ", ".join(f"CAST(sum({side}) AS BIGINT)" for side in SIDES)
    rows = found.connection.execute(
        f"SELECT key, {sums} FROM ({' UNION ALL '.join(counted)}) GROUP BY key ORDER BY key"
    )
    while chunk := rows.fetchmany(_AT_ONCE):
        yield from (_Key(*row) for row in chunk)
