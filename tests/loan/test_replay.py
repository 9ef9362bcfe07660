"""A portfolio through the criteria of any version: what is bad is refused row by row, and the rest is decided."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from loan import replay
from loan.replay_facts import wilson
from tests.loan import small

HEADER = "id,obrat,income,ratio,cosign,term,black"
GOOD = "a,30,6000,0.5,1,15,0"
DENIED = "b,47.6,100,0.2,0,other,1"
BAD = {
    "text in a number": ("c,abc,6000,0.5,1,15,0", "obrat", "must be a number from 0 to 100 %", "abc"),
    "negative income": ("c,30,-1,0.5,1,15,0", "income", "must be a number from 0 to 1000000", "-1"),
    "1e308": ("c,30,1e308,0.5,1,15,0", "income", "must be a number from 0 to 1000000", "1e308"),
    "beyond every float": ("c,30,1e999,0.5,1,15,0", "income", "must be a number from 0 to 1000000", "1e999"),
    "not a number": ("c,nan,6000,0.5,1,15,0", "obrat", "must be a number from 0 to 100 %", "nan"),
    "infinity": ("c,30,inf,0.5,1,15,0", "income", "must be a number from 0 to 1000000", "inf"),
    "a ratio of 400 %": ("c,30,6000,4,1,15,0", "ratio", "must be a number from 0 to 3", "4"),
    "an unknown category": ("c,30,6000,0.5,1,40,0", "term", "must be one of 15, 30, other", "40"),
    "half a flag": ("c,30,6000,0.5,0.5,15,0", "cosign", "must be 0 or 1", "0.5"),
    "a needed value": ("c,30,,0.5,1,15,0", "income", "must be given", ""),
    "Python's thousands": ("c,30,6_000,0.5,1,15,0", "income", "must be a number from 0 to 1000000", "6_000"),
    "too few cells": ("c,30", "the row", "has 2 cells, and the header 7", None),
    "too many cells": ("c,30,6000,0.5,1,15,0,9", "the row", "has 8 cells, and the header 7", None),
    "a torn quote": ('c,"30"x,6000,0.5,1,15,0', "the row", "is no CSV: ',' expected after '\"'", None),
}


def run(tmp_path: Path, content: str | bytes, *more: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any, str]:
    file = tmp_path / "portfolio.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    code = replay.main([str(file), "--criteria", str(small.EXAMPLE), "--json", *more])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


@pytest.mark.parametrize("what", BAD)
def test_a_bad_row_is_refused_with_row_field_and_reason_and_the_rest_is_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    line, field, reason, found = BAD[what]
    code, said, _ = run(tmp_path, f"{HEADER}\n{GOOD}\n{line}\n{DENIED}\n", capsys=capsys)
    assert code == 4
    assert said["refused"]["rows"] == 1
    refusal = said["refused"]["list"][0]
    assert (refusal["row"], refusal["field"], refusal["reason"], refusal["found"]) == (2, field, reason, found)
    assert (said["versions"][0]["decided"], said["versions"][0]["approved"]) == (2, 1)


def test_all_rows_decided_is_0_and_a_missing_value_is_worth_its_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = run(tmp_path, f"{HEADER}\n{GOOD}\nb,,6000,,TRUE,,\n", capsys=capsys)
    assert code == 0
    assert said["versions"][0]["decided"] == 2
    assert said["refused"] == {"rows": 0, "list": []}


def test_a_missing_column_refuses_each_row_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(tmp_path, "obrat,income,ratio,term\n30,6000,0.5,15\n31,6000,0.5,15\n", capsys=capsys)
    assert code == 4
    assert said["refused"]["rows"] == 2
    assert {(each["field"], each["reason"]) for each in said["refused"]["list"]} == {("cosign", "column is missing")}
    assert said["versions"][0]["ratio"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("\n", "the file is empty"),
        (f"{HEADER}\n", "has no rows"),
        ("a,a\n1,2\n", "stands twice"),
    ],
)
def test_a_file_with_nothing_to_decide_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    code, nothing, error = run(tmp_path, content, capsys=capsys)
    assert (code, nothing) == (2, None)
    assert said in error
    assert "do:" in error


def test_a_wrong_byte_spoils_its_own_cell_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(tmp_path, f"{HEADER}\n{GOOD}\n".encode() + b"\xff,\xff,6000,0.5,1,15,0\n", capsys=capsys)
    assert code == 4
    assert said["versions"][0]["decided"] == 1
    assert said["refused"]["list"][0]["field"] == "obrat"


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose second commit moves one cut-off of the debt ratio from 47.5 to 50 and one bin's points."""
    folder = tmp_path_factory.mktemp("repository")
    text = small.EXAMPLE.read_text(encoding="utf-8")

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (folder / "criteria").mkdir()
    for tag, content in (("v1", text), ("v2", text.replace("below: 40, points: 5", "below: 40, points: -40"))):
        mended = content.replace("points: -30, rows: 90", "points: -40, rows: 90") if tag == "v2" else content
        mended = mended.replace("reference: 33", "reference: 20") if tag == "v2" else mended
        (folder / "criteria" / "loan.yaml").write_text(mended, encoding="utf-8")
        git("add", ".")
        git("commit", "-qm", tag)
        git("tag", tag)
    draw = np.random.default_rng(5)
    rows = [
        f"r{at},{draw.uniform(20, 60):.1f},{draw.integers(1000, 9000)},0.5,{at % 2},15,{at % 3 % 2}"
        for at in range(300)
    ]
    (folder / "portfolio.csv").write_text("\n".join([HEADER, *rows, "=x,abc,1,1,1,15,0", ""]), encoding="utf-8")
    return folder


