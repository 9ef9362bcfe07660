"""Params files, as DVC reads them, and the values that a stage names in them."""

from __future__ import annotations

import json
import posixpath
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from mergegate.read.dvctree import Files


def read_values(files: Files, path: str) -> Any:
    """The content of a params file; None where there is none, `UseError` where it cannot be read."""
    data = files.read(path)
    if data is None:
        return None
    suffix = posixpath.splitext(path)[1].lower()
    try:
        if suffix == ".json":
            return json.loads(data)
        if suffix == ".toml":
            return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise UseError(f"{path} cannot be read: {error}", where=path, do="correct that file") from None
    if suffix == ".py":
        from mergegate.read.dvcapi import read_params

        return read_params(files, path)
    return load_yaml(data, path)


_MISSING = object()


def pick(values: Any, key: str) -> tuple[bool, Any]:
    """(whether it is there, the value) of a dotted key, numbers meaning places in a list."""
    at = values
    for part in key.split("."):
        if isinstance(at, Mapping):
            at = at.get(part, at.get(int(part), _MISSING) if part.lstrip("-").isdigit() else _MISSING)
        elif isinstance(at, list) and part.lstrip("-").isdigit() and -len(at) <= int(part) < len(at):
            at = at[int(part)]
        else:
            return False, None
        if at is _MISSING:
            return False, None
    return True, at
