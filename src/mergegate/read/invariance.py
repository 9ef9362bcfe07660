# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""Reads pairs that differ only in what the model must not look at, as base and head answered them: out of core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.errors import TableError
from mergegate.facts.invariance import PairRows
from mergegate.facts.joint import CountTable
from mergegate.read.codes import MOST_CLUSTERS, class_coding, group_code, slice_coding
from mergegate.read.columns import clipped, ids_where
from mergegate.read.duck import database
from mergegate.read.join import check_ids
from mergegate.read.losses import answer_of, check_numbers
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.answerpolicy import InvariancePolicy
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.codes import Coding
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

MOST_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class _Coded:
    """How SQL reads the tables."""

    kinds: Coding
    clusters: int
    grouped: bool
    classes: Coding | None
    """None where answers are numbers."""

    def said(self, value: object) -> str:
        """An answer as it was written."""
        return self.classes.values[int(str(value))] if self.classes else f"{value:.6g}"


def read_pairs(base: Path | None, head: Path, model: ModelPolicy, policy: InvariancePolicy) -> PairRows:
    """Every pair (a variant, and the original that its column `of` names), by its kind.

    Which pairs there are, and of which kind, is base's to say: head only answers. `base` is None where base never had
    the table; then head's own pairs are read. Raises `TableError` for a table that cannot be evidence.
    """
    files = {"head": head} | ({"base": base} if base else {})
    with database(files) as (connection, links):
        tables = {side: _open(connection, links[side], path, side, model, policy) for side, path in files.items()}
        truth = tables.get("base", tables["head"])
        for table in tables.values():
            check_ids(connection, table)
        _check_originals(connection, truth, policy)
        coded = _pairs(connection, tables, truth, model, policy)
        kinds, counts = _counts(connection, coded)
        (unanswered,) = connection.execute("SELECT count(*) FROM p WHERE fh IS NULL").fetchall()[0]
        return PairRows(
            kinds, counts, unanswered, _new(connection, tables, policy) if base else 0,
            alone=base is None, examples=_examples(connection, truth, coded, policy), grouped=coded.grouped,
        )  # fmt: skip


def _open(
    connection: Connection, link: str, path: Path, side: str, model: ModelPolicy, policy: InvariancePolicy
) -> Table:
    wanted = [(model.id, "the id"), (answer_of(model), "the prediction")]
    wanted += [(policy.of, "the id of the original"), (policy.kind, "what was changed")]
    optional = [(policy.text, "what is shown"), *([(model.group, "the group")] if model.group else [])]
    return open_table(connection, link, path, side, wanted, optional)


def _of(table: Table, policy: InvariancePolicy) -> str:
    """SQL: the id of a variant's original; NULL for an original. Written as ids are: whole numbers lose their `.0`."""
    text = f"CAST({table.text(policy.of)} AS VARCHAR)"
    bare = f"nullif(regexp_replace({text}, '^(-?[0-9]+)[.]0+$', '\\1'), '')"
    return f"nullif({bare}, {table.id_text})"


def _check_originals(connection: Connection, table: Table, policy: InvariancePolicy) -> None:
    """Every variant names a row of the table, and there are variants."""
    of, where = _of(table, policy), f"{table.shown}, column `{policy.of}`"
    known = f"SELECT {table.id_text} FROM {table.relation}"
    lost, ids = ids_where(connection, table, f"{of} IS NOT NULL AND NOT coalesce({of} IN ({known}), false)")
    if lost:
        raise TableError(
            f"{lost:,} rows name an original that the table does not have: {ids}",
            where=where,
            do="write each original into the table, too, with an empty cell there",
        )
    pairs, _ = ids_where(connection, table, f"{of} IS NOT NULL")
    if not pairs:
        raise TableError("no row names an original: there is no pair", where=where, do="write the original's id there")


