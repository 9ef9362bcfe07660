"""Small tables of data for tests, and the plain-Python truth about them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.read.table_files import Row, write

from mergegate.facts.data import Found
from mergegate.facts.datapolicy import TablePolicy
from mergegate.read.data import read_data

COLUMNS = ("id", "label", "group", "text", "amount")


def policy(**parts: Any) -> TablePolicy:
    """A policy of one table with the usual columns."""
    return TablePolicy.model_validate({"path": "rows.csv", "label": "label", "group": "group", **parts})


def row(key: str, **parts: Any) -> Row:
    """A row that is sound unless told otherwise."""
    return {"id": key, "label": "on", "group": "g", "text": f"please do {key}", "amount": "1", **parts}


def read(folder: Path, before: list[Row] | None, after: list[Row], asked: TablePolicy, suffix: str = ".csv") -> Found:
    """Write both tables and read them as the gate does."""
    base = write(folder / f"base{suffix}", before) if before is not None else None
    return read_data(asked, base, write(folder / f"head{suffix}", after))


def plain_diff(before: list[Row], after: list[Row]) -> dict[str, int]:
    """What changed, row by row: ids that are empty or stand twice on a side count as left out."""
    once = [{r["id"]: r for r in rows if r["id"] and Counter(q["id"] for q in rows)[r["id"]] == 1}
            for rows in (before, after)]  # fmt: skip
    doubled = [{r["id"] for r in rows} - set(one) for rows, one in zip((before, after), once, strict=True)]
    base, head = ({key: r for key, r in one.items() if key not in other}
                  for one, other in zip(once, reversed(doubled), strict=True))  # fmt: skip
    both = base.keys() & head.keys()
    rest = [name for name in COLUMNS if name not in {"id", "label"}]
    return {
        "added": len(head.keys() - base.keys()),
        "removed": len(base.keys() - head.keys()),
        "relabelled": sum(base[key]["label"] != head[key]["label"] for key in both),
        "edited": sum(any(base[key][name] != head[key][name] for name in rest) for key in both),
    }
