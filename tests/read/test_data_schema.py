"""The schema: each demand passes once and fails once, with the id and value of what fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.read.data_tables import policy, read, row

from mergegate.facts.data import Fault
from mergegate.read.data import read_data


def faults(folder: Path, rows: list[dict[str, Any]], suffix: str = ".csv", **parts: Any) -> tuple[Fault, ...]:
    return read(folder, None, rows, policy(**parts), suffix).faults


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ({"type": "integer", "min": 0, "max": 10}, ["0", "10", "7", "3.0"]),
        ({"type": "number", "min": -1}, ["-1", "1e3", "0.5"]),
        ({"type": "boolean"}, ["true", "False", "0", "1"]),
        ({"type": "date"}, ["2024-02-29"]),
        ({"type": "timestamp"}, ["2024-02-29 12:00:00"]),
        ({"min": 2, "max": 3}, ["äö", "abc"]),
        ({"allowed": [0, "yes"]}, ["0", "0.0", "yes"]),
        ({"pattern": "a|b+"}, ["a", "bbb"]),
        ({"nullable": True, "type": "integer"}, ["", "1"]),
    ],
)
def test_values_that_fit_are_sound(tmp_path: Path, asked: dict[str, Any], values: list[Any]) -> None:
    rows = [row(f"r{n}", amount=value) for n, value in enumerate(values)]
    assert faults(tmp_path, rows, columns={"amount": asked}) == ()


@pytest.mark.parametrize(
    ("asked", "fine", "value", "said"),
    [
        ({"type": "integer"}, "9", "1.5", "is no integer"),
        ({"type": "number"}, "9", "nan", "is no number"),
        ({"type": "boolean"}, "1", "yes", "is no boolean"),
        ({"type": "date"}, "2024-02-29", "2024-02-30", "is no date"),
        ({"type": "integer", "max": 10}, "10", "11", "is above 10"),
        ({"type": "number", "min": 0}, "0", "-0.1", "is below 0"),
        ({"max": 3}, "abc", "four", "has more than 3 characters"),
        ({"min": 2}, "ab", "a", "has fewer than 2 characters"),
        ({"allowed": ["on", "off"]}, "on", "On", "is none of the allowed values"),
        ({"pattern": "a+"}, "aa", "aab", "does not match the pattern `a+`"),
        ({}, "a", "", "is empty"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_row(
    tmp_path: Path, asked: dict[str, Any], fine: str, value: str, said: str
) -> None:
    [found] = faults(tmp_path, [row("fine", amount=fine), row("wrong", amount=value)], columns={"amount": asked})
    assert (found.column, found.said, found.rows, found.examples) == ("amount", said, 1, (("wrong", value),))


def test_numbers_in_parquet_are_judged_as_they_are(tmp_path: Path) -> None:
    rows = [row(f"r{n}", amount=value) for n, value in enumerate([1.0, 2.5, float("nan"), None])]
    found = faults(tmp_path, rows, ".parquet", columns={"amount": {"type": "integer"}})
    assert [(one.said, one.rows) for one in found] == [("is empty", 2), ("is no integer", 1)]


def test_rows_and_ids_are_counted_however_often_a_value_stands(tmp_path: Path) -> None:
    rows = [row("twice"), row("twice"), row(""), *(row(f"r{n}", label="rare" if n < 2 else "on") for n in range(10))]
    found = faults(tmp_path, rows, min_rows=50, min_rows_per_class=3, unique=[["group", "label"]])
    assert {(one.column, one.said, one.rows) for one in found} == {
        ("", "has 13 rows, and at least 50 are asked for", 0),
        ("id", "is empty", 1),
        ("id", "stands more than once", 2),
        ("group + label", "has values that stand together more than once", 13),
        ("label", "has 1 classes with fewer than 3 rows: `rare (2)`", 0),
    }


def test_columns_are_missing_doubled_forbidden_or_unknown(tmp_path: Path) -> None:
    path = tmp_path / "head.csv"
    path.write_text("id,label,label,leak,extra\nr1,on,on,1,2\n", encoding="utf-8")
    asked = policy(forbidden=["leak"], strict=True, text=["text"])
    found = read_data(asked, None, path).faults
    assert [(one.column, one.said) for one in found] == [
        ("group", "is missing"),
        ("text", "is missing"),
        ("label", "stands 2 times"),
        ("leak", "must not be in this table: it is known only after the answer"),
        ("extra", "is not in the schema"),
    ]


def test_odd_names_and_values_are_only_data(tmp_path: Path) -> None:
    """Quotes, brackets and SQL in names and cells mean nothing."""
    odd = '\'; DROP TABLE head; -- "%s" ${x} \u202e 😀'
    rows = [{**row(f"r{n}{odd}"), odd: odd if n else "x"} for n in range(3)]
    asked = {odd: {"allowed": ["x"]}}
    [found] = faults(tmp_path, rows, columns=asked, drift={"columns": [odd]}, leaks={})
    assert (found.column, found.rows) == (odd, 2)
    assert odd in found.examples[0][1]
