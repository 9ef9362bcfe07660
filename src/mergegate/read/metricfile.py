"""Reads one number of a metrics file: JSON, YAML, TOML, or the last row of a CSV or TSV."""

from __future__ import annotations

import csv
import io
import json
import math
import posixpath
from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError
from mergegate.facts.metricfile import Reading
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 20_000_000
"""Bytes of a metrics file."""
_DEEPEST = 12
"""Parts of a key that are tried in every way to put them together: a name may have a dot in it."""
_MISSING = object()


def read_number(content: bytes, name: str, key: str) -> Reading:
    """The number at `key` (dots between the levels, digits for the places of a list); why not, where there is none."""
    try:
        found = find(load_metrics(content, name), key)
    except UseError as error:
        return Reading(None, f"{name} cannot be read ({error.what.splitlines()[0][:200]})")
    if found is _MISSING:
        return Reading(None, f"{name} has no {key}")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return Reading(None, f"{key} of {name} is no number ({_kind(found)})")
    try:
        value = float(found)
    except OverflowError:
        value = math.inf
    return Reading(value) if math.isfinite(value) else Reading(None, f"{key} of {name} is no finite number")


def load_metrics(content: bytes, name: str) -> Any:
    """What a metrics file holds; of a table its last row, by column. Raises `UseError` where it is none."""
    if len(content) > LARGEST:
        raise UseError(f"it is larger than {LARGEST:,} bytes", where=name)
    suffix = posixpath.splitext(name)[1].lower()
    try:
        text = content.decode("utf-8-sig")
        if suffix in {".csv", ".tsv"}:
            return _last_row(text, "\t" if suffix == ".tsv" else ",", name)
        if suffix == ".toml":
            import tomllib

            return tomllib.loads(text)
        return json.loads(text, object_pairs_hook=_once) if suffix == ".json" else load_yaml(text, name)
    except UnicodeDecodeError as error:
        raise UseError(f"it is not UTF-8 (byte {error.start})", where=name) from None
    except (ValueError, csv.Error) as error:
        raise UseError(f"it is no {suffix[1:].upper()}: {str(error)[:150]}", where=name) from None
    except RecursionError:
        raise UseError("it is nested too deeply", where=name) from None


def find(tree: Any, key: str) -> Any:
    """The value at `key`; a private mark where there is none. The longest name that fits is taken first."""
    return next(_found(tree, key.split(".")), _MISSING)


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(key, value) of everything in the file that is neither a mapping nor a list."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(tree, list):
        for place, value in enumerate(tree[:_DEEPEST]):
            yield from leaves(value, f"{path}.{place}" if path else str(place))
    else:
        yield path, tree


def _found(node: Any, parts: list[str]) -> Iterator[Any]:
    if not parts:
        yield node
    elif isinstance(node, dict):
        for cut in range(min(len(parts), _DEEPEST), 0, -1):
            name = ".".join(parts[:cut])
            if name in node:
                yield from _found(node[name], parts[cut:])
    elif isinstance(node, list) and parts[0].isdecimal() and len(parts[0]) < 7 and int(parts[0]) < len(node):
        yield from _found(node[int(parts[0])], parts[1:])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """No name twice: two readers may take two values of it."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice")
    return made


def _last_row(text: str, delimiter: str, name: str) -> dict[str, Any]:
    head, last = None, None
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        if head is None:
            head = row
        elif row:
            last = row
    if head is None or last is None:
        raise UseError("it has no row", where=name)
    if len(set(head)) < len(head):
        raise ValueError("a column stands twice")
    return dict(zip(head, map(_cell, last), strict=False))


def _cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"it is the text {value[:40]!r}"
    return {dict: "it is a mapping", list: "it is a list", bool: "it is true or false"}.get(type(value), "it is empty")
