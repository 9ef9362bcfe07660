# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""A connection to Spark that runs the gate's SQL where one machine is too small, to the last bit as DuckDB does.

PySpark is imported here and in `sparksession` alone, and only when the policy says `engine: spark`.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mergegate.errors import SurroundingsError, TableError
from mergegate.read import sparksql
from mergegate.read.sparksql import BY_DUCKDB, FETCHED, FUNCTIONS, by_duckdb, codes_of, spark_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    from pyspark.sql import DataFrame, SparkSession

_TYPES = {
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
}
"""DuckDB's name of each type that is read as it is. All others are read as the text that DuckDB makes of them."""
_NESTED = ("array", "struct", "map", "binary", "variant")
_BROKEN = ("FAILED_READ_FILE", "MALFORMED_", "CANNOT_READ_FILE", "UNABLE_TO_INFER", "PARQUET", "INVALID_PARQUET")
_CREATE, _DROP, _DELETE, _TYPE = "CREATE TEMP TABLE ", "DROP TABLE ", "DELETE FROM ", "CREATE TYPE "
_SMALL = "sampled"
"""The table of a few thousand rows, which DuckDB counts in this process, in a hundredth of the time."""


class SparkConnection:
    """What the readers know of a DuckDB connection, answered by Spark: `execute`, and then one of the fetches."""

    def __init__(self, session: SparkSession, files: Mapping[str, Path]) -> None:
        import duckdb

        self.spark = session
        self.files = files
        self._views: dict[str, DataFrame] = {}
        self._results = duckdb.connect(":memory:", config={"threads": 1})
        for name, value in _SETTINGS.items():
            session.conf.set(name, value)
        for function in FUNCTIONS:
            session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")
        for name, made in BY_DUCKDB.items():
            self._define(name, by_duckdb(made.sql), made.returns)

    def execute(self, query: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run one of the gate's statements; a result is an ordinary result of DuckDB's."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return self._execute(query, parameters)
        except (PySparkException, Py4JError) as error:
            self._tell(error)

    def _execute(self, query: str, parameters: Sequence[Any]) -> duckdb.DuckDBPyConnection:
        if query.startswith(_TYPE):
            self._define(query.removeprefix(_TYPE).split(" ")[0], codes_of(parameters[0]), "INT")
        elif query.startswith(_CREATE):
            name, select = query.removeprefix(_CREATE).split(" AS ", 1)
            if name == _SMALL:
                return self._fetch(spark_sql(select), f"CREATE TABLE {name} AS ")
            # Spark would gather all rows in one place to count them off. The limit is for ids that stand a million
            # times, and with Spark those are looked for before the join.
            self._keep(name, self.spark.sql(re.sub(r" LIMIT \d+$", "", spark_sql(select))))
        elif query.startswith(_DELETE):
            name, condition = query.removeprefix(_DELETE).split(" WHERE ", 1)
            self.spark.sql(f"SELECT * FROM {name} WHERE NOT ({condition})").createOrReplaceTempView(name)
        elif query.startswith(_DROP):
            self._views.pop(query.removeprefix(_DROP)).unpersist()
        elif f" FROM {_SMALL}" in query:
            return self._results.cursor().execute(query)
        else:
            listed = ", ".join(str(value) for value in parameters[0]) if parameters else ""
            return self._fetch(spark_sql(query.replace("(SELECT unnest(?::UBIGINT[]))", f"({listed})")))
        return self._results

    def _fetch(self, query: str, into: str = "") -> duckdb.DuckDBPyConnection:
        """The rows of a query, handed to DuckDB, which makes of large whole numbers what it always makes of them."""
        found = self.spark.sql(query).toArrow()
        names = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in found.schema.names]
        columns = [
            f"{FETCHED.get(str(kind), '{}').format(name)} AS {name}"
            for name, kind in zip(names, found.schema.types, strict=True)
        ]
        cursor = self._results.cursor()
        cursor.register("found", found)
        return cursor.execute(f"{into}SELECT {', '.join(columns)} FROM found")

    def parquet_names(self, path: str) -> tuple[str, ...]:
        """The top columns of a Parquet file, in its order."""
        return tuple(self._read("parquet", path).columns)

    def open_parquet(self, path: str, side: str) -> list[str]:
        """Make the view `side` with the columns c0, c1, ... of a Parquet file; return DuckDB's names of their types."""
        frame = self._read("parquet", path)
        frame = frame.toDF(*(f"c{position}" for position in range(len(frame.columns))))
        types = [_TYPES.get(kind) for _, kind in frame.dtypes]
        nested = [kind.upper() if kind.startswith(_NESTED) else None for _, kind in frame.dtypes]
        columns = [
            name if kind or unreadable else f"duck_text({name}) AS {name}"
            for name, kind, unreadable in zip(frame.columns, types, nested, strict=True)
        ]
        frame.selectExpr(*columns).createOrReplaceTempView(side)
        return [kind or unreadable or "VARCHAR" for kind, unreadable in zip(types, nested, strict=True)]

    def open_csv(self, path: str, side: str, columns: int, kept: Sequence[int]) -> None:
        """Make the view `side` of a CSV's columns, all text, an empty cell as NULL."""
        schema = ", ".join(f"c{position} STRING" for position in range(columns))
        frame = self._read("csv", path, schema)
        self._keep(side, frame.selectExpr(*(f"nullif(c{position}, '') AS c{position}" for position in kept)))

    def close(self) -> None:
        """Forget everything that was kept."""
        for frame in self._views.values():
            frame.unpersist()
        self._results.close()

    def _read(self, form: str, path: str, schema: str | None = None) -> DataFrame:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        reader = self.spark.read.options(**_CSV) if form == "csv" else self.spark.read
        try:
            return (reader.schema(schema) if schema else reader).format(form).load(Path(path).as_uri())
        except (PySparkException, Py4JError) as error:
            self._tell(error)

    def _keep(self, name: str, frame: DataFrame) -> None:
        """A table: computed once, held in memory and on disk, for as long as the connection lives."""
        self._views[name] = frame.persist()
        frame.createOrReplaceTempView(name)

    def _define(self, name: str, function: Any, returns: str) -> None:
        from pyspark.cloudpickle import register_pickle_by_value
        from pyspark.sql.functions import arrow_udf

        register_pickle_by_value(sparksql)  # So that the workers need DuckDB and PyArrow, and no mergegate.
        self.spark.udf.register(name, arrow_udf(function, returns))

    def _tell(self, error: Any) -> NoReturn:
        """Raise what Spark failed with in words: no room, a broken file, or Spark's own."""
        said = str(error)
        where = ", ".join(str(path) for path in self.files.values())
        lines = [line.strip() for line in said.split("JVM stacktrace", maxsplit=1)[0].splitlines() if line.strip()]
        first = (lines or [type(error).__name__])[-1 if "Traceback (most recent call last)" in said else 0]
        if "OutOfMemoryError" in said or "No space left on device" in said:
            room = f"free some room in {tempfile.gettempdir()}, or name a larger Spark in MERGEGATE_SPARK_MASTER"
            raise SurroundingsError("the tables need more memory or disk than there is", where=first, do=room) from None
        if any(f"[{name}" in said for name in _BROKEN) or "is not a Parquet file" in said:
            raise TableError(f"a table cannot be read: {first}", where=where, do="write it again") from None
        raise SurroundingsError(f"Spark failed: {first}", where=where, do="try `engine: duckdb`") from error


_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.binaryAsString": "true",
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}
"""What the answers depend on, whatever the session was set to."""
_CSV = {
    "header": "true",
    "sep": ",",
    "quote": '"',
    "escape": '"',
    "multiLine": "true",
    "mode": "FAILFAST",
    "encoding": "UTF-8",
    "nullValue": "",
}
