"""Leaves out of a table of answers the rows that base's model was trained on."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.read.duck import database
from mergegate.read.holdout_content import content_hash, contents_of
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.policy import ModelPolicy
    from mergegate.facts.splitpolicy import HoldoutPolicy

NAME = "unseen.parquet"


def unseen_answers(
    answers: Path, model: ModelPolicy, split: HoldoutPolicy, trained: Path, rows: Path
) -> tuple[int, int]:
    """Write `unseen.parquet` beside `answers`: those rows whose group and content `trained` has not.

    `rows` are the held-out rows that were answered. Returns how many were written, and how many left out.
    """
    out = answers.with_name(NAME)
    out.touch()
    files = {"answers": answers, "trained": trained, "rows": rows, "out": out}
    context = [(split.id, "the id"), (split.key, "the group")] + [(one, "the content") for one in contents_of(split)]
    asked = [model.id, model.label, model.prediction, model.score, model.group]
    with database(files) as (connection, links):
        held = open_table(connection, links["rows"], rows, "rows", context)
        seen = open_table(connection, links["trained"], trained, "trained", context)
        wanted = [(model.id, "the id"), (model.prediction, "the prediction")]
        optional = [(name, "asked for") for name in dict.fromkeys(asked) if name]
        table = open_table(connection, links["answers"], answers, "answers", wanted, optional)
        known = f"{held.text(split.key)} IN (SELECT {seen.text(split.key)} FROM {seen.relation})"
        if contents_of(split):
            known += f" OR {content_hash(held, split)} IN (SELECT {content_hash(seen, split)} FROM {seen.relation})"
        connection.execute(
            f"CREATE TEMP TABLE known AS SELECT DISTINCT {held.id_text} AS id FROM {held.relation} WHERE {known}"
        )
        kept = ", ".join(
            f"{table.column(name)} AS {_identifier(name)}" for name in dict.fromkeys(asked) if name and table.has(name)
        )
        left = f"FROM {table.relation} WHERE {table.id_text} NOT IN (SELECT id FROM known)"
        (count,) = connection.execute(f"SELECT count(*) {left}").fetchall()[0]
        connection.execute(f"COPY (SELECT {kept} {left}) TO {links['out']} (FORMAT parquet, USE_TMP_FILE false)")
    return int(count), table.rows - int(count)


def _identifier(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'
