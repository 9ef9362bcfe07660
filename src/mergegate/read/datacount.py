"""Counts how the values of a column are spread over base and head, and draws the rows by which leaks are looked for."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from mergegate.facts.data import Cells, Sample
from mergegate.facts.joint import canonical
from mergegate.read.columns import clipped
from mergegate.read.dataopen import CLUSTERS, cluster_of, has, readable, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mergegate.read.columns import Table
    from mergegate.read.dataopen import Both

MOST_KINDS = 100
"""Values of a column that are told apart; all rarer ones are one kind."""
MANY = 20_000
"""A column with more different values than about this is compared by its size: numbers by ranges, texts by length."""
BINS = 10
SAMPLED = 200_000
"""At most about so many rows are drawn for what needs no more: the ends of ranges, and leaks."""
OTHERS = "(all others)"
EMPTY = "(none)"


def count_cells(both: Both, column: str) -> Cells | None:
    """How often each kind of value occurs in each cluster of base and of head; None where a side has no such column."""
    base, head = both.base, both.head
    if base is None or not has(base, column) or not has(head, column) or not base.rows or not head.rows:
        return None
    kinds, code = _coding(both, column)
    group = both.policy.group if has(base, both.policy.group) and has(head, both.policy.group) else None
    sides = []
    for table in (base, head):
        source = f"SELECT {cluster_of(table, group)} % {CLUSTERS} AS g, {code[table.side]} AS v FROM {table.relation}"
        sides.append(
            f"SELECT CAST(g AS BIGINT) AS g, CAST(v AS BIGINT) AS v, {int(table is base)} AS b FROM ({source})"
        )
    found = both.connection.execute(
        "SELECT g, v, count(*) FILTER (b = 1) AS base, count(*) FILTER (b = 0) AS head "
        f"FROM ({' UNION ALL '.join(sides)}) GROUP BY g, v ORDER BY g, v"
    ).fetchnumpy()
    cluster, kind, before, after = (np.asarray(found[name], np.int64) for name in ("g", "v", "base", "head"))
    return Cells(column, cluster, kind, before, after, kinds, CLUSTERS, group is not None)


def _coding(both: Both, column: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The kinds, and by side SQL for the code of a row's kind."""
    parts = " UNION ALL ".join(f"SELECT {both.text(t, column)} AS v FROM {t.relation}" for t in both.sides)
    different = value(both.connection, f"SELECT approx_count_distinct(v) FROM ({parts})")
    numeric = different > BINS * 2 and _numeric(both, column)
    if numeric or different > MANY:
        return _ranges(both, column, numeric=numeric)
    top = both.connection.execute(
        f"SELECT v FROM ({parts}) WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {MOST_KINDS}"
    ).fetchall()
    values = [row[0] for row in top]
    kinds = (*(canonical(clipped(text, 60)) for text in values), OTHERS, EMPTY)
    name = f"kinds_{both.head.names.index(column)}"
    if values:
        both.connection.execute(f"CREATE TYPE {name} AS ENUM (SELECT unnest(?))", [values])
    codes = {}
    for table in both.sides:
        text = f"CAST({both.text(table, column)} AS VARCHAR)"
        known = f"CAST(enum_code(TRY_CAST({text} AS {name})) AS INTEGER)" if values else "NULL"
        codes[table.side] = f"CASE WHEN {text} IS NULL THEN {len(values) + 1} ELSE coalesce({known}, {len(values)}) END"
    return kinds, codes


def _numeric(both: Both, column: str) -> bool:
    """Whether nearly every value on both sides is a number."""
    for table in both.sides:
        there, numbers = both.connection.execute(
            f"SELECT count({both.text(table, column)}), count({table.number(column)}) FROM {table.relation}"
        ).fetchall()[0]
        if not there or numbers < 0.99 * there:
            return False
    return True


