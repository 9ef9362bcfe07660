# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""Reads the quiz as base and head answered it; what is right, and what must pass, is base's to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import TableError
from mergegate.facts.joint import canonical
from mergegate.facts.quiz import Quiz, QuizItem
from mergegate.read.columns import clipped
from mergegate.read.duck import database
from mergegate.read.join import check_ids
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mergegate.facts.policy import ModelPolicy, QuizPolicy
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

MOST_ITEMS = 10_000
LONGEST = 300
"""Characters of an item's text; a longer one is cut."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class _Answer:
    """One row of one side."""

    text: str
    label: str
    said: str | None
    must_pass: bool | None
    """None where the table has no such column."""


def read_quiz(base: Path | None, head: Path, model_name: str, policy: QuizPolicy, columns: ModelPolicy) -> Quiz:
    """Every item of either side, in the order of the ids; `base` is None where base never had the quiz.

    The label and the mark of an item come from base's table where it has the item: head can neither relabel it nor
    drop its mark, and an item that head leaves out has no answer. New items are head's. Raises `TableError` for a
    table that cannot be a quiz.
    """
    before: Mapping[str, _Answer] = {}
    files = {"head": head} | ({"base": base} if base else {})
    with database(files) as (connection, links):
        tables = {side: _open(connection, links[side], path, side, policy, columns) for side, path in files.items()}
        _demand_marks(list(tables.values()), policy)
        after = _answers(connection, tables["head"], policy, columns)
        if base:
            before = _answers(connection, tables["base"], policy, columns)
    keys = sorted({*before, *after})
    return Quiz(model_name, tuple(_item(key, before.get(key), after.get(key)) for key in keys))


def _open(connection: Connection, link: str, path: Path, side: str, policy: QuizPolicy, columns: ModelPolicy) -> Table:
    wanted = [(columns.id, "the id"), (columns.label, "the right answer"), (columns.prediction, "the prediction")]
    optional = [(policy.must_pass, "what must pass"), (policy.text, "what is shown")]
    table = open_table(connection, link, path, side, wanted, optional)
    if table.rows > MOST_ITEMS:
        raise TableError(
            f"{table.shown} has {table.rows:,} rows: a quiz is small, at most {MOST_ITEMS:,} items made by hand",
            where=str(path),
            do="name it as the holdout, or make the quiz smaller",
        )
    check_ids(connection, table)
    return table


def _demand_marks(tables: list[Table], policy: QuizPolicy) -> None:
    if not any(table.has(policy.must_pass) for table in tables):
        raise TableError(
            f"no table of the quiz has a column `{policy.must_pass}`",
            where=tables[0].shown,
            do="write it, true for the items that may never fail; or name it as `must_pass` in the policy",
        )


def _answers(connection: Connection, table: Table, policy: QuizPolicy, columns: ModelPolicy) -> dict[str, _Answer]:
    """The rows of one side by id."""

    def text(name: str) -> str:
        return f"CAST({table.text(name)} AS VARCHAR)" if table.has(name) else "NULL"

    names = (policy.text, columns.label, columns.prediction, policy.must_pass)
    rows = connection.execute(
        f"SELECT {table.id_text}, {', '.join(map(text, names))} FROM {table.relation} ORDER BY 1"
    ).fetchall()
    found = {}
    for key, shown, label, said, mark in rows:
        if not label:
            where = f"{table.shown}, column `{columns.label}`"
            raise TableError(f"the quiz item `{key}` has no right answer", where=where, do="write the right answer")
        must = _flag(mark or "", key, table, policy) if table.has(policy.must_pass) else None
        answer = canonical(said) if said else None
        found[key] = _Answer(clipped(shown or "", LONGEST), canonical(label), answer, must)
    return found


def _flag(mark: str, key: str, table: Table, policy: QuizPolicy) -> bool:
    flag = _FLAGS.get(canonical(mark))
    if flag is None:
        raise TableError(
            f"`{clipped(mark, 60)}` of the quiz item `{key}` is neither true nor false",
            where=f"{table.shown}, column `{policy.must_pass}`",
            do="write true or false",
        )
    return flag


def _item(key: str, before: _Answer | None, after: _Answer | None) -> QuizItem:
    truth = before or after
    assert truth is not None  # noqa: S101 - every key comes from one of the two
    must = truth.must_pass
    if must is None:
        must = after.must_pass if after else None
    return QuizItem(
        id=key,
        text=truth.text or (after.text if after else ""),
        label=truth.label,
        base=(before.said or "") if before else None,
        head=after.said if after else None,
        must_pass=bool(must),
    )
