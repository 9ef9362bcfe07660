"""Somebody's own table of applicants: a CSV, whose bad rows are refused one by one while the rest is decided."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loan.faults import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loan.card import Card, Kind

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_FLAGS = {"true": True, "false": False}
WHOLE_ROW = "the row"


@dataclass(frozen=True, slots=True)
class Applicant:
    """One row of the file."""

    row: int
    """1 is the first row below the header."""
    cells: dict[str, str]
    """By column, as they stand in the file; empty where the row cannot be taken apart."""
    fault: str = ""
    """Why the whole row is refused."""

    @property
    def id(self) -> str:
        """The row's own `id`, where the file has one."""
        return self.cells.get("id", "")


def _header(reader: Iterator[list[str]], path: Path) -> list[str]:
    header = next(reader, [])
    if not any(header):
        raise StageError("the file is empty", where=path, do="give a CSV with a header and one row per applicant")
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise StageError(f"a column stands twice: {', '.join(doubled)[:200]}", where=path, do="name each column once")
    return header


def read(path: Path) -> Iterator[Applicant]:
    """The rows of a UTF-8 CSV with a header; StageError where there is no such file, or none in it.

    A byte that is not UTF-8 spoils its own cell alone.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = _header(reader, path)
            number = 0
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    number += 1
                    yield Applicant(number, {}, f"is no CSV: {error}")
                    continue
                if cells is None:
                    break
                if not cells:
                    continue
                number += 1
                fits = len(cells) == len(header)
                said = "" if fits else f"has {len(cells)} cells, and the header {len(header)}"
                yield Applicant(number, dict(zip(header, cells, strict=True)) if fits else {}, said)
    except OSError as error:
        raise StageError(f"the file cannot be read: {error.strerror}", where=path, do="name a CSV file") from None
    if not number:
        raise StageError("the file has no rows", where=path, do="give one row per applicant")


def _value(cell: str, kind: Kind) -> Any:
    """A cell as a value; what is no number stays the text that it is, and the contract refuses it."""
    if cell == "":
        return None
    if kind == "category":
        return cell
    if kind == "flag" and cell.lower() in _FLAGS:
        return _FLAGS[cell.lower()]
    return float(cell) if _NUMBER.fullmatch(cell) else cell


def values(applicant: Applicant, card: Card) -> dict[str, Any]:
    """What the card is asked about: its inputs alone, None where a cell is empty, no key where a column is missing."""
    cells = applicant.cells
    return {known.name: _value(cells[known.name], known.kind) for known in card.inputs if known.name in cells}
