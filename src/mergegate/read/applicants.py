"""Reads the rows that a card decides on: ids, labels, the card's features, and the columns for audit."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mergegate.errors import TableError
from mergegate.facts.applicants import Answers, Applicants
from mergegate.facts.joint import canonical
from mergegate.read.duck import database
from mergegate.read.join import check_ids
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from mergegate.facts.card import Card
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.columns import Table

    Column = NDArray[Any]

_FLAGS = {"1": 1, "0": 0, "true": 1, "false": 0}


@dataclass(frozen=True, slots=True)
class Features:
    """What is read of a table beside ids, labels and audit columns: names, by how a card reads them."""

    numbers: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return self.numbers | self.texts


def features_of(*cards: Card | None) -> Features:
    """What these cards look at."""
    kinds = [(name, card.inputs[name].type) for card in cards if card for name in card.features]
    return Features(
        frozenset(name for name, kind in kinds if kind == "number"),
        frozenset(name for name, kind in kinds if kind != "number"),
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A table, and who wrote it."""

    path: Path
    side: str
    """`base` or `head`."""


def read_applicants(source: Source, model: ModelPolicy, wanted: Features, spare: Source | None = None) -> Applicants:
    """Every row of `source`; a wanted feature that it lacks is that of the row of `spare` with the same id.

    Raises `TableError` where the table cannot be evidence, or where neither of the two has a feature.
    """
    has = columns_of(source)
    lacking = sorted(wanted.names - has)
    if lacking and (spare is None or set(lacking) - columns_of(spare)):
        gone = [name for name in lacking if spare is None or name not in columns_of(spare)]
        raise TableError(
            f"a card uses {', '.join(f'`{name}`' for name in gone)}, and no table of applicants has such a column",
            where=source.path.name,
            do="let the stage that writes `criteria.rows` and `criteria.train` write every feature of the card",
        )
    own = Features(wanted.numbers & has, wanted.texts & has)
    found = _read(source, model, own, audit=model.criteria.audit if model.criteria else ())
    if not lacking or spare is None:
        return found
    other = _read(spare, model, Features(wanted.numbers - has, wanted.texts - has), audit=())
    place = {key: index for index, key in enumerate(other.ids)}
    at = np.array([place.get(key, -1) for key in found.ids])
    numbers = {name: np.where(at < 0, np.nan, values[at]) for name, values in other.numbers.items()}
    texts = {
        name: np.array([values[i] if i >= 0 else None for i in at], object) for name, values in other.texts.items()
    }
    return replace(found, numbers={**found.numbers, **numbers}, texts={**found.texts, **texts}, borrowed=tuple(lacking))


def columns_of(source: Source) -> frozenset[str]:
    """The names of the columns of a table."""
    from mergegate.read.opening import open_all

    with database({"table": source.path}) as (connection, links):
        return frozenset(open_all(connection, links["table"], source.path, source.side).names)


def _read(source: Source, model: ModelPolicy, wanted: Features, audit: Iterable[str]) -> Applicants:
    columns = [(model.id, "the id"), (model.label, "the label")]
    columns += [(name, "for audit") for name in audit]
    columns += [(name, "a feature of the card") for name in sorted(wanted.names)]
    group = [(model.group, "the group")] if model.group else []
    with database({"table": source.path}) as (connection, links):
        table = open_table(connection, links["table"], source.path, source.side, columns, group)
        check_ids(connection, table)
        selected = _selected(table, model, wanted, tuple(audit))
        query = ", ".join(f"{sql} AS v{number}" for number, (_, sql) in enumerate(selected))
        found = connection.execute(f"SELECT {query} FROM {table.relation} ORDER BY 1").fetchnumpy()
    values = {key: _filled(found[f"v{number}"]) for number, (key, _) in enumerate(selected)}
    return _made(values, model, wanted, table)


