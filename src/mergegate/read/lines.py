"""Finds the line of a file that a change stands on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from mergegate.errors import MergegateError, UseError
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.read.git import Git

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_LONGEST = 1_000_000
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def line_of_key(content: bytes, keys: Sequence[str]) -> int:
    """The line (from 1) of a key of a YAML or JSON file, by the names on the way to it; 0 where it has none.

    A number is a place in a list. Never raises: what cannot be read has no lines that matter.
    """
    if len(content) > _LONGEST:
        return 0
    try:
        text = content.decode("utf-8")
        load_yaml(text, "")  # refuses what is nested too deeply to be looked at
        node = yaml.compose(text, Loader=_Loader)
    except (UseError, yaml.YAMLError, ValueError, RecursionError):
        return 0
    line = 0
    for key in keys:
        found = _child(node, key)
        if found is None:
            return 0
        line, node = found
    return line


def _child(node: Any, key: str) -> tuple[int, Any] | None:
    """The line of a key and the node of its value."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        value = node.value[int(key)]
        return value.start_mark.line + 1, value
    return None


def first_changed_line(git: Git, base: str, head: str, path: str) -> int:
    """The first line of `path` at `head` that is not as it was at `base`; 0 where head does not have the file.

    Where lines were only removed it is the line before them.
    """
    try:
        if git.show(head, path) is None:
            return 0
        options = ("--no-color", "--no-ext-diff", "--no-textconv", "-U0")
        said = git.ask("--literal-pathspecs", "diff", *options, base, head, "--", path)
    except MergegateError:
        return 0
    found = _HUNK.search(said)
    return max(int(found.group(1)), 1) if found else 1
