"""Reads the history of merges, and tells one holdout from another by its ids and labels."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mergegate.errors import UseError
from mergegate.facts.history import HISTORY_FILE, Merge
from mergegate.read.columns import open_table
from mergegate.read.duck import database

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts import ModelPolicy


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)
    holdout: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)
    sha: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    models: dict[str, _Model]


def parse_history(content: bytes, where: str = HISTORY_FILE) -> tuple[Merge, ...]:
    """The merges in `content` (one JSON object a line), the oldest first; raises `UseError` for the first bad line."""
    merges = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = _Line.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise UseError(
                f"the history has a line that cannot be read: {first['msg']}",
                where=f"{where}:{number}",
                do="restore that line from git (`git log -p` shows it); main alone writes this file",
            ) from None
        merges.append(Merge(found.sha, {name: model.holdout for name, model in found.models.items()}))
    return tuple(merges)


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