def _ranges(both: Both, column: str, *, numeric: bool) -> tuple[tuple[str, ...], dict[str, str]]:
    """Ranges between base's deciles: of the numbers, or of the texts' lengths."""
    base = both.base
    assert base is not None  # noqa: S101 - the caller has seen to it
    size = {t.side: t.number(column) if numeric else f"length({both.text(t, column)})" for t in both.sides}
    share = min(1.0, SAMPLED / base.rows)
    drawn = f"{cluster_of(base, None)} <= {int(share * (2**64 - 1))}"
    found = both.connection.execute(
        f"SELECT quantile_disc(x, {[n / BINS for n in range(1, BINS)]}) "
        f"FROM (SELECT {size['base']} AS x FROM {base.relation} WHERE {drawn}) WHERE isfinite(x::DOUBLE)"
    ).fetchall()[0][0]
    ends = sorted({float(end) for end in found or []})
    unit = "" if numeric else " characters"
    names = [f"up to {ends[0]:g}{unit}"] if ends else ["any"]
    names += [f"{low:g} to {high:g}{unit}" for low, high in pairwise(ends)]
    names += [f"above {ends[-1]:g}{unit}"] if ends else []
    codes = {}
    for table in both.sides:
        x = size[table.side]
        whens = " ".join(f"WHEN {x} <= {end!r} THEN {code}" for code, end in enumerate(ends))
        codes[table.side] = f"CASE WHEN {x} IS NULL THEN {len(ends) + 1} {whens} ELSE {len(ends)} END"
    return (*names, EMPTY), codes


def draw(both: Both, table: Table | None, columns: tuple[str, ...]) -> Sample | None:
    """Rows of one side, whole groups by their hash, with codes of label and columns; None without labels."""
    label = both.policy.label
    if table is None or label is None or not has(table, label) or not table.rows:
        return None
    share = min(1.0, SAMPLED / table.rows)
    names = [name for name in columns if has(table, name)]
    hashes = "".join(
        f", hash({table.text(name)}) AS h{at}, {table.number(name)} AS n{at}" for at, name in enumerate(names)
    )
    empties = "".join(
        f", nullif(CAST({table.text(name)} AS VARCHAR), '') IS NULL AS e{at}" for at, name in enumerate(names)
    )
    found: Mapping[str, Any] = both.connection.execute(
        f"SELECT * FROM (SELECT {cluster_of(table, both.policy.group)} AS g, hash({table.text(label)}) AS lh, "
        f"{table.number(label)} AS ln, nullif(CAST({table.text(label)} AS VARCHAR), '') IS NULL AS le{hashes}{empties} "
        f"FROM {table.relation}) WHERE NOT le AND g <= {int(share * (2**64 - 1))}"
    ).fetchnumpy()
    if not len(found["g"]):
        return None
    codes = _codes(found["lh"], found["ln"], found["le"], bins=5)
    drawn = {name: _codes(found[f"h{at}"], found[f"n{at}"], found[f"e{at}"], bins=20) for at, name in enumerate(names)}
    cluster = (np.asarray(found["g"], np.uint64) >> np.uint64(8)).astype(np.int64) & 0xFFFFFFFF
    return Sample(codes, cluster, drawn, int(codes.max()) + 1)


def _codes(hashes: Any, numbers: Any, empty: Any, *, bins: int) -> NDArray[np.int64]:
    """Codes of the values, of ranges where there are more than 50 numbers; -1 where the cell is empty."""
    missing = np.asarray(empty, bool)
    _, codes = np.unique(np.asarray(hashes, np.uint64), return_inverse=True)
    size = np.ma.filled(np.ma.asarray(numbers, np.float64), np.nan)
    finite = np.isfinite(size) & ~missing
    if codes.max() >= 50 and finite.sum() >= 0.99 * (~missing).sum() and finite.any():
        ends = np.unique(np.quantile(size[finite], np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
        codes = np.searchsorted(ends, np.nan_to_num(size), side="left")
    return np.where(missing, -1, codes).astype(np.int64)


def leak_columns(both: Both) -> tuple[str, ...]:
    """The columns that might tell the answer: all of head's but id, group and label, and those that are known to."""
    leaks = both.policy.leaks
    if leaks is None:
        return ()
    apart = {both.policy.id, both.policy.group, both.policy.label, *leaks.known}
    return tuple(name for name in readable(both.head) if name not in apart)
