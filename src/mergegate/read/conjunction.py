# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""Searches one half of the joined rows for the two columns' values that got worse most, and counts the other half."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from mergegate.facts.comparison import Slice
from mergegate.facts.conjunction import Conjunction
from mergegate.read.reduce import counts

if TYPE_CHECKING:
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.prepare import Prepared
    from mergegate.read.reduce import Rows

LEAST_GROUPS = 5
"""Groups (or rows, where they are independent) of a conjunction in the half: two templates are no corner."""
_LOST = "CASE WHEN b = l AND h <> l THEN 1 WHEN b <> l AND h = l THEN -1 ELSE 0 END"
_BY_GROUP = "(CAST(g AS BIGINT) * 2654435761) % 4294967296 < 2147483648"
"""Half of the groups, by a multiplicative hash of their code (Knuth): whole groups, so that no half knows the other."""
_BY_ROW = f"k < {1 << 63}"
"""Half of the rows, by the hash of their id."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the joined rows, by its name there."""

    sql: str
    name: str
    values: tuple[str, ...]
    """By code."""


def worst_conjunction(rows: Rows, prepared: Prepared, model: ModelPolicy) -> Conjunction:
    """The conjunction with the largest net loss for its noise, among those with `min_slice` rows in the searched half.

    The search is one grouped query for each pair of columns, whatever the number of rows.
    """
    half = _BY_GROUP if rows.clusters else _BY_ROW
    tried, score, where, best = 0, 0.0, "", Conjunction(0)
    for pair in combinations(_columns(rows, prepared, model), 2):
        for *codes, net, noise, n in _losses(rows, pair, half, model.min_slice):
            tried += 1
            found = net / math.sqrt(max(noise, 1))
            if found > score:
                score, where = found, " AND ".join(f"{one.sql} = {code}" for one, code in zip(pair, codes, strict=True))
                values = (pair[0].values[codes[0]], pair[1].values[codes[1]])
                best = Conjunction(0, (pair[0].name, pair[1].name), values, net, n)
    if not where:
        return Conjunction(tried)
    rows.connection.execute(
        f"CREATE TEMP TABLE conjunction AS SELECT * FROM {rows.table} WHERE {where} AND NOT ({half})"
    )
    (tested,) = counts(replace(rows, table="conjunction"), [Slice()], len(prepared.classes))
    return replace(best, tried=tried, tested=tested)


def _columns(rows: Rows, prepared: Prepared, model: ModelPolicy) -> list[_Column]:
    named = zip(rows.columns, rows.codings, strict=True)
    found = [_Column(f"s{index}", column, coding.values) for index, (column, coding) in enumerate(named)]
    label = model.worst_conjunction is not None and model.worst_conjunction.label
    return [*found, _Column("l", model.label, prepared.classes)] if label else found


def _losses(rows: Rows, pair: tuple[_Column, _Column], half: str, least: int) -> list[tuple[int, ...]]:
    """For each conjunction: its two codes, its net loss, the sum of squares of that by group, its rows; in order."""
    keys = f"{pair[0].sql} AS x, {pair[1].sql} AS y"
    each = f"SELECT {keys}, g, sum({_LOST}) AS d, count(*) AS n FROM {rows.table} WHERE {half} GROUP BY ALL"
    if not rows.clusters:
        each = f"SELECT {keys}, {_LOST} AS d, 1 AS n FROM {rows.table} WHERE {half}"
    query = (
        f"SELECT x, y, sum(d), sum(d * d), sum(n) FROM ({each}) GROUP BY x, y "
        f"HAVING sum(n) >= {least} AND count(*) >= {LEAST_GROUPS} ORDER BY x, y"
    )
    return [tuple(map(int, row)) for row in rows.connection.execute(query).fetchall()]