def _selected(table: Table, model: ModelPolicy, wanted: Features, audit: tuple[str, ...]) -> list[tuple[str, str]]:
    """(what, SQL) of each column that is read; the id is the first."""
    group = model.group if model.group and table.has(model.group) else None
    return [
        ("id", table.id_text),
        ("label", f"CAST({table.text(model.label)} AS VARCHAR)"),
        *([("group", f"CAST({table.text(group)} AS VARCHAR)")] if group else []),
        *((f"audit {name}", f"CAST({table.text(name)} AS VARCHAR)") for name in audit),
        *((f"text {name}", f"CAST({table.text(name)} AS VARCHAR)") for name in sorted(wanted.texts)),
        *((f"number {name}", _number(table, name)) for name in sorted(wanted.numbers)),
    ]


def _number(table: Table, name: str) -> str:
    """SQL: the number; infinite where text stands there that is none, NULL where nothing does."""
    text = f"CAST({table.text(name)} AS VARCHAR)"
    return f"CASE WHEN nullif({text}, '') IS NULL THEN NULL ELSE coalesce({table.number(name)}, 'inf'::DOUBLE) END"


def _filled(column: Any) -> Column:
    """A column of DuckDB without its mask: NaN or None where the cell is empty."""
    if not isinstance(column, np.ma.MaskedArray):
        return np.asarray(column)
    missing = np.ma.getmaskarray(column)
    values = column.data.astype(np.float64 if column.dtype.kind == "f" else object)
    values[missing] = np.nan if column.dtype.kind == "f" else None
    return np.asarray(values)


def _made(values: Mapping[str, Column], model: ModelPolicy, wanted: Features, table: Table) -> Applicants:
    label = _texts(values["label"])
    if (label == None).any():  # noqa: E711 - an array of objects
        raise TableError("an applicant has no label", where=f"{table.shown}, column `{model.label}`", do="label it")
    group = values.get("group")
    codes = None if group is None else np.unique(group.astype(str), return_inverse=True)
    audit = {key.removeprefix("audit "): _flags(values[key], key, table) for key in values if key.startswith("audit ")}
    return Applicants(
        ids=values["id"].astype(object),
        positive=np.asarray(label == canonical(model.positive or ""), dtype=np.bool_),
        numbers={name: values[f"number {name}"].astype(np.float64) for name in sorted(wanted.numbers)},
        texts={name: _texts(values[f"text {name}"]) for name in sorted(wanted.texts)},
        audit=audit,
        cluster=None if codes is None else codes[1].astype(np.int32),
        clusters=0 if codes is None else len(codes[0]),
    )


def _texts(column: Column) -> NDArray[np.object_]:
    return np.array([canonical(value) if value else None for value in column], dtype=object)


def _flags(column: Column, what: str, table: Table) -> NDArray[np.int8]:
    """1, 0, or -1 where nothing stands there."""
    texts = _texts(column)
    odd = sorted({str(value) for value in texts if value is not None and value not in _FLAGS})
    if odd:
        raise TableError(
            f"`{odd[0][:60]}` is neither 0 nor 1",
            where=f"{table.shown}, column `{what.removeprefix('audit ')}`",
            do="write 0 or 1 (or true, false), one column for each group of people",
        )
    return np.array([-1 if value is None else _FLAGS[value] for value in texts], dtype=np.int8)


def read_answers(source: Source, model: ModelPolicy) -> Answers:
    """The decisions in a table of predictions and, where it has the column, the ceiling's probability."""
    ceiling = model.criteria.ceiling if model.criteria else None
    wanted = [(model.id, "the id"), (model.prediction, "the prediction")]
    spare = [(ceiling, "the ceiling")] if ceiling else []
    with database({"table": source.path}) as (connection, links):
        link = links["table"]
        table = open_table(connection, link, source.path, source.side, wanted, spare)
        check_ids(connection, table)
        known = ceiling is not None and table.has(ceiling)
        more = f", {table.number(ceiling)}" if ceiling and known else ", NULL::DOUBLE"
        query = f"SELECT {table.id_text} AS k, CAST({table.text(model.prediction)} AS VARCHAR) AS p{more} AS c"
        found = connection.execute(f"{query} FROM {table.relation} ORDER BY 1").fetchnumpy()
    return Answers(
        _filled(found["k"]).astype(object), _texts(_filled(found["p"])),
        _filled(found["c"]).astype(np.float64) if known else None,
    )  # fmt: skip
