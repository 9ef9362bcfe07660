# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""Holds the answers that a table claims against those that the same model gave here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.read.duck import database
from mergegate.read.join import check_ids
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

SAME_NUMBER = 1e-5
"""Scores of one model that differ by no more, relative to the larger or to 1, differ by the machine alone."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rows by what became of them."""

    rows: int
    """Rows that both tables have."""
    differing: int
    """Of these, with another answer, or another score where the model has one."""
    missing: int
    """Rows that were answered here, and that the claimed table lacks."""


def agreement(here: Path, claimed: Path, model: ModelPolicy) -> Agreement:
    """Join by id; raises `TableError` where either is no table of answers, or an id is empty or stands twice."""
    with database({"here": here, "claimed": claimed}) as (connection, links):
        ours = _open(connection, links["here"], here, "base", model)
        theirs = _open(connection, links["claimed"], claimed, "head", model)
        for table in (ours, theirs):
            check_ids(connection, table)
        differ = " OR ".join(_differ(name, model, ours, theirs) for name in _answers(model) if ours.has(name))
        sides = [
            f"(SELECT {table.id_text} AS id, {_columns(table, model)} FROM {table.relation})"
            for table in (ours, theirs)
        ]  # fmt: skip
        query = (
            f"SELECT count(*) FILTER (h.id IS NOT NULL), count(*) FILTER (h.id IS NOT NULL AND ({differ})), "
            f"count(*) FILTER (h.id IS NULL) FROM {sides[0]} b LEFT JOIN {sides[1]} h ON b.id = h.id"
        )
        return Agreement(*map(int, connection.execute(query).fetchall()[0]))


def _answers(model: ModelPolicy) -> list[str]:
    names = [model.prediction] if model.task != "ranking" or model.score is None else []
    return list(dict.fromkeys([*names, *([model.score] if model.score else [])]))


def _open(connection: Connection, link: str, path: Path, side: str, model: ModelPolicy) -> Table:
    """With the prediction; a quiz or a table of pairs may have no score."""
    first, *rest = _answers(model)
    optional = [(name, "the score") for name in rest]
    return open_table(connection, link, path, side, [(model.id, "the id"), (first, "the answer")], optional)


def _columns(table: Table, model: ModelPolicy) -> str:
    named = enumerate(_answers(model))
    return ", ".join(f"{table.text(name) if table.has(name) else 'NULL'} AS a{number}" for number, name in named)


def _differ(name: str, model: ModelPolicy, ours: Table, theirs: Table) -> str:
    """SQL: whether the answers `name` of one row differ; numbers by more than a machine's rounding."""
    if not (ours.has(name) and theirs.has(name)):
        return "true"
    column = f"a{_answers(model).index(name)}"
    one, other = f"CAST(b.{column} AS VARCHAR)", f"CAST(h.{column} AS VARCHAR)"
    alike = f"lower({one}) IN ('true', 'false') AND lower({one}) = lower({other})"
    numbers = f"TRY_CAST({one} AS DOUBLE)", f"TRY_CAST({other} AS DOUBLE)"
    slack = f"{SAME_NUMBER} * greatest(1, abs({numbers[0]}), abs({numbers[1]}))"
    if name == model.prediction and model.task == "classification":
        slack = "0"
    # DuckDB takes NaN for the largest number, and for its own equal: only numbers are close to each other.
    finite = " AND ".join(f"isfinite({number})" for number in numbers)
    close = f"coalesce({finite} AND abs({numbers[0]} - {numbers[1]}) <= {slack}, false)"
    return f"({one} IS DISTINCT FROM {other} AND NOT ({close}) AND NOT coalesce({alike}, false))"
