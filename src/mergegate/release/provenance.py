"""Writes what a version's tag says, and the file of it under metrics/."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError
from mergegate.facts.provenance import MAX_BYTES, Promotion, Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from mergegate.facts.release import Release


def folder_of(model: str, version: str) -> str:
    """Where a version's record and model card lie in git."""
    return f"metrics/releases/{model}/{version}"


def document(release: Release) -> dict[str, Any]:
    """What the tag says of a version, as JSON's types."""
    told: dict[str, Any] = json.loads(json.dumps({"schema": 1, **asdict(release)}))
    return told


def written(told: Mapping[str, Any], kind: type[BaseModel] = Provenance) -> str:
    """The JSON of a tag's message: checked by its own schema, sorted, ASCII only.

    Raises `UseError` where a tag cannot hold it.
    """
    from pydantic import ValidationError

    text = json.dumps(told, indent=1, sort_keys=True, allow_nan=False)
    try:
        kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UseError(f"the provenance cannot be written: {place}: {first['msg']}", do="mend what it names") from None
    if len(text) > MAX_BYTES:
        raise UseError(
            f"the provenance has {len(text):,} bytes, and a tag may hold {MAX_BYTES:,}",
            do="judge fewer slices, or name fewer files in `release`",
        )
    return text


def message(sentence: str, told: Mapping[str, Any], kind: type[BaseModel] = Provenance) -> str:
    """A tag's message: one plain sentence, an empty line, one JSON object."""
    return f"{sentence}\n\n{written(told, kind)}\n"


__all__ = ["Promotion", "Provenance", "document", "folder_of", "message", "written"]
