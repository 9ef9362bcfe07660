"""The questions for the service of test come from released tables, Parquet or CSV, in a stable order."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mergegate.errors import UseError
from mergegate.facts.policy import ModelPolicy
from mergegate.facts.releasepolicy import SmokePolicy
from mergegate.release.smoke import questions_of

MODEL = ModelPolicy.model_validate({"holdout": "h.csv", "metrics": [{"name": "accuracy"}]})


def policy(**more: Any) -> SmokePolicy:
    return SmokePolicy.model_validate(
        {"questions": "q.parquet", "answers": "a.parquet", "fields": ["x", "y"], "answer": "decision", **more}
    )


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    questions, answers = tmp_path / "q.parquet", tmp_path / "a.parquet"
    asked = "'r' || i AS id, i AS x, CASE WHEN i = 3 THEN 'nan'::DOUBLE ELSE i / 2 END AS y, 'secret' AS z"
    known = "'r' || i AS id, 'p' || (i % 2) AS prediction, 'l' || (i % 2) AS label, i < 4 AS must_pass"
    for columns, rows, path in ((asked, 300, questions), (known, 290, answers)):
        duckdb.execute(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)")  # noqa: S608
    return questions, answers


def test_what_must_pass_is_asked_and_its_label_expected(tables: tuple[Path, Path]) -> None:
    """Only the named fields are sent; a number that is none is sent as nothing."""
    found = questions_of(policy(must_pass="must_pass"), MODEL, *tables)
    assert sorted(one.id for one in found) == ["r0", "r1", "r2", "r3"]
    by = {one.id: one for one in found}
    assert by["r2"].body == {"x": 2, "y": 1.0}
    assert by["r2"].expected == "l0"
    assert by["r3"].body == {"x": 3, "y": None}


def test_without_such_a_mark_rows_are_drawn_and_the_prediction_expected(tables: tuple[Path, Path]) -> None:
    """The same rows each time, at most as many as asked for."""
    first, again = (questions_of(policy(most=20), MODEL, *tables) for _ in range(2))
    assert first == again
    assert len(first) == 20
    assert {one.expected for one in first} == {"p0", "p1"}
    assert not any(isinstance(told, float) and math.isnan(told) for one in first for told in one.body.values())


def test_questions_without_their_columns_or_ids_are_refused(tables: tuple[Path, Path]) -> None:
    """In words."""
    with pytest.raises(UseError, match="the questions have no column w"):
        questions_of(policy(fields=["x", "w"]), MODEL, *tables)
    with pytest.raises(UseError, match="there is no question to ask"):
        questions_of(policy(must_pass="nothing"), MODEL, *tables)
