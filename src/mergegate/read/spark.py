# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""One Spark that runs the gate's SQL where one machine is too small, and gives the same joint to the last bit.

PySpark is imported here alone, and only when the policy says `engine: spark`. A Spark session that the process already
has is used as it is; otherwise one is started on this machine (or on the master that `MERGEGATE_SPARK_MASTER` names)
and ended afterwards. On this machine it listens on the loopback address alone.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from mergegate.errors import SurroundingsError, TableError, UseError
from mergegate.read import sparksql
from mergegate.read.sparksql import BY_DUCKDB, FETCHED, FUNCTIONS, by_duckdb, codes_of, spark_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb
    from pyspark.sql import DataFrame, SparkSession

MEMORY = "2g"
"""What a Spark that is started here may hold before it spills to disk."""
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


@contextmanager
def cluster(files: Mapping[str, Path], *, memory: str = MEMORY) -> Iterator[tuple[SparkConnection, dict[str, str]]]:
    """A connection, with the path by which Spark reads each of `files`: a link with a plain name in our own folder."""
    from mergegate.read.duck import linked

    _demand()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mergegate-", ignore_cleanup_errors=True))
        links = linked(Path(folder), files)
        connection = SparkConnection(stack.enter_context(_session(Path(folder), memory)), files)
        stack.callback(connection.close)
        yield connection, {name: str(link) for name, link in links.items()}


def _demand() -> None:
    """PySpark and Java are there."""
    try:
        _import()
    except ImportError:
        raise UseError(
            "the policy says `engine: spark`, and PySpark is not installed",
            where="`engine` of the policy",
            do="pip install 'mergegate[spark]', or say `engine: duckdb`",
        ) from None
    home = os.environ.get("JAVA_HOME")
    if not (home and Path(home, "bin", "java").exists()) and shutil.which("java") is None:
        raise UseError(
            "the policy says `engine: spark`, and there is no Java",
            where="neither JAVA_HOME nor PATH leads to a `java`",
            do="install Java 17 or newer, or say `engine: duckdb`",
        )


def _import() -> None:
    """Import PySpark without its warning of a new pandas, which is not used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import pyspark.sql
        import pyspark.testing  # noqa: F401 - where it warns, and PySpark imports it later in any case


@contextmanager
def _session(folder: Path, memory: str) -> Iterator[SparkSession]:
    """A session of the Spark that runs already, or of one of our own that ends with it."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        yield running.newSession()
        return
    with tempfile.TemporaryFile() as said, own_session(folder, memory, said) as session:
        yield session


@contextmanager
def own_session(folder: Path, memory: str, said: IO[bytes]) -> Iterator[SparkSession]:
    """Start Spark in a Java of its own, which writes to `folder` and speaks to `said`, and end both."""
    _import()
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    conf = SparkConf(loadDefaults=False).setAll(list(_configuration(folder, memory).items()))
    try:
        gateway = launch_gateway(conf, {"stdout": said, "stderr": said})
    except PySparkRuntimeError:
        said.seek(0)
        raise UseError(
            "Java does not start Spark",
            where=said.read().decode(errors="replace").strip()[-500:],
            do="install Java 17 or newer and let JAVA_HOME name it, or say `engine: duckdb`",
        ) from None
    try:
        context = SparkContext(conf=conf, gateway=gateway)
        if context.master.startswith("local"):
            context.pythonExec = sys.executable  # And not whatever `python3` is on PATH.
        try:
            yield SparkSession(context)
        finally:
            context.stop()
    finally:
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - so that the next one starts anew
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()


def _configuration(folder: Path, memory: str) -> dict[str, str]:
    """How a Spark of our own is set up; one on this machine is reached from this machine alone."""
    master = os.environ.get("MERGEGATE_SPARK_MASTER") or "local[*]"
    chosen = {
        "spark.master": master,
        "spark.app.name": "mergegate",
        "spark.driver.memory": memory,
        "spark.driver.maxResultSize": "0",
        "spark.driver.extraJavaOptions": f"-XX:-UsePerfData -Djava.io.tmpdir={folder}",
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.artifact.isolation.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith("local"):
        chosen |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "8",
        }
    return chosen
