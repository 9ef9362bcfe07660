# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""How two columns of scores are distributed, from a thousand equal bins: one pass each, whatever the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.shadow import QUANTILES, ScoreShift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.read.duck import Connection

BINS = 1_000


def score_shift(connection: Connection, before: str, after: str) -> ScoreShift:
    """Compare two columns of the joined rows `j`, of finite numbers."""
    low, high, *means = connection.execute(
        f"SELECT least(min({before}), min({after})), greatest(max({before}), max({after})), "
        f"avg(CAST({before} AS DOUBLE)), avg(CAST({after} AS DOUBLE)) FROM j"
    ).fetchall()[0]
    width = (high - low) / BINS or 1.0
    shares = [_cumulated(connection, column, low, width) for column in (before, after)]
    ends = low + width * np.arange(1, BINS + 1)
    quantiles = tuple((_quantile(shares[0], ends, q), _quantile(shares[1], ends, q)) for q in QUANTILES)
    return ScoreShift((means[0], means[1]), quantiles, float(np.abs(shares[1] - shares[0]).max()))


def _cumulated(connection: Connection, column: str, low: float, width: float) -> NDArray[np.float64]:
    """The share of rows up to the end of each bin."""
    place = f"CAST(least(floor(({column} - ({low!r})) / {width!r}), {BINS - 1}) AS INTEGER)"
    found = connection.execute(f"SELECT {place}, count(*) FROM j GROUP BY 1").fetchall()
    counts = np.zeros(BINS)
    for bin_, count in found:
        counts[bin_] = count
    return np.asarray(np.cumsum(counts) / counts.sum())


def _quantile(shares: NDArray[np.float64], ends: NDArray[np.float64], q: float) -> float:
    return float(ends[min(int(np.searchsorted(shares, q - 1e-12)), BINS - 1)])
