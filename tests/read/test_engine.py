"""Which engine runs, without Spark being there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.read.table_files import policy, rows_of, write

from mergegate.errors import Exit, UseError
from mergegate.facts import Policy
from mergegate.read.duck import database, memory_for
from mergegate.read.sparksql import spark_sql
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

MODEL = {"holdout": "h.parquet", "metrics": [{"name": "accuracy"}]}


def test_the_policy_names_the_engine_and_duckdb_is_the_default() -> None:
    assert Policy.model_validate({"version": 1, "models": {"m": MODEL}}).engine == "duckdb"
    assert Policy.model_validate({"version": 1, "engine": "spark", "models": {"m": MODEL}}).engine == "spark"


def test_without_pyspark_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    path = write(tmp_path / "b.csv", rows_of({"id": [1], "label": ["a"], "prediction": ["a"]}))
    with pytest.raises(UseError, match="PySpark is not installed") as error:
        pair(path, path, policy(), engine="spark")
    assert "mergegate[spark]" in error.value.do
    assert error.value.code is Exit.USE


@pytest.mark.slow
def test_pyspark_is_not_imported_where_duckdb_runs(tmp_path: Path) -> None:
    path = write(tmp_path / "b.csv", rows_of({"id": [1], "label": ["a"], "prediction": ["a"]}))
    code = (
        "import sys; from pathlib import Path; from tests.read.table_files import policy\n"
        f"from mergegate.read.tables import pair; pair(Path({str(path)!r}), Path({str(path)!r}), policy())\n"
        "sys.exit(any(name.split('.')[0] in {'pyspark', 'py4j'} for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("SELECT k FROM j WHERE l = b ORDER BY k LIMIT 3", "SELECT k FROM j WHERE l = b ORDER BY k LIMIT 3"),
        ("enum_code(TRY_CAST(CAST(c1 AS VARCHAR) AS slice_code_0))", "slice_code_0(CAST(c1 AS STRING))"),
        ("[2, 0][CAST(enum_code(TRY_CAST(c1 AS class_code)) AS INTEGER) + 1]",
         "get(array(2, 0), CAST(class_code(c1) AS INTEGER))"),
        ("CAST(coalesce(sum(CAST(x AS HUGEINT) * x), 0) AS DOUBLE) AS a, CAST(coalesce(sum(y), 0) AS DOUBLE) AS b",
         ("coalesce(sum(CAST(CAST(x AS DECIMAL(38,0)) * x AS DECIMAL(38,0))), 0) AS a, "
          "coalesce(sum(CAST(y AS DECIMAL(38,0))), 0) AS b")),
        ("nullif(nullif(CAST(c12 AS VARCHAR), 'nan'), '-nan')", "duck_text(c12)"),
        ("count(*) FILTER (isfinite(TRY_CAST(c3 AS DOUBLE)))", "count(*) FILTER (WHERE isfinite(duck_number(c3)))"),
        ("list_sort(min(id, 5) FILTER (found))", "array_sort(min_by(id, id, 5) FILTER (WHERE found))"),
        ("CAST(hash(c0) % 4096 AS USMALLINT)", "CAST(duck_hash(c0) % 4096 AS DECIMAL(5,0))"),
    ],
)  # fmt: skip
def test_what_spark_says_otherwise_is_said_otherwise(duckdb: str, spark: str) -> None:
    assert spark_sql(duckdb) == spark


def test_larger_tables_may_take_more_memory_and_never_more_than_half_of_the_machine() -> None:
    """A join's partitions must each fit, and they grow with the rows."""
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    assert memory_for(20_000_000) == 640_000_000
    assert memory_for(100_000_000) == max(640_000_000, min(2_000_000_000, half))
    assert memory_for(10**15) == memory_for(10**15, ranked=True) == half
    assert memory_for(20_000_000, ranked=True) == 320_000_000, (
        "two tables of 1e7 rows, within 1 GB with Python's arrays"
    )
    assert memory_for(100_000_000, ranked=True) == max(320_000_000, min(1_500_000_000, half))


def test_the_memory_is_that_for_the_rows_of_the_tables_whatever_their_format(tmp_path: Path) -> None:
    """A CSV of 4 GB, most of it a hole in a sparse file, is taken for 1e8 rows, though none of them is a row."""
    rows = rows_of({"id": [1], "label": ["a"], "prediction": ["a"]})
    parquet, csv = write(tmp_path / "b.parquet", rows), tmp_path / "b.csv"
    with csv.open("wb") as file:
        file.write(b"id,label,prediction\n")
        file.truncate(4_000_000_000)
    asked = "SELECT current_setting('memory_limit')"
    with database({"base": parquet}) as (connection, _):
        assert connection.execute(asked).fetchall() == [("610.3 MiB",)]
    with database({"base": parquet, "head": csv}) as (connection, _):
        assert connection.execute(asked).fetchall() != [("610.3 MiB",)]
