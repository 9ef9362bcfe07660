"""Reads cross-fitted scores: what a card and a ceiling that were made without a training row say of it."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mergegate.errors import TableError
from mergegate.facts.applicants import Crossed
from mergegate.read.applicants import columns_of
from mergegate.read.duck import database
from mergegate.read.join import check_ids
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.applicants import Source
    from mergegate.read.columns import Table

MOST_REPEATS = 100


def read_crossfit(source: Source, model: ModelPolicy) -> Crossed:
    """The scores of every repeat; `TableError` where there is none, or where a ceiling's score is no number."""
    repeats = _repeats(columns_of(source), source)
    wanted = [(f"{kind}{n}", "of a cross-fit") for n in range(repeats) for kind in ("card", "ceiling")]
    with database({"table": source.path}) as (connection, links):
        table = open_table(connection, links["table"], source.path, source.side, [(model.id, "the id"), *wanted])
        check_ids(connection, table)
        selected = ", ".join(f"{table.number(name)} AS v{index}" for index, (name, _) in enumerate(wanted))
        found = connection.execute(f"SELECT {table.id_text} AS k, {selected} FROM {table.relation} ORDER BY 1")
        columns = found.fetchnumpy()
    scores = [_filled(columns[f"v{index}"]) for index in range(len(wanted))]
    cards, ceilings = tuple(scores[::2]), tuple(scores[1::2])
    if any(not np.isfinite(one).all() for one in ceilings):
        raise _unusable(table, "the ceiling does not say something of every row")
    return Crossed(
        np.asarray(columns["k"]).astype(object), tuple(np.where(np.isnan(one), -np.inf, one) for one in cards), ceilings
    )


def _repeats(names: frozenset[str], source: Source) -> int:
    """How many repeats the table has, from 0 on and without a gap."""
    count = 0
    while count < MOST_REPEATS and {f"card{count}", f"ceiling{count}"} <= names:
        count += 1
    if not count:
        raise TableError(
            "there are no columns `card0` and `ceiling0`",
            where=f"{source.path.name} of {source.side}",
            do="let the stage of `criteria.crossfit` write them, and more repeats as card1, ceiling1 and so on",
        )
    return count


def _filled(column: Any) -> NDArray[np.float64]:
    if isinstance(column, np.ma.MaskedArray):
        return np.asarray(column.filled(np.nan), dtype=np.float64)
    return np.asarray(column, dtype=np.float64)


def _unusable(table: Table, what: str) -> TableError:
    return TableError(what, where=table.shown, do="let the stage of `criteria.crossfit` write a number for each row")