def _pairs(
    connection: Connection, tables: dict[str, Table], truth: Table, model: ModelPolicy, policy: InvariancePolicy
) -> _Coded:
    """Make the table `p` of pairs: id, original, kind, cluster, each side's two answers, and whether they differ."""
    name, classes, answers = answer_of(model), None, {}
    if model.task == "classification":
        classes = class_coding(connection, [(table, name) for table in tables.values()])
        answers = {side: classes.code(table.text(name)) for side, table in tables.items()}
    else:
        for table in tables.values():
            check_numbers(connection, table, name, "the answer")
        answers = {side: table.number(name) for side, table in tables.items()}
    kinds = slice_coding(connection, truth, policy.kind, "kind_code")
    grouped = model.group is not None and truth.has(model.group)
    if model.group and grouped:
        cluster, clusters = group_code(connection, truth, model.group)
    else:
        cluster, clusters = f"CAST(hash({_of(truth, policy)}) % {MOST_CLUSTERS} AS USMALLINT)", MOST_CLUSTERS
    for side, table in tables.items():
        connection.execute(
            f"CREATE TEMP TABLE said_{side} AS SELECT {table.id_text} AS id, {answers[side]} AS a FROM {table.relation}"
        )
    differ = "{0}.a <> {1}.a" if classes else f"abs({{0}}.a - {{1}}.a) > {policy.tolerance!r}"
    of, kind = _of(truth, policy), kinds.code(truth.text(policy.kind))
    first = "said_base" if "base" in tables else "said_head"
    connection.execute(
        "CREATE TEMP TABLE p AS SELECT t.id, t.o, t.kind, t.g, hash(t.id) AS k, bo.a AS bo, bv.a AS bv, "
        f"ho.a AS ho, hv.a AS hv, {differ.format('bo', 'bv')} AS fb, {differ.format('ho', 'hv')} AS fh FROM "
        f"(SELECT {truth.id_text} AS id, {of} AS o, {kind} AS kind, {cluster} AS g FROM {truth.relation}) t "
        f"JOIN {first} bo ON bo.id = t.o JOIN {first} bv ON bv.id = t.id "
        "LEFT JOIN said_head ho ON ho.id = t.o LEFT JOIN said_head hv ON hv.id = t.id WHERE t.o IS NOT NULL"
    )
    return _Coded(kinds, clusters, grouped, classes)


def _counts(connection: Connection, coded: _Coded) -> tuple[tuple[str, ...], tuple[CountTable, ...]]:
    """For each kind that has pairs, how often base and head flip, by cluster."""
    found = connection.execute(
        "SELECT kind, g, CAST(fb AS INTEGER) AS fb, CAST(fh AS INTEGER) AS fh, count(*) AS n FROM p "
        "WHERE fh IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchnumpy()
    cells = {name: np.asarray(values) for name, values in found.items()}
    kinds, tables = [], []
    for code in np.unique(cells["kind"]):
        own = cells["kind"] == code
        g, before, after = (cells[name][own].astype(np.int32) for name in ("g", "fb", "fh"))
        kinds.append(coded.kinds.values[int(code)])
        count = cells["n"][own].astype(np.int64)
        tables.append(CountTable(np.zeros(len(g), np.int32), before, after, count, 2, g, coded.clusters))
    return tuple(kinds), tuple(tables)


def _new(connection: Connection, tables: dict[str, Table], policy: InvariancePolicy) -> int:
    """Head's pairs that base has not."""
    head, base = tables["head"], tables["base"]
    known = f"SELECT {base.id_text} FROM {base.relation}"
    missing = f"NOT coalesce({head.id_text} IN ({known}), false)"
    return ids_where(connection, head, f"{_of(head, policy)} IS NOT NULL AND {missing}")[0]


def _examples(
    connection: Connection, truth: Table, coded: _Coded, policy: InvariancePolicy
) -> tuple[tuple[str, ...], ...]:
    """Pairs that head answers differently: of each kind a few, newly flipped ones first, then by the id's hash."""
    each = max(MOST_EXAMPLES // max(len(coded.kinds.values), 1), 3)
    found = connection.execute(
        "SELECT kind, o, id, ho, hv, fb FROM p WHERE fh "
        f"QUALIFY row_number() OVER (PARTITION BY kind ORDER BY fb, k) <= {each} ORDER BY kind, fb, k "
        f"LIMIT {2 * MOST_EXAMPLES}"
    ).fetchall()
    if not found:
        return ()
    text = _texts(connection, truth, policy, {key for row in found for key in row[1:3]})
    header = ("kind", "original", "changed to", "answer", "answer when changed", "on base")
    rows = (
        (coded.kinds.values[kind], text.get(of, of), text.get(key, key), coded.said(first), coded.said(second),
         "differed, too" if before else "the same")
        for kind, of, key, first, second, before in found
    )  # fmt: skip
    return (header, *(tuple(clipped(cell) for cell in row) for row in rows))


def _texts(connection: Connection, table: Table, policy: InvariancePolicy, ids: set[str]) -> dict[str, str]:
    """What to show for each id: its text, where the table has one."""
    if not table.has(policy.text):
        return {}
    query = f"SELECT {table.id_text}, CAST({table.text(policy.text)} AS VARCHAR) FROM {table.relation} "
    query += f"WHERE {table.id_text} IN (SELECT unnest(?::VARCHAR[]))"
    return {key: text for key, text in connection.execute(query, [sorted(ids)]).fetchall() if text}
