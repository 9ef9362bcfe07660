"""Pairs base's table of predictions with head's: two files in, counts and sums out, whatever the number of rows."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.errors import TableError
from mergegate.read.columns import ids_where, named
from mergegate.read.duck import database
from mergegate.read.examples import examples
from mergegate.read.join import check_ids, join
from mergegate.read.losses import needs_of
from mergegate.read.opening import open_table
from mergegate.read.prepare import Tables, prepare
from mergegate.read.reduce import Rows, reduce_all, reduce_sample
from mergegate.read.sparksession import MEMORY as SPARK_MEMORY
from mergegate.read.sparksession import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mergegate.facts.conjunction import Conjunction
    from mergegate.facts.joint import Joint
    from mergegate.facts.policy import Engine, ModelPolicy
    from mergegate.read.duck import Connection
    from mergegate.read.join import Joined
    from mergegate.read.losses import Needs
    from mergegate.read.prepare import Prepared

FEW_ROWS = 20
"""Fewer rows may all be answered wrongly by chance."""
SAMPLE = (5_000, 20_000)
"""At least and at most so many rows (where there are so many) show how comparisons move together."""
INFLUENCES = 4_000_000
"""Between the two: as many rows as make so many, times the comparisons; the cost is the product of both."""


def pair(
    base: Path,
    head: Path,
    model: ModelPolicy,
    *,
    labels: Path | None = None,
    engine: Engine = "duckdb",
    memory: str | None = None,
) -> Joint:
    """Join the two tables by id and reduce them to what `model`'s metrics need.

    Labels, groups and slices are those of the table `labels` (base's holdout, where the judge has one), or else of
    head; a group or slice column that `labels` lacks is head's. Values are compared as text; a whole number loses its
    `.0`, so that 1, 1.0 and "1" are one. `engine` runs the SQL and changes nothing in the answer; `memory` is what it
    may hold before it spills to disk. Raises `TableError` with what, where and what to do for everything that cannot be
    evidence; nothing is dropped silently.
    """
    needs = needs_of(model)
    files = {"base": base, "head": head} | ({"labels": labels} if labels else {})
    with _engine(engine, files, memory, ranked=needs.order) as (connection, links):
        tables = _open(connection, links, files, model, needs)
        if engine == "spark":  # Its join has no limit that an id which stands a million times would meet.
            for table in filter(None, (tables.labels, tables.base, tables.head)):
                check_ids(connection, table)
        prepared = prepare(connection, tables, model, needs)
        joined = join(connection, tables.base, tables.head, tables.labels, prepared.columns, model.min_coverage)
        if labels:
            _check_labelled(connection, tables, model)
        rows = Rows(connection, "j", tuple(dict.fromkeys(model.slices)), prepared.slices, prepared.clusters)
        joint = _reduced(rows, tables, joined, prepared, model, needs)
        if model.task == "classification":
            _check_vocabulary(joint, tables, model)
        return joint


@contextmanager
def _engine(
    engine: Engine, files: Mapping[str, Path], memory: str | None, *, ranked: bool
) -> Iterator[tuple[Connection, dict[str, str]]]:
    """What runs the SQL, and how SQL names the files."""
    if engine == "spark":
        with cluster(files, memory=memory or SPARK_MEMORY) as (spark, paths):
            yield spark, paths
    else:
        with database(files, memory=memory, ranked=ranked) as (connection, links):
            yield connection, links


def _open(
    connection: Connection, links: Mapping[str, str], files: Mapping[str, Path], model: ModelPolicy, needs: Needs
) -> Tables:
    """Open labels, head and base, each with the columns that are its to have."""
    key, label = (model.id, "the id"), (model.label, "the label")
    context = [(column, "a slice") for column in model.slices]
    context += [(model.group, "the group")] if model.group else []
    answers = [(needs.score, "the score")] if needs.score else []
    answers += [(model.prediction, "the prediction")] if model.task == "classification" else []
    if "labels" not in files:
        head = open_table(connection, links["head"], files["head"], "head", [key, label, *answers, *context])
        base = open_table(connection, links["base"], files["base"], "base", [key, label, *answers])
        return Tables(base, head, None)
    labels = open_table(connection, links["labels"], files["labels"], "labels", [key, label], context)
    rest = [column for column in context if not labels.has(column[0])]
    head = open_table(connection, links["head"], files["head"], "head", [key, *answers, *rest], [label])
    return Tables(open_table(connection, links["base"], files["base"], "base", [key, *answers]), head, labels)


def _check_labelled(connection: Connection, tables: Tables, model: ModelPolicy) -> None:
    """Every row that is judged has a label."""
    label = "y" if model.task == "regression" else "l"
    found = connection.execute(f"SELECT k FROM j WHERE {label} IS NULL").fetchall()
    if found:
        table = tables.truth
        _, ids = ids_where(
            connection, tables.head, f"hash({tables.head.id_text}) IN (SELECT k FROM j WHERE {label} IS NULL)"
        )
        raise TableError(
            f"{len(found):,} rows that both models answered have no label in {table.shown}",
            where=f"{table.shown}; it lacks {ids}",
            do="judge by the holdout that the predictions were made for",
        )


def _check_vocabulary(joint: Joint, tables: Tables, model: ModelPolicy) -> None:
    """Where no answer of either model is a label, the answers are written otherwise: 1 and 0 beside true and false."""
    whole = joint.counts[0]
    labels, answers = set(whole.label.tolist()), {*whole.base.tolist(), *whole.head.tolist()}
    if joint.n < FEW_ROWS or labels & answers:
        return
    said, right = (named([joint.classes[code] for code in sorted(codes)[:5]]) for codes in (answers, labels))
    raise TableError(
        f"none of the answers is a label: the answers are {said}, the labels {right}",
        where=f"{tables.truth.shown}, column `{model.label}`; {tables.head.shown}, column `{model.prediction}`",
        do="write answers and labels alike, or name the column of the answers",
    )


def _reduced(rows: Rows, tables: Tables, joined: Joined, prepared: Prepared, model: ModelPolicy, needs: Needs) -> Joint:
    """All rows, the sample, and what a reader is told about both."""
    joint, small = reduce_all(rows, prepared, model, needs)
    sampled = None
    if not prepared.clusters:
        most = max(SAMPLE[0], min(SAMPLE[1], INFLUENCES // (len(joint.slices) * len(model.metrics))))
        sampled = reduce_sample(_sample(rows, joined.n, most), joint.slices, prepared, model, needs)
    return replace(
        joint,
        n=joined.n,
        only_base=joined.only_base,
        only_head=joined.only_head,
        relabelled=_relabelled(rows, prepared),
        small_slices=small,
        examples=examples(rows, prepared, model, tables.head),
        sample=sampled.counts if sampled else (),
        sampled=sampled,
        conjunction=_conjunction(rows, prepared, model) if model.worst_conjunction else None,
    )


def _conjunction(rows: Rows, prepared: Prepared, model: ModelPolicy) -> Conjunction:
    from mergegate.read.conjunction import worst_conjunction

    return worst_conjunction(rows, prepared, model)


def _sample(rows: Rows, n: int, most: int) -> Rows:
    """At most so many rows, chosen by the hash of their id, each its own cluster."""
    below = (1 << 64) - 1 if n <= most else (most << 64) // n
    rows.connection.execute(
        "CREATE TEMP TABLE sampled AS SELECT *, CAST(row_number() OVER (ORDER BY k) - 1 AS INTEGER) AS g "
        f"FROM j WHERE k <= {below} QUALIFY g < {most}"
    )
    (found,) = rows.connection.execute("SELECT count(*) FROM sampled").fetchall()[0]
    return replace(rows, table="sampled", clusters=found)


def _relabelled(rows: Rows, prepared: Prepared) -> int:
    """Rows that the two tables label differently."""
    if "relabelled" not in prepared.columns.kept:
        return 0
    (count,) = rows.connection.execute(f"SELECT count(*) FROM {rows.table} WHERE relabelled").fetchall()[0]
    return int(count)
