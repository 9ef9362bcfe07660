"""The folded parts of the comment, and how they share the room that is left."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from mergegate.report.escape import fit, length

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_KEPT = 200
"""Rows of one folded table: more than anybody reads in a comment; the files have them all."""
ROWS_AT_LENGTH = 2_000
"""And of one in a text that may be longer than a comment."""


HEADING = 120
"""Characters of the heading of several folds: a line on a desk."""
SHELF = HEADING + 60
"""Room for the fold around several."""


@dataclass(frozen=True, slots=True)
class Section:
    """A folded part: a title with its count, what stands before the rows, and the rows, each one whole line."""

    title: str
    count: int
    head: str = ""
    rows: tuple[str, ...] = ()
    more: str = "rows"
    """What the rows are called where some of them are cut."""
    unwritten: int = 0
    """Further rows that exist and were not even written down."""
    most: int = ROWS_KEPT
    """Rows that are shown at most, where there is room."""
    shelf: str = ""
    """Neighbours of one shelf are folded together, so that a comment has few headings; empty for one by itself."""

    @property
    def named(self) -> str:
        """The heading: title and count."""
        return f"{self.title or 'Note'} ({self.count:,})"


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Lines of a table from cells that are escaped already; the first two lines are its head."""
    wide = len(header)
    filled = (tuple(cell or " " for cell in (*row, *[""] * wide)[:wide]) for row in (header, ("---",) * wide, *rows))
    return tuple(f"| {' | '.join(row)} |" for row in filled)


def plain_table(rows: tuple[tuple[str, ...], ...], width: int = 160) -> tuple[str, ...]:
    """Lines of a table from the cells of others; the first row is the header."""
    head, *body = [tuple(fit(cell, width) for cell in row[:12]) for row in rows]
    return table(head or ("",), body)


def unfold(section: Section, room: int) -> str:
    """Write a section into at most `room` characters, with as many rows as fit; empty where not even one does."""
    cut = len(section.rows) + section.unwritten
    left = room - length(_frame(section, (), cut))
    kept: list[str] = []
    for row in section.rows[: section.most]:
        left -= length(row) + 1
        if left < 0:
            break
        kept.append(row)
    if left < 0 and not kept:
        return ""
    return _frame(section, tuple(kept), cut - len(kept))


def _frame(section: Section, rows: tuple[str, ...], cut: int) -> str:
    parts = [f"<details><summary>{section.named}</summary>", ""]
    parts += [section.head] if section.head else []
    parts += rows
    if cut:
        parts += ["", f"{cut:,} more {section.more} are not shown here: `verdict.json` and `report.html` have them."]
    return "\n".join([*parts, "", "</details>"])


def share(sections: list[Section], room: int) -> str:
    """Write the sections into `room`, in order; what one leaves of its fair share is for those after it."""
    written: list[tuple[Section, str]] = []
    dropped: list[str] = []
    room -= 200 + SHELF * len({section.shelf for section in sections})  # for the last sentence, and for shared folds
    for index, section in enumerate(sections):
        fair = room // (len(sections) - index)
        text = unfold(section, fair)
        if text:
            written.append((section, text))
            room -= length(text) + 1
        else:
            dropped.append(section.named)
    parts = [_shelved(list(shelf)) for _, shelf in groupby(written, key=_shelf)]
    if dropped:
        named = ", ".join(dropped)
        what = named if length(named) <= 100 else f"{len(dropped):,} folded parts"
        parts.append(f"\nNo room here for {what}: see `report.html`.")
    return "\n".join(parts)


def _shelf(one: tuple[Section, str]) -> str | int:
    """Which fold a section goes into: its shelf's, or one of its own."""
    return one[0].shelf or id(one[0])


def _shelved(written: list[tuple[Section, str]]) -> str:
    """One fold around several, whose heading has the headings of all of them; a single one as it is."""
    if len(written) == 1:
        return written[0][1]
    headings = [section.named for section, _ in written]
    kept = next(n for n in range(len(headings), -1, -1) if n == 0 or length(" · ".join(headings[:n])) <= HEADING)
    more = len(headings) - kept
    shown = [*headings[:kept], *([f"{more:,} more" if kept else f"{more:,} parts"] if more else [])]
    inner = "\n".join(text for _, text in written)
    return f"<details><summary>{' · '.join(shown)}</summary>\n\n{inner}\n\n</details>"
