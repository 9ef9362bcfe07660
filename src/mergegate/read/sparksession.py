"""Finds the Spark that this process has, or starts one for as long as it is needed.

One that is started runs on this machine, or on the master that `MERGEGATE_SPARK_MASTER` names. On this machine it
listens on the loopback address alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.read.spark import SparkConnection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

MEMORY = "2g"
"""What a Spark that is started here may hold before it spills to disk."""


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
