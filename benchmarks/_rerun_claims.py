"""What the rows of the rerun benchmark say about what was promised."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks._rerun_trials import BARE, CHECK, REPRO, RUN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks._rerun_trials import Row

SLOW_PLACE = "s3 with 20 ms"


def claims(rows: Sequence[Row], floor: Mapping[str, float]) -> dict[str, object]:
    """By sentence; only what the rows at hand can say."""
    return {
        f"times faster than {REPRO} ({SLOW_PLACE}, miss), by entries": _times(rows),
        f"slowest over fastest number of entries ({SLOW_PLACE}, miss)": _flatness(rows),
        "seconds over the floor of run and check together (median of misses)": _overhead(rows, floor, CHECK),
        "seconds over the floor of run alone (median of misses)": _overhead(rows, floor, RUN),
        "never slower than --no-run-cache": not _slower(rows),
        "slower than --no-run-cache": _slower(rows),
        "every hit was a hit": all(not row.executed for row in rows if row.tool in {RUN, CHECK} and row.hit),
        "requests of run (miss), by entries": {
            place: {row.entries: row.requests for row in rows if _is(row, place, RUN)} for place in _networks(rows)
        },
    }


def _is(row: Row, place: str, tool: str) -> bool:
    return (row.remote, row.tool, row.hit) == (place, tool, False)


def _times(rows: Sequence[Row]) -> dict[int, float]:
    theirs = {row.entries: row.seconds for row in rows if _is(row, SLOW_PLACE, REPRO)}
    return {
        row.entries: round(theirs[row.entries] / row.seconds, 1)
        for row in rows
        if _is(row, SLOW_PLACE, RUN) and row.entries in theirs
    }


def _flatness(rows: Sequence[Row]) -> float | None:
    ours = [row.seconds for row in rows if _is(row, SLOW_PLACE, RUN)]
    return round(max(ours) / min(ours), 2) if ours else None


def _overhead(rows: Sequence[Row], floor: Mapping[str, float], tool: str) -> dict[str, dict[str, float]]:
    found = {}
    for place in dict.fromkeys(row.remote for row in rows):
        ours = [row for row in rows if _is(row, place, tool)]
        if ours:
            found[place] = {
                kind: round(statistics.median(getattr(row, kind) for row in ours) - floor[kind], 2)
                for kind in ("seconds", "best_seconds", "processor_seconds")
            }
    return found


def _slower(rows: Sequence[Row]) -> list[str]:
    """The situations in which the quickest trial of ours took longer than the quickest of theirs."""
    theirs = {(row.remote, row.entries, row.hit): row.best_seconds for row in rows if row.tool == BARE}
    return [
        f"{row.remote}, {row.entries} entries, {'hit' if row.hit else 'miss'}: {row.best_seconds} s, not {other} s"
        for row in rows
        if row.tool == RUN
        and (other := theirs.get((row.remote, row.entries, row.hit))) is not None
        and row.best_seconds > other
    ]


def _networks(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.remote for row in rows if row.requests is not None))
