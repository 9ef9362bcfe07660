"""YAML as plain values that know their lines: `Text`, `Row` and `Block` are str, list and dict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from mergegate.errors import UseError

DEEPEST = 40
"""Levels of nesting; a workflow has about ten."""
MOST = 100_000
"""Nodes, each alias written out: a few lines of aliases of aliases would make billions."""


class Text(str):
    """A scalar as it is written, whatever YAML would make of it: `on` stays `on`."""

    line: int
    commands: tuple[Command, ...]
    __slots__ = ("commands", "line")


class Row(list["Node"]):
    """A sequence."""

    line: int


class Block(dict[str, "Node"]):
    """A mapping; `at` has the line of each key."""

    line: int
    at: dict[str, int]

    def text(self, key: str) -> Text:
        """The scalar under `key`, empty where there is none."""
        found = self.get(key)
        return found if isinstance(found, Text) else text_of("", self.line)

    def block(self, key: str) -> Block:
        """The mapping under `key`, empty where there is none."""
        found = self.get(key)
        return found if isinstance(found, Block) else block_of(self.at.get(key, self.line))


Node = Text | Row | Block


@dataclass(frozen=True, slots=True)
class Command:
    """One logical line of a shell script: continued lines are joined, comments left out."""

    line: int
    text: str


def text_of(value: str, line: int, commands: tuple[Command, ...] = ()) -> Text:
    """A `Text` with its line."""
    made = Text(value)
    made.line, made.commands = line, commands
    return made


def block_of(line: int) -> Block:
    """An empty `Block` with its line."""
    made = Block()
    made.line, made.at = line, {}
    return made


def parse(text: str, path: str) -> Block:
    """The mapping that a YAML file holds; raises UseError with file and line where there is none."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        made = _node(root, 0, [MOST]) if root is not None else None
    except yaml.MarkedYAMLError as error:
        line = f"{path}:{error.problem_mark.line + 1}" if error.problem_mark else path
        raise UseError(f"the file is not YAML: {error.problem}", where=line, do="mend the syntax there") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else "it is nested too deeply"
        raise UseError(f"the file is not YAML: {what}", where=path, do="mend the syntax") from None
    if not isinstance(made, Block):
        raise UseError("the file is empty or no mapping", where=path, do="write a workflow, or delete the file")
    return made


def _node(node: yaml.Node, depth: int, left: list[int]) -> Node:
    """Aliases are written out, at most DEEPEST levels and `left` nodes of them."""
    left[0] -= 1
    if depth > DEEPEST or left[0] < 0:
        raise ValueError("it is nested too deeply, or too large")
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return text_of(node.value, line, _commands(node))
    if isinstance(node, yaml.SequenceNode):
        row = Row(_node(item, depth + 1, left) for item in node.value)
        row.line = line
        return row
    block = block_of(line)
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        block[name] = _node(value, depth + 1, left)
        block.at[name] = key.start_mark.line + 1
    return block


def _commands(node: Any) -> tuple[Command, ...]:
    line = node.start_mark.line + 1
    if node.style != "|":
        return (Command(line + (node.style == ">"), " ".join(node.value.split())),) if node.value.strip() else ()
    found: list[Command] = []
    begun: list[str] = []
    start = line + 1
    for number, one in enumerate(node.value.splitlines(), start=line + 1):
        start = start if begun else number
        if one.lstrip().startswith("#"):
            continue
        begun.append(one.rstrip().removesuffix("\\").strip())
        if not one.rstrip().endswith("\\"):
            found.append(Command(start, " ".join(begun)))
            begun = []
    if begun:
        found.append(Command(start, " ".join(begun)))
    return tuple(one for one in found if one.text)
