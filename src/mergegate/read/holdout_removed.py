"""Reads the rows that left a model's holdout, and which of them a model has wrong."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.read.columns import clipped
from mergegate.read.duck import database
from mergegate.read.holdout_content import MOST
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from mergegate.facts.holdout import Examples
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.columns import Table


@dataclass(frozen=True, slots=True, eq=False)
class Removed:
    """Rows of base's holdout that head's table has not, by group; arrays of shape (groups that lost rows,)."""

    removed: NDArray[np.int64]
    wrong: NDArray[np.int64]
    """Of `removed`: rows that the answers have wrong."""
    rows: int
    wrong_rows: int
    """Of all of base's holdout that was answered."""
    examples: Examples = ()


def read_removed(base: Path, head: Path, model: ModelPolicy, answers: Path | None = None) -> Removed:
    """What left between the tables of predictions `base` and `head`; wrong by `answers`, or else by base's own.

    Labels and groups are base's. Without a group column every row is a group of its own.
    """
    files = {"base": base, "head": head} | ({"answers": answers} if answers else {})
    context = [(model.id, "the id"), (model.label, "the label"), *([(model.group, "the group")] if model.group else [])]
    said = (model.prediction, "the prediction")
    with database(files) as (connection, links):
        own = open_table(connection, links["base"], base, "base", [*context, *([] if answers else [said])])
        after = open_table(connection, links["head"], head, "head", [context[0]])
        other = own
        if answers:
            other = open_table(connection, links["answers"], answers, "answers", [context[0], said])
        _mark(connection, own, other, after, model)
        grouped = connection.execute(
            "SELECT count(*), count(*) FILTER (wrong) FROM marked WHERE gone GROUP BY g ORDER BY g"
        ).fetchall()
        rows, wrong = connection.execute("SELECT count(*), count(*) FILTER (wrong) FROM marked").fetchall()[0]
        shown = connection.execute(
            f"SELECT id, l, p, g FROM marked WHERE gone AND wrong ORDER BY hash(id), id LIMIT {MOST}"
        ).fetchall()
    counts = np.array(grouped, dtype=np.int64).reshape(-1, 2)
    header = ("id", "label", "answer", *(["group"] if model.group else []))
    cells = [tuple(clipped(str(cell or "")) for cell in row[: len(header)]) for row in shown]
    return Removed(counts[:, 0], counts[:, 1], int(rows), int(wrong), (header, *cells) if cells else ())


def _mark(connection: duckdb.DuckDBPyConnection, own: Table, other: Table, after: Table, model: ModelPolicy) -> None:
    """The temporary table `marked`: each answered row of base's holdout, whether it is wrong, and whether it left."""
    label, answer = _class(own.text(model.label)), _class(other.text(model.prediction))
    group = own.text(model.group) if model.group else own.id_text
    connection.execute(
        "CREATE TEMP TABLE marked AS SELECT b.id, l, p, g, p IS DISTINCT FROM l AS wrong, h.id IS NULL AS gone "
        f"FROM (SELECT {own.id_text} AS id, {label} AS l, {group} AS g FROM {own.relation}) b "
        f"JOIN (SELECT {other.id_text} AS id, {answer} AS p FROM {other.relation}) a ON a.id = b.id "
        f"LEFT JOIN (SELECT {after.id_text} AS id FROM {after.relation}) h ON h.id = b.id"
    )


def _class(sql: str) -> str:
    """SQL: a class as `facts.joint.canonical` knows it."""
    truth = f"CASE WHEN {sql} IN ('True', 'TRUE', 'False', 'FALSE') THEN lower({sql}) ELSE {sql} END"
    return f"regexp_replace({truth}, '^(-?[0-9]+)[.]0+$', '\\1')"
