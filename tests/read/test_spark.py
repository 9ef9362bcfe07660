"""Spark counts what DuckDB counts, to the last bit, and is started, heard and ended as politely as DuckDB."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import random
import shutil
import subprocess
import sys
import tempfile
import textwrap
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.read.table_files import assert_same, policy, rows_of, write, write_csv, write_parquet

from mergegate.errors import TableError, UseError
from mergegate.read.sparksession import own_session
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.read.table_files import Row

    from mergegate.facts.joint import Joint
    from mergegate.facts.policy import ModelPolicy

MISSING = (
    "PySpark is not installed: make setup LOCK=requirements/spark.txt"
    if importlib.util.find_spec("pyspark") is None
    else "there is no Java"
    if not (os.environ.get("JAVA_HOME") or shutil.which("java"))
    else ""
)
pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING) and os.environ.get("CI") != "true", reason=MISSING or "all is there"),
]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A local Spark of two cores, which the tests share as the cells of a notebook would."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as said,
    ):
        patch.setenv("MERGEGATE_SPARK_MASTER", "local[2]")
        with own_session(Path(folder), "1g", said) as spark:
            yield spark


def both(base: Path, head: Path, model: ModelPolicy, labels: Path | None = None) -> Joint:
    """Pair with each engine, and hold the two joints against each other."""
    expected = pair(base, head, model, labels=labels)
    assert_same(expected, pair(base, head, model, labels=labels, engine="spark"))
    return expected


def table(n: int, seed: int) -> list[Row]:
    """Rows whose truth depends on `n` alone and whose answers depend on `seed`."""
    truth, draw = random.Random(n), random.Random(seed)
    return rows_of(
        {
            "id": [f"row {index}" for index in range(n)],
            "label": [truth.choice("abc") for _ in range(n)],
            "prediction": [draw.choice("abc") for _ in range(n)],
            "score": [draw.random() for _ in range(n)],
            "language": [truth.choice(["de", "fr", "日本", None]) for _ in range(n)],
            "group": [f"g{index // 3}" for index in range(n)],
        }
    )


SCORED: dict[str, Any] = {
    "metrics": [{"name": name} for name in ("accuracy", "f1_macro", "log_loss", "brier", "ece", "auc")],
    "score": "score",
    "positive": "a",
    "slices": ("language",),
}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(("suffix", "group"), [("parquet", None), ("csv", "group")])
def test_a_classification_is_counted_alike(tmp_path: Path, suffix: str, group: str | None) -> None:
    base, head = table(400, 1), table(400, 2)
    head[7]["label"] = "a" if head[7]["label"] != "a" else "b"
    paths = write(tmp_path / f"base.{suffix}", base[:-1]), write(tmp_path / f"head.{suffix}", head[2:])
    joint = both(*paths, policy(group=group, **SCORED))
    assert (joint.n, joint.only_base, joint.only_head, joint.relabelled) == (397, 2, 1, 1)
    assert len(joint.examples) > 21


@pytest.mark.usefixtures("session")
def test_labels_of_their_own_and_more_groups_than_clusters_are_counted_alike(tmp_path: Path) -> None:
    n = 9_000
    base, head = table(n, 1), table(n, 2)
    for index, row in enumerate(head):
        row["group"] = f"group {index // 2}"
    before = write_csv(tmp_path / "b.csv", base, ["id", "prediction"])
    after = write_parquet(tmp_path / "h.parquet", head, ["id", "prediction", "group"])
    labels = write_parquet(tmp_path / "l.parquet", base, ["id", "label", "language"])
    joint = both(before, after, policy(group="group", slices=("language",)), labels)
    assert joint.counts[0].clusters == 4096
    assert joint.n == n


@pytest.mark.usefixtures("session")
def test_a_regression_with_numbers_of_every_size_is_counted_alike(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    label = draw.normal(0.3, 3, 200)
    shared = {"id": np.arange(200) * 0.5, "label": label, "ratio": draw.choice([1e-7, 0.1, 1e22, 3.0], 200)}
    tables = [shared | {"prediction": label + draw.normal(0, spread, 200)} for spread in (1.0, 2.0)]
    paths = [
        write(tmp_path / f"{index}.parquet", rows_of({name: values.tolist() for name, values in columns.items()}))
        for index, columns in enumerate(tables)
    ]
    metrics = [*({"name": name} for name in ("mae", "rmse", "r2")), {"name": "pinball", "quantile": 0.9}]
    joint = both(paths[0], paths[1], policy(task="regression", metrics=metrics, slices=("ratio",)))
    assert [slice_.value for slice_ in joint.slices] == ["", "0.1", "1e+22", "1e-07", "3"]


@pytest.mark.usefixtures("session")
def test_values_of_every_type_are_the_same_text(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 11, 22, 3, 4, 5, 600_000)  # noqa: DTZ001 - the type without a zone is meant
    columns = {
        "id": pa.array([1, 2, 3, 4], pa.uint64()),
        "label": pa.array([True, False, True, False]),
        "prediction": pa.array(["True", "false", "1", "FALSE"]).dictionary_encode(),
        "small": pa.array([1, -2, 3, None], pa.int8()),
        "single": pa.array([0.1, 1e-10, float("nan"), 7.0], pa.float32()),
        "price": pa.array([Decimal("1.00"), Decimal("2.50"), None, Decimal("0.01")]),
        "day": pa.array([dt.date(2026, 1, 1), dt.date(1, 1, 1), None, dt.date(2026, 1, 1)]),
        "moment": pa.array([moment, moment.replace(microsecond=0), None, moment]),
        "nothing": pa.nulls(4),
        "Price": pa.array(["a'b", 'c"d', "", "🙂\n"]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    text = rows_of({"id": ["1", "2.0", "3", "4"], "label": ["1"] * 4, "prediction": ["1", "false", "true", "x"]})
    write_csv(tmp_path / "b.csv", text)
    slices = tuple(columns)[3:]
    joint = both(tmp_path / "b.csv", tmp_path / "t.parquet", policy(slices=slices))
    assert joint.n == 4
    assert {slice_.value for slice_ in joint.slices if slice_.column == "single"} == {"0.1", "1e-10", "(none)", "7"}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an id twice": ({"id": "row 1"}, "1 ids stand more than once: `row 1`"),
    "no id": ({"id": None}, "1 of 60 ids are empty"),
    "no label": ({"label": None}, "column `label`"),
    "a score that is none": ({"score": float("nan")}, "1 of 60 values are no finite number"),
    "a probability of 1.2": ({"score": 1.2}, "outside of \\[0, 1\\]"),
    "an id that base lacks": ({"id": "new"}, "head answered 59 of base's 60 ids"),
}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(("cells", "words"), BAD.values(), ids=BAD)
def test_a_bad_table_is_named_in_the_same_words(tmp_path: Path, cells: dict[str, Any], words: str) -> None:
    base, head = table(60, 1), table(60, 2)
    head[3] |= cells
    paths = write(tmp_path / "b.parquet", base), write(tmp_path / "h.parquet", head)
    said = []
    for engine in ("duckdb", "spark"):
        with pytest.raises(TableError, match=words) as error:
            pair(*paths, policy(**SCORED), engine=engine)
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("broken", ["cut.parquet", "ragged.csv"])
def test_a_broken_file_is_named(tmp_path: Path, broken: str) -> None:
    good, bad = write(tmp_path / "good.parquet", table(20, 1)), tmp_path / broken
    bad.write_bytes(good.read_bytes()[:-40] if broken == "cut.parquet" else b"id,label,prediction\n1,a,a\n2,b\n")
    for engine in ("duckdb", "spark"):
        with pytest.raises(TableError, match="cannot be read"):
            pair(good, bad, policy(), engine=engine)


def alone(tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh Python beside two tables, with a temporary folder of its own."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for name, seed in (("b.parquet", 1), ("h.parquet", 2)):
        write(tmp_path / name, table(30, seed))
    env = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)} | environment
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=500, check=False)


def test_a_spark_of_its_own_is_quiet_hears_this_machine_alone_and_leaves_nothing(tmp_path: Path) -> None:
    done = alone(
        tmp_path,
        """
        import os
        from pathlib import Path
        from tests.read.table_files import policy
        from mergegate.read import spark
        from mergegate.read.tables import pair

        def java():
            status = (Path(p, "stat") for p in Path("/proc").iterdir() if p.name.isdigit())
            stats = [p.read_text().rsplit(") ", 1) for p in status if p.exists()]
            return [s[0].split(" (")[0] for s in stats if s[1].split()[1] == str(os.getpid()) and "(java" in s[0]]

        heard = []
        closing = spark.SparkConnection.close
        def close(self):
            (pid,) = java()
            inodes = {os.readlink(p) for p in Path("/proc", pid, "fd").iterdir() if p.is_symlink()}
            for line in [*open("/proc/net/tcp"), *open("/proc/net/tcp6")]:
                cells = line.split()
                if cells[3] == "0A" and f"socket:[{cells[9]}]" in inodes:
                    heard.append(cells[1].split(":")[0])
            closing(self)
        spark.SparkConnection.close = close
        print(pair(Path("b.parquet"), Path("h.parquet"), policy(), engine="spark").n)
        loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
        print(bool(heard), set(heard) <= loopback, java())
        """,
        MERGEGATE_SPARK_MASTER="local[2]",
    )
    assert (done.stdout, done.stderr) == ("30\nTrue True []\n", "")
    assert list((tmp_path / "scratch").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.parquet", "h.parquet", "scratch"]


def test_without_java_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "b.parquet", table(5, 1))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UseError, match="there is no Java") as error:
        pair(path, path, policy(), engine="spark")
    assert "Java 17" in error.value.do


def test_a_java_that_does_not_start_spark_is_quoted(tmp_path: Path) -> None:
    old = tmp_path / "java" / "bin" / "java"
    old.parent.mkdir(parents=True)
    old.write_text("#!/bin/sh\necho 'UnsupportedClassVersionError: 61.0' >&2\nexit 1\n")
    old.chmod(0o755)
    done = alone(
        tmp_path,
        """
        from pathlib import Path
        from tests.read.table_files import policy
        from mergegate.errors import UseError
        from mergegate.read.tables import pair

        try:
            pair(Path("b.parquet"), Path("h.parquet"), policy(), engine="spark")
        except UseError as error:
            print(error)
        """,
        JAVA_HOME=str(old.parent.parent),
    )
    assert "UnsupportedClassVersionError" in done.stdout
    assert "install Java 17" in done.stdout
    assert done.stderr == ""
