"""Checks head's table against the policy's schema: DuckDB counts the different values, pandera judges them.

Each different value of a column goes through pandera once, in chunks, with the number of rows that have it: so the
check costs what the values cost, not what the rows do, and stays small in memory however many there are.
"""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError
from mergegate.facts.data import Fault
from mergegate.facts.datapolicy import ColumnPolicy
from mergegate.facts.joint import canonical
from mergegate.read.columns import INTEGERS, clipped, named
from mergegate.read.dataopen import LONGEST, has
from mergegate.read.join import ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from duckdb import DuckDBPyConnection

    from mergegate.facts.datapolicy import TablePolicy
    from mergegate.read.columns import Table

EXAMPLES = 5
CHUNK = 24
"""Vectors of 2,048 values that pandera is given at once."""
_WRITTEN = {"integer": "[+-]?[0-9]+([.]0+)?", "boolean": "(?i:true|false|0|1)"}
_CAST = {"integer": "DOUBLE", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}
_SAID = {
    "not_nullable": "is empty",
    "unique": "stands more than once",
    "type": "is no {kind}",
    "allowed": "is none of the allowed values",
    "pattern": "does not match the pattern `{pattern}`",
    "min": "is below {min:g}",
    "max": "is above {max:g}",
    "shortest": "has fewer than {min:g} characters",
    "longest": "has more than {max:g} characters",
}


def check_schema(connection: DuckDBPyConnection, table: Table, policy: TablePolicy) -> tuple[Fault, ...]:
    """Everything in which `table` breaks the schema, in the schema's order; empty where it keeps it."""
    faults = [*_columns(table, policy), *_rows(table, policy)]
    wanted = dict(policy.columns)
    own = wanted.get(policy.id, ColumnPolicy())
    wanted[policy.id] = own.model_copy(update={"unique": True, "nullable": False})
    for name, column in wanted.items():
        if has(table, name) and table.rows:
            faults += _values(connection, table, name, column)
    for columns in policy.unique:
        if all(has(table, name) for name in columns) and table.rows:
            faults += _together(connection, table, columns)
    if policy.min_rows_per_class is not None and has(table, policy.label) and policy.label is not None:
        faults += _class_rows(connection, table, policy.label, policy.min_rows_per_class)
    return tuple(faults)


def _columns(table: Table, policy: TablePolicy) -> Iterator[Fault]:
    """Columns that are missing, stand twice, hold lists, or must not be there."""
    named_columns = (policy.id, policy.label, policy.group, *policy.text, *policy.columns, *policy.drift_columns)
    asked = [*named_columns, *(name for columns in policy.unique for name in columns)]
    for name in dict.fromkeys(name for name in asked if name is not None):
        if name not in table.names:
            yield Fault(name, "is missing")
    for name in dict.fromkeys(table.names):
        if table.names.count(name) > 1:
            yield Fault(name, f"stands {table.names.count(name)} times")
        elif not has(table, name):
            yield Fault(name, "holds more than one value per row")
        if name in policy.forbidden:
            yield Fault(name, "must not be in this table: it is known only after the answer")
        elif policy.strict and name not in asked:
            yield Fault(name, "is not in the schema")


def _rows(table: Table, policy: TablePolicy) -> Iterator[Fault]:
    if table.rows < policy.min_rows:
        yield Fault("", f"has {table.rows:,} rows, and at least {policy.min_rows:,} are asked for")


def _values(connection: DuckDBPyConnection, table: Table, name: str, policy: ColumnPolicy) -> list[Fault]:
    """What pandera finds wrong with the values of one column."""
    schema = _schema(policy)
    counts: dict[str, int] = defaultdict(int)
    examples: dict[str, dict[int, str]] = defaultdict(dict)
    for frame in _distinct(connection, table, name, policy):
        for check, positions in _failures(schema, frame).items():
            failed = frame.iloc[positions]
            counts[check] += int(failed["rows"].sum())
            for raw, key in failed[["raw", "row"]].sort_values("row").head(EXAMPLES).itertuples(index=False):
                examples[check][int(key)] = "" if not isinstance(raw, str) else raw
    found = []
    for check in sorted(counts, key=lambda name: list(_SAID).index(name) if name in _SAID else len(_SAID)):
        kept = dict(sorted(examples[check].items())[:EXAMPLES])
        words = _SAID.get(check, "fails a check")
        said = words.format(kind=policy.type, pattern=policy.pattern, min=policy.min or 0, max=policy.max or 0)
        found.append(Fault(name, said, counts[check], _with_ids(connection, table, kept)))
    return found


def _distinct(connection: DuckDBPyConnection, table: Table, name: str, policy: ColumnPolicy) -> Iterator[pd.DataFrame]:
    """Chunks of the column's different values: as text, as what they should be, in how many rows, and one of these."""
    text = f"CAST({table.text(name)} AS VARCHAR)"
    row = f"hash({table.id_text})" if table.id else "0::UBIGINT"
    connection.execute(
        f"SELECT v AS raw, {_typed('v', table.type_of(name), policy)} AS value, n AS rows, row FROM "
        f"(SELECT nullif({text}, '') AS v, count(*) AS n, min({row}) AS row FROM {table.relation} GROUP BY ALL)"
    )
    while len(frame := connection.fetch_df_chunk(CHUNK)):
        yield frame


