"""Whatever lies where a table of data should be, it is judged or named with its remedy: never a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.read.data_tables import policy, read, row
from tests.tries import tries

from mergegate.contrast.data import compare_data
from mergegate.errors import TableError
from mergegate.facts.data import DataExam
from mergegate.read.data import read_data

ASKED = policy(
    text=["text"],
    columns={"amount": {"type": "number"}, "text": {"min": 1, "pattern": ".*"}, "label": {"allowed": ["on"]}},
    unique=[["text", "amount"]],
    min_rows_per_class=2,
    drift={},
    leaks={},
)
GOOD = b"id,label,group,text,amount\nr1,on,g,hello there,1\nr2,off,g,good bye,2\n"
CELL = st.text(st.characters(codec="utf-8"), max_size=8)
LINES = st.lists(st.lists(CELL, max_size=6).map(",".join), max_size=6).map(lambda rows: "\n".join(rows).encode())
HEADED = LINES.map(lambda rest: b"id,label,group,text,amount\n" + rest)


def judged(base: bytes, head: bytes) -> DataExam | TableError:
    """The exam, or why one of the two is refused."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "base.csv"), Path(folder, "head.csv")
        before.write_bytes(base)
        after.write_bytes(head)
        try:
            return compare_data("t", ASKED, read_data(ASKED, before, after))
        except TableError as error:
            return error


@pytest.mark.slow
@given(st.one_of(LINES, HEADED, st.binary(max_size=60)), st.one_of(LINES, HEADED, st.binary(max_size=60)))
@example(b"", GOOD)
@example(GOOD, b"")
@example(GOOD, b"id\n")
@example(GOOD, b"id,id\n1,1\n")
@example(GOOD, b"\xff\xfe")
@example(GOOD, GOOD + b"r3,on,g,\x00,1\n")
@example(GOOD, GOOD + b'r3,on,g,"never closed,1\n')
@example(GOOD, b"id,label,group,text,amount\n,,,,\n,,,,\n")
@settings(max_examples=tries(25, 200), deadline=None)
def test_any_bytes_are_judged_or_refused(base: bytes, head: bytes) -> None:
    found = judged(base, head)
    assert isinstance(found, DataExam) or found.do


def test_what_is_sound_is_judged() -> None:
    found = judged(GOOD, GOOD + b"r3,on,g,something else,3\n")
    assert isinstance(found, DataExam)
    assert found.diff is not None
    assert found.diff.added == 1


@pytest.mark.slow
@pytest.mark.parametrize("lacking", ["id", "label", "group", "text", "amount"])
def test_each_column_may_be_missing_on_either_side(tmp_path: Path, lacking: str) -> None:
    whole = [row(f"r{n}", label=("on", "off")[n % 2]) for n in range(4)]
    part = [{name: cell for name, cell in one.items() if name != lacking} for one in whole]
    found = read(tmp_path, whole, part, ASKED)
    assert (lacking, "is missing") in [(fault.column, fault.said) for fault in found.faults]
    assert (found.diff is None) == (lacking == "id")
    back = read(tmp_path, part, whole, ASKED)
    assert (lacking, "is missing") not in [(fault.column, fault.said) for fault in back.faults]
    assert back.rows == (4, 4)


def test_a_column_of_lists_is_named_and_the_rest_is_judged(tmp_path: Path) -> None:
    before = [row("a"), row("b")]
    after = [row("a", text=["a", "list"]), row("b", text=[])]
    found = read(tmp_path, before, after, ASKED, ".parquet")
    assert ("text", "holds more than one value per row") in [(fault.column, fault.said) for fault in found.faults]
    assert found.diff is not None
    assert found.diff.columns_gone == ("text",)
