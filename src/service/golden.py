"""Golden answers: recorded when a version was made, and given again, all of them, before it is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.faults import NotServedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

Row = dict[str, Any]


def rows(paths: Iterable[Path], needed: Sequence[str]) -> list[Row]:
    """The rows of the tables, joined by `id`, that have all columns `needed`; NotServedError where there is none."""
    found: dict[str, Row] = {}
    places = [str(path) for path in paths]
    for path in places:
        for row in _read(path):
            found.setdefault(str(row.get("id")), {}).update(row)
    usable = [row for row in found.values() if all(name in row for name in needed)]
    if not usable:
        raise NotServedError(
            f"no golden row has all of {', '.join(needed)}",
            where=", ".join(places) or "no golden table was released",
            do="name the answers and the questions in gate.yaml: `release: {golden: [TABLE, TABLE]}`",
        )
    return usable


def _read(path: str) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:  # `read_table` would import pandas, a second and 60 MB of it
            table: list[Row] = file.read().to_pylist()
    except (pa.ArrowException, OSError) as error:
        said = (str(error).splitlines() or ["unreadable"])[0][:200]
        raise NotServedError(f"a golden table is no Parquet: {said}", where=path, do="register it again") from None
    return table


def hold(asked: Sequence[Row], answer: Callable[[Row], object], recorded: Callable[[Row], object]) -> int:
    """How many answers were asked for; NotServedError where one is not the recorded one."""
    wrong = [row for row in asked if answer(row) != recorded(row)]
    if wrong:
        first = wrong[0]
        raise NotServedError(
            f"{len(wrong):,} of {len(asked):,} golden answers are others than were recorded",
            where=f"{first['id']}: recorded {recorded(first)}, and answered {answer(first)}",
            do="this code reads the files of that version differently: serve it with its own, or register it again",
        )
    return len(asked)
