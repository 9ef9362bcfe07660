"""Reads the history of merges, and tells one holdout from another by its ids and labels."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted
from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it
import hashlib
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mergegate.errors import UseError
from mergegate.facts.history import HISTORY_FILE, Merge, Moved, Told, ToldWaiver
from mergegate.read.duck import database
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mergegate.facts import ModelPolicy


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)
    holdout: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)
    sha: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    models: dict[str, _Model]


class _Metric(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    before: float | None = None
    after: float | None = None
    low: float | None = None
    high: float | None = None
    state: str = ""


class _ToldModel(_Model):
    metrics: dict[str, _Metric] = {}


class _Waiver(BaseModel):
    model_config = ConfigDict(frozen=True)
    by: str = ""
    reason: str = ""
    covers: tuple[str, ...] = ()
    head: str = ""
    at: str = ""


class _ToldLine(_Line):
    models: dict[str, _ToldModel]  # type: ignore[assignment]  # the same, with more in it
    date: dt.date | None = None
    decision: str = ""
    judged: str = ""
    waiver: _Waiver | None = None


L = TypeVar("L", bound=_Line)


def parse_history(content: bytes, where: str = HISTORY_FILE) -> tuple[Merge, ...]:
    """The merges in `content` (one JSON object a line), the oldest first; raises `UseError` for the first bad line."""
    return tuple(
        Merge(found.sha, {name: model.holdout for name, model in found.models.items()})
        for found in _lines(content, where, _Line)
    )


def tell_history(content: bytes, where: str = HISTORY_FILE) -> tuple[Told, ...]:
    """The merges with all that a reader wants to know of them, the oldest first; raises `UseError` like the other."""
    return tuple(_told(found) for found in _lines(content, where, _ToldLine))


def values_of(content: bytes, where: str = HISTORY_FILE) -> dict[tuple[str, str], tuple[tuple[dt.date, float], ...]]:
    """By (model, metric): its value after each merge, with the day; the oldest first."""
    found: dict[tuple[str, str], list[tuple[dt.date, float]]] = {}
    for line in tell_history(content, where):
        for key, moved in line.metrics.items():
            if line.day is not None and moved.after is not None:
                found.setdefault(key, []).append((line.day, moved.after))
    return {key: tuple(values) for key, values in found.items()}


def _told(line: _ToldLine) -> Told:
    waiver = line.waiver
    return Told(
        sha=line.sha,
        day=line.date,
        decision=line.decision,
        judged=line.judged,
        metrics={
            (name, metric): Moved(one.before, one.after, one.low, one.high, one.state)
            for name, model in line.models.items()
            for metric, one in model.metrics.items()
        },
        holdouts={name: model.holdout for name, model in line.models.items()},
        waiver=ToldWaiver(waiver.by, waiver.reason, waiver.covers, waiver.head, waiver.at) if waiver else None,
    )


def _lines(content: bytes, where: str, kind: type[L]) -> Iterator[L]:
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield kind.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise UseError(
                f"the history has a line that cannot be read: {first['msg']}",
                where=f"{where}:{number}",
                do="restore that line from git (`git log -p` shows it); main alone writes this file",
            ) from None


def holdout_digest(path: Path, model: ModelPolicy) -> str:
    """16 hex digits that stand for the ids and labels of a table, in whatever order its rows and columns stand."""
    with database({"base": path}) as (connection, links):
        wanted = [(model.id, "the id"), (model.label, "the label")]
        table = open_table(connection, links["base"], path, "base", wanted)
        row = f"coalesce({table.id_text}, '') || chr(31) || coalesce({table.text(model.label)}, '')"
        # Rows stand in any order, so their hashes are put together by an operation that knows none.
        rows, mixed = connection.execute(
            f"SELECT count(*), CAST(bit_xor(md5_number({row})) AS VARCHAR) FROM {table.relation}"
        ).fetchall()[0]
    return hashlib.sha256(f"{rows} {mixed}".encode()).hexdigest()[:16]
