"""Where Spark's SQL is not DuckDB's: the only place that knows. All other SQL of the gate is one text for both.

Four things cannot be said in Spark's SQL so that every bit agrees: DuckDB's hash, its text of a decimal number, its
reading of a number from text, and its logarithm. They are computed by DuckDB itself, on Spark's workers, a batch of
rows at a time: equal by construction, and not by imitation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb
    import pyarrow as pa

_REWRITES: tuple[tuple[str, str], ...] = (
    # Computed by DuckDB on the workers.
    (r"\bhash\(", "duck_hash("),
    (r"\bln\(", "duck_ln("),
    (r"nullif\(nullif\(CAST\((c\d+) AS VARCHAR\), 'nan'\), '-nan'\)", r"duck_text(\1)"),
    (r"TRY_CAST\((c\d+) AS DOUBLE\)", r"duck_number(\1)"),
    # An ENUM is a function of that name. Lists are read by `get`: `element_at` says that it is never NULL, which it is
    # at the position NULL, and a `coalesce` around it is then optimised away.
    (r"enum_code\(TRY_CAST\((.*?) AS (\w+_code(?:_\d+)?)\)\)", r"\2(\1)"),
    (r"\[([\d, ]+)\]\[(CAST\(.*? AS INTEGER\)) \+ 1\]", r"get(array(\1), \2)"),
    # A sum of whole numbers needs 128 bits until it becomes a float, which it does when it is fetched.
    (r"CAST\(coalesce\(sum\((.*?)\), 0\) AS DOUBLE\)", r"coalesce(sum(CAST(\1 AS DECIMAL(38,0))), 0)"),
    (r"FILTER \((?!WHERE)", "FILTER (WHERE "),
    (r"list_sort\(min\((\w+), (\d+)\)", r"array_sort(min_by(\1, \1, \2)"),
    (r"\btrunc\(", "floor("),  # They agree on what is asked: whether a number is whole.
    (r"\bVARCHAR\b", "STRING"),
    # Spark has no whole numbers without a sign, nor of 128 bits: a decimal of as many digits stands for each of them.
    (r"\bHUGEINT\b", "DECIMAL(38,0)"),
    (r"\bUSMALLINT\b", "DECIMAL(5,0)"),
    (r"\bUTINYINT\b", "DECIMAL(3,0)"),
)
FETCHED = {
    "decimal128(38, 0)": "CAST(CAST({} AS HUGEINT) AS DOUBLE)",
    "decimal128(20, 0)": "CAST({} AS UBIGINT)",
    "decimal128(5, 0)": "CAST({} AS USMALLINT)",
    "decimal128(3, 0)": "CAST({} AS UTINYINT)",
}
"""What a decimal of Spark's stands for, in DuckDB's SQL, by its type in Arrow."""
FUNCTIONS = (
    "suffix(t STRING, e STRING) RETURNS BOOLEAN RETURN endswith(t, e)",
    "regexp_full_match(t STRING, p STRING) RETURNS BOOLEAN RETURN t RLIKE concat('^(?:', p, ')$')",
    "isfinite(x DOUBLE) RETURNS BOOLEAN RETURN NOT isnan(x) AND abs(x) < double('Infinity')",
)
"""Functions of DuckDB that Spark's SQL can say itself."""


@dataclass(frozen=True, slots=True)
class ByDuckDB:
    """A function of one column that DuckDB computes on the workers."""

    sql: str
    """In DuckDB's SQL, over the column x."""
    returns: str
    """In Spark's SQL."""


BY_DUCKDB = {
    "duck_hash": ByDuckDB("CAST(hash(x) AS DECIMAL(20, 0))", "DECIMAL(20,0)"),
    "duck_text": ByDuckDB("nullif(nullif(CAST(x AS VARCHAR), 'nan'), '-nan')", "STRING"),
    "duck_number": ByDuckDB("TRY_CAST(x AS DOUBLE)", "DOUBLE"),
    "duck_ln": ByDuckDB("ln(x)", "DOUBLE"),
}


def spark_sql(query: str) -> str:
    """A query of the gate as Spark reads it. What it does not know stays as it is, and Spark refuses it."""
    for pattern, instead in _REWRITES:
        query = re.sub(pattern, instead, query)
    return query


def by_duckdb(sql: str) -> Callable[[pa.Array], pa.Array]:
    """The function of Arrow arrays that DuckDB's `sql` over x is; `mergegate` must be installed where it runs."""
    return lambda values: _by_duckdb(sql, values)  # A lambda: PySpark would read hints, and these are no objects.


def codes_of(texts: Sequence[str]) -> Callable[[pa.Array], pa.Array]:
    """The function that gives a text its position among `texts`, NULL where it is not there."""
    known = list(texts)
    return lambda values: _positions(known, values)


def _by_duckdb(sql: str, values: pa.Array) -> pa.Array:
    import pyarrow as pa

    made = _duckdb().from_arrow(pa.table({"x": values})).project(f"{sql} AS made").to_arrow_table()
    return made.column("made").combine_chunks()


def _positions(known: list[str], values: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.index_in(values, value_set=pa.array(known, values.type))


_OPEN: list[duckdb.DuckDBPyConnection] = []


def _duckdb() -> duckdb.DuckDBPyConnection:
    """This worker's DuckDB: one thread, as Spark runs as many workers as there are cores."""
    import duckdb

    if not _OPEN:
        _OPEN.append(duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False}))
    return _OPEN[0]
