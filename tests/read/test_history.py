"""The history of merges, and what tells one holdout from another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from mergegate.errors import UseError
from mergegate.facts.history import Merge
from mergegate.facts.policy import ModelPolicy
from mergegate.read.history import holdout_digest, parse_history

MODEL = ModelPolicy.model_validate({"holdout": "h.csv", "metrics": [{"name": "accuracy"}]})
ROWS = [("1", "on", "off"), ("2", "off", "off"), ("3", "größe", "on")]


def table(path: Path, rows: Sequence[tuple[str, ...]] = ROWS, header: str = "id,label,prediction") -> Path:
    path.write_text(header + "\n" + "".join(",".join(row) + "\n" for row in rows), "utf-8")
    return path


def line(**changes: object) -> str:
    usual = {"sha": "a" * 40, "date": "2026-11-22", "models": {"m": {"holdout": "0" * 16, "metrics": {}}}}
    return json.dumps({**usual, **changes})


def test_lines_are_merges_in_order() -> None:
    text = f"{line()}\n\n{line(sha='b' * 40, models={})}\n"
    assert parse_history(text.encode()) == (Merge("a" * 40, {"m": "0" * 16}), Merge("b" * 40, {}))
    assert parse_history(b"") == ()


@pytest.mark.parametrize("bad", ["{", line(sha="x"), line(models={"m": {"holdout": "short"}}), "<<<<<<< HEAD", "[]"])
def test_a_broken_line_is_named_by_its_number(bad: str) -> None:
    with pytest.raises(UseError) as caught:
        parse_history(f"{line()}\n{bad}\n".encode())
    assert caught.value.where == "metrics/history.jsonl:2"


def test_the_order_of_rows_and_columns_and_other_answers_make_no_other_holdout(tmp_path: Path) -> None:
    first = holdout_digest(table(tmp_path / "1.csv"), MODEL)
    assert len(first) == 16
    turned = table(tmp_path / "2.csv", [(p, y, i) for i, y, p in reversed(ROWS)], "prediction,label,id")
    assert holdout_digest(turned, MODEL) == first
    answered = table(tmp_path / "3.csv", [(i, y, "on") for i, y, _ in ROWS])
    assert holdout_digest(answered, MODEL) == first


def test_parquet_and_csv_of_the_same_rows_are_one_holdout(tmp_path: Path) -> None:
    source = table(tmp_path / "1.csv")
    target = tmp_path / "1.parquet"
    duckdb.sql(f"COPY (FROM read_csv('{source}', all_varchar = true)) TO '{target}'")
    assert holdout_digest(target, MODEL) == holdout_digest(source, MODEL)


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS, ("4", "on", "on")],
        ROWS[:2],
        [("1", "off", "off"), *ROWS[1:]],
        [("1", "off", "off"), ("2", "on", "off"), ROWS[2]],
        [("9", "on", "off"), *ROWS[1:]],
    ],
)
def test_other_rows_or_labels_are_another_holdout(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    assert holdout_digest(table(tmp_path / "2.csv", rows), MODEL) != holdout_digest(table(tmp_path / "1.csv"), MODEL)