def _typed(text: str, kind: str, policy: ColumnPolicy) -> str:
    """SQL: the text as the policy's type, NULL where it is none. Not by a cast alone, which takes 1.5 for a whole 2."""
    if policy.type == "text":
        return text
    cast = f"TRY_CAST({text} AS {_CAST[policy.type]})"
    if policy.type in _WRITTEN and kind not in INTEGERS:
        return f"CASE WHEN regexp_full_match({text}, '{_WRITTEN[policy.type]}') THEN {cast} END"
    return f"CASE WHEN isfinite({cast}) THEN {cast} END" if policy.type == "number" else cast


def _schema(policy: ColumnPolicy) -> Any:
    """The policy of one column as a pandera `DataFrameSchema` of a frame (raw, value, rows, row)."""
    pa = _pandera()
    plain = policy.type == "text"
    values = [pa.Check.str_length(min_value=policy.min, error="shortest")] if plain and policy.min is not None else []
    values += [pa.Check.str_length(max_value=policy.max, error="longest")] if plain and policy.max is not None else []
    values += [pa.Check.ge(policy.min, error="min")] if not plain and policy.min is not None else []
    values += [pa.Check.le(policy.max, error="max")] if not plain and policy.max is not None else []
    raw = []
    if policy.allowed:
        raw.append(
            pa.Check(lambda texts: texts.map(canonical, na_action="ignore").isin(policy.allowed), error="allowed")
        )
    if policy.pattern is not None:
        raw.append(pa.Check(lambda texts: texts.str.fullmatch(policy.pattern), error="pattern"))
    frames = [] if plain else [pa.Check(lambda f: f["value"].notna() | f["raw"].isna(), error="type")]
    if policy.unique:
        frames.append(pa.Check(lambda f: (f["rows"] <= 1) | f["raw"].isna(), error="unique"))
    columns = {
        "raw": pa.Column(checks=raw, nullable=policy.nullable),
        "value": pa.Column(checks=values, nullable=True),
        "rows": pa.Column(),
    }
    return pa.DataFrameSchema(columns, checks=frames)


def _pandera() -> Any:
    try:
        import pandera.pandas as pa
    except ImportError:
        raise SurroundingsError(
            "the policy has a schema for a table of data, and pandera is not installed",
            do="install it: `pip install mergegate[data]`",
        ) from None
    return pa


def _failures(schema: Any, frame: pd.DataFrame) -> dict[str, list[int]]:
    """Name of the check -> positions in `frame` that fail it."""
    pa = _pandera()
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        failed: dict[str, set[int]] = defaultdict(set)
        for check, index in error.failure_cases[["check", "index"]].itertuples(index=False):
            failed[str(check)].add(int(index))
        return {check: sorted(positions) for check, positions in failed.items()}
    return {}


def _with_ids(connection: DuckDBPyConnection, table: Table, examples: dict[int, str]) -> tuple[tuple[str, str], ...]:
    ids = ids_of(connection, table, list(examples)) if table.id else {}
    return tuple((clipped(ids.get(key) or "", LONGEST), clipped(text, LONGEST)) for key, text in examples.items())


def _together(connection: DuckDBPyConnection, table: Table, columns: Sequence[str]) -> list[Fault]:
    """Rows whose values in these columns another row has, too."""
    texts = ", ".join(f"coalesce('v' || CAST({table.text(name)} AS VARCHAR), '')" for name in columns)
    row = f"hash({table.id_text})" if table.id else "0::UBIGINT"
    counts, first = connection.execute(
        f"SELECT sum(n), list_sort(min(row, {EXAMPLES})) FROM (SELECT count(*) AS n, min(row) AS row FROM "
        f"(SELECT hash({texts}) AS h, {row} AS row FROM {table.relation}) GROUP BY h HAVING count(*) > 1)"
    ).fetchall()[0]
    if not counts:
        return []
    examples = _with_ids(connection, table, dict.fromkeys(first, ""))
    return [Fault(" + ".join(columns), "has values that stand together more than once", int(counts), examples)]


def _class_rows(connection: DuckDBPyConnection, table: Table, label: str, least: int) -> list[Fault]:
    rows = connection.execute(
        f"SELECT v, n FROM (SELECT {table.text(label)} AS v, count(*) AS n FROM {table.relation} GROUP BY ALL) "
        f"WHERE v IS NOT NULL AND n < {least} ORDER BY n, v LIMIT 1000"
    ).fetchall()
    if not rows:
        return []
    few = [f"{clipped(str(name), 60)} ({count:,})" for name, count in rows]
    said = f"has {len(few):,} classes with fewer than {least:,} rows: {named(few[:5])}"
    return [Fault(label, said)]
