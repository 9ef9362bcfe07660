"""The rows that a reader is shown: right before and wrong now, the most confident first."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.read.columns import clipped
from mergegate.read.join import ids_of

if TYPE_CHECKING:
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.columns import Table
    from mergegate.read.prepare import Prepared
    from mergegate.read.reduce import Rows

MOST = 5_000
"""A comment shows the first of them, report.html all."""


def examples(rows: Rows, prepared: Prepared, model: ModelPolicy, head: Table) -> tuple[tuple[str, ...], ...]:
    """Up to 5,000 rows below a header (id, label, before, now and the slices); empty where there is none.

    Among equals the hash of the id decides: the same rows whatever their order, and no favourite part of the table.
    """
    if model.task == "ranking":
        return ()
    if model.task == "regression":
        worse = "abs(ph - y) - abs(pb - y)"
        where, order, cells = f"{worse} > 0", f"{worse} DESC", "y, pb, ph"
    else:
        where, order, cells = "l = b AND l <> h", _confidence(prepared), "l, b, h"
    slices = "".join(f", s{index}" for index in range(len(rows.columns)))
    first = f"{order}, k" if order else "k"
    found = rows.connection.execute(
        f"SELECT k, {cells}{slices} FROM {rows.table} WHERE {where} ORDER BY {first} LIMIT {MOST}"
    ).fetchall()
    if not found:
        return ()
    ids = ids_of(rows.connection, head, [row[0] for row in found])
    header = ("id", "label", "before", "now", *rows.columns)
    return (header, *(_cells(ids[row[0]], row[1:], rows, prepared) for row in found))


def _confidence(prepared: Prepared) -> str:
    """SQL that puts head's most confident mistakes first."""
    if "ph" not in prepared.columns.kept:
        return ""
    return "ph DESC" if prepared.positive is None else "greatest(ph, 1 - ph) DESC"


def _cells(key: str, row: tuple[object, ...], rows: Rows, prepared: Prepared) -> tuple[str, ...]:
    answers, slices = row[:3], row[3:]
    if prepared.classes:
        said = [prepared.classes[int(str(code))] for code in answers]
    else:
        said = [f"{value:.6g}" for value in answers]
    values = [coding.values[int(str(code))] for code, coding in zip(slices, rows.codings, strict=True)]
    return tuple(clipped(text) for text in (key, *said, *values))
