"""Rows for a page: the first as HTML, all that there is room for as columns of JSON, the rest counted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from mergegate.report.escape import clean, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = tuple[tuple[str, ...], ...]

MOST_ROWS = 100_000
"""Of one table: a browser scrolls, sorts and searches so many without a wait."""
SHOWN = 50
"""Rows that stand in the page as HTML, so that it is not empty without its script; a table with no more has no JSON."""
LEAST = 8_000
"""Bytes without which a table is not begun."""
LONGEST = 400
"""Characters of a cell."""
_MANY = 8
"""Repeated cells are written once, so that more fits than there is room for; hardly so many times more."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the page; every text is still to be escaped, but for `data`."""

    key: str
    """Its id in the page."""
    title: str
    header: tuple[str, ...]
    shown: Rows
    """The first rows."""
    rows: int
    """All that are embedded."""
    left_out: int
    """Rows that there was no room for."""
    data: str | None
    """JSON, inert inside a `script` element that no browser runs; None where `shown` has all rows."""
    size: int = 0
    """Bytes that it takes in the page, about."""
    hint: str = ""

    @property
    def total(self) -> int:
        """Embedded or not."""
        return self.rows + self.left_out


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be shown: rows below their header, under a title."""

    title: str
    rows: Rows
    hint: str = ""


def tables(sources: Sequence[Source], prefix: str, room: int) -> tuple[Table, ...]:
    """Embed the sources one after the other; what one leaves of its fair share of `room` is for those after it.

    Fewer come back than went in where there is no room for the last of them.
    """
    made: list[Table] = []
    for index, source in enumerate(sources):
        if room < LEAST:
            break
        table = _table(source, f"{prefix}-{index + 1}", max(LEAST, room // (len(sources) - index)))
        room -= table.size
        made.append(table)
    return tuple(made)


def written(text: str) -> int:
    """Bytes of a text in the page, escaped."""
    return len(escape(text).encode("utf-8", "replace"))


def _table(source: Source, key: str, room: int) -> Table:
    header, *body = source.rows
    wide = len(header)
    kept = _clipped(body[:MOST_ROWS], wide, _MANY * room)
    shown, size = _shown(kept, room // 4)
    data, kept = _fitting(kept, wide, room - size, len(shown))
    embedded = len(kept) > len(shown)
    return Table(
        key, source.title, header, tuple(shown), len(kept), len(body) - len(kept),
        data if embedded else None,
        size + len(data.encode()) * embedded + 2_000, source.hint,
    )  # fmt: skip


def _clipped(rows: Sequence[tuple[str, ...]], wide: int, room: int) -> list[tuple[str, ...]]:
    """The rows as wide as their header, each cell inert; no more than could ever fit."""
    known: dict[str, str] = {}
    kept = []
    for row in rows:
        cells = (*row, *[""] * wide)[:wide]
        for cell in cells:
            if cell not in known:
                known[cell] = clip(clean(cell), LONGEST)
        kept.append(tuple(known[cell] for cell in cells))
        room -= sum(map(len, kept[-1]))
        if room < 0:
            break
    return kept


def _shown(rows: list[tuple[str, ...]], room: int) -> tuple[list[tuple[str, ...]], int]:
    """The first rows, at least one, and their bytes."""
    used = 0
    for number, row in enumerate(rows[:SHOWN]):
        size = sum(written(cell) + 9 for cell in row) + 10
        if used + size > room and number:
            return rows[:number], used
        used += size
    return rows[:SHOWN], used


def _fitting(rows: list[tuple[str, ...]], wide: int, room: int, least: int) -> tuple[str, list[tuple[str, ...]]]:
    """As many of the rows as there is room for, at least the few that stand in the page anyway."""
    while True:
        data = inert(_columns(rows, wide))
        size = len(data.encode())
        if size <= room or len(rows) <= least:
            return data, rows
        rows = rows[: max(least, min(len(rows) - 1, int(len(rows) * room / size * 0.98)))]


def _columns(rows: Sequence[tuple[str, ...]], wide: int) -> list[object]:
    return [_column([row[index] for row in rows]) for index in range(wide)]


def _column(cells: list[str]) -> object:
    """The cells themselves, or, where most come again, each different one once and its number for every row."""
    places: dict[str, int] = {}
    numbers = [places.setdefault(cell, len(places)) for cell in cells]
    return cells if 2 * len(places) > len(cells) else {"each": list(places), "rows": numbers}


def inert(value: object) -> str:
    """JSON that ends no `script` element and starts no comment in one."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
