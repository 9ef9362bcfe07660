"""Reads what the judge's job found of an owner's acceptance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from mergegate.errors import UseError
from mergegate.facts.waiver import MAX_WAIVER_BYTES, Acceptance

if TYPE_CHECKING:
    from pathlib import Path


def read_acceptance(path: Path) -> Acceptance:
    """The checked content of the file; raises `UseError` for one that the script did not write like this."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_WAIVER_BYTES + 1)
    except OSError as error:
        raise UseError(f"cannot read the waiver: {error.strerror}", where=str(path), do=_DO) from None
    if len(content) > MAX_WAIVER_BYTES:
        raise UseError(f"the waiver is larger than {MAX_WAIVER_BYTES:,} bytes", where=str(path), do=_DO)
    try:
        return Acceptance.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:100] or "the top"
        raise UseError(
            f"the waiver breaks its schema at {place}: {first['msg'].removeprefix('Value error, ')}",
            where=str(path), do=_DO,
        ) from None  # fmt: skip


_DO = "let .github/scripts/acceptance.py write it"
