"""Reads params and metrics files as flat names and values, to be shown and never judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Scalar = bool | int | float | str | None
_LONGEST = 300
_MOST = 2_000


def flatten(content: bytes, name: str) -> dict[str, Scalar]:
    """YAML or JSON `content` as `name:a.b` -> value; an unreadable file gives nothing. NaN is told as text."""
    try:
        tree = load_yaml(content.decode("utf-8"), name)
    except (UseError, UnicodeDecodeError, RecursionError):
        return {}
    leaves = _leaves(tree, "") if tree else iter(())
    return {f"{name}:{path}": value for path, value in (leaf for leaf, _ in zip(leaves, range(_MOST), strict=False))}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """(name, before, after) of every value that differs, in the order of names; a missing one is a dash."""
    names = sorted(set(before) | set(after))
    return tuple(
        (name, _shown(before, name), _shown(after, name))
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    )


def _shown(values: Mapping[str, Any], name: str) -> str:
    return str(values[name]) if name in values else "–"


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, float) and (node != node or node in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        yield path, str(node)
    elif node is None or isinstance(node, bool | int | float):
        yield path, node
    else:
        yield path, str(node)[:_LONGEST]