def test_two_versions_are_compared_row_by_row_with_what_moved(
    two_versions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    criteria, rows = str(two_versions / "criteria/loan.yaml"), str(two_versions / "portfolio.csv")
    revs = ["--rev", "v1", "--rev", "v2"]
    assert replay.main([rows, "--criteria", criteria, *revs, "--json", "--out", str(tmp_path)]) == 4
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((tmp_path / "replay.json").read_text(encoding="utf-8"))
    differ = said["differ"]
    assert set(differ["kinds"]) == {"approve to deny"}
    assert differ["decisions"] == said["versions"][0]["approved"] - said["versions"][1]["approved"] > 0
    with (tmp_path / "decisions.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    flipped = [row["id"] for row in table if row["decision"] != row["decision_2"]]
    assert flipped == [each["id"] for each in differ["list"]]
    assert all(each["moved"] == [{"feature": "obrat", "before": 5, "after": -40}] for each in differ["list"])
    assert table[-1]["id"] == "'=x", "no spreadsheet takes an id for a formula"
    groups = said["versions"][0]["groups"]
    assert [(each["group"], each["value"]) for each in groups] == [("black", 1), ("black", 0)]
    assert sum(each["decided"] for each in groups) == 300


def test_the_table_and_the_drawing_show_what_the_json_says(
    two_versions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    criteria, rows = str(two_versions / "criteria/loan.yaml"), str(two_versions / "portfolio.csv")
    replay.main([rows, "--criteria", criteria, "--rev", "v1", "--rev", "v2", "--out", str(tmp_path)])
    shown = capsys.readouterr().out
    assert "Decided otherwise:" in shown
    assert "obrat +5 to -40" in shown
    assert "Refused, in number: 1; the others are decided" in shown
    root = ET.parse(tmp_path / "replay.svg").getroot()  # noqa: S314 - our own
    words = " ".join(each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "black = 1" in words
    assert "cut-off 520" in words


@pytest.mark.parametrize("rev", ["nowhere", "--all", "HEAD:criteria", "v1..v2"])
def test_a_revision_that_is_none_is_wrong_use(two_versions: Path, capsys: pytest.CaptureFixture[str], rev: str) -> None:
    criteria, rows = str(two_versions / "criteria/loan.yaml"), str(two_versions / "portfolio.csv")
    assert replay.main([rows, "--criteria", criteria, f"--rev={rev}"]) == 2
    assert "name a revision" in capsys.readouterr().err


def test_hostile_words_stay_words_in_table_and_drawing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "</text><script>[red]\x1b[31m"
    file = tmp_path / "portfolio.csv"
    file.write_text(f"{HEADER},{hostile}\n{GOOD},1\n{hostile},x,1,1,1,15,0,0\n", encoding="utf-8", newline="")
    arguments = [str(file), "--criteria", str(small.EXAMPLE), "--groups", hostile, "--out", str(tmp_path)]
    assert replay.main(arguments) == 4
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]" in shown
    ET.parse(tmp_path / "replay.svg")  # noqa: S314 - our own
    assert "<script>" not in (tmp_path / "replay.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(("count", "of"), [(0, 1), (3, 7), (300, 300), (1745, 1989)])
def test_the_interval_of_a_share_is_wilsons(count: int, of: int) -> None:
    expected = binomtest(count, of).proportion_ci(0.95, "wilson")
    assert wilson(count, of) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_it_runs_as_a_command(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    command = [sys.executable, "-m", "loan.replay", str(tmp_path / "p.csv"), "--criteria", str(small.EXAMPLE)]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, env={"PYTHONPATH": "src"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "100.0%" in done.stdout
