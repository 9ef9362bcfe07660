"""Sentences of a hassil template, drawn one at a time: no template is ever expanded as a whole.

hassil reads the template language; its own sampler enumerates every sentence, which for some templates are billions.
Here a sentence is one walk through the template, and every choice on the way is taken from SHA-256 of a seed text: the
same on every machine and every Python.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hassil.expression import (
    Alternative,
    Expression,
    ListReference,
    Permutation,
    RuleReference,
    Sequence,
    TextChunk,
)
from hassil.parse_expression import parse_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as Many

_DEEPEST = 40
"""How far rules may refer to rules; the real data stays below ten."""


class TemplateError(ValueError):
    """The template names a list or a rule that the release does not have."""


class Draws:
    """A stream of choices that is a function of its seed text alone."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._taken = 0

    def below(self, n: int) -> int:
        """A number in [0, n), uniform but for a bias below n / 2^64."""
        digest = hashlib.sha256(self._taken.to_bytes(4, "big") + self._seed).digest()
        self._taken += 1
        return int.from_bytes(digest[:8], "big") % n

    def one(self, choices: Many[Any]) -> Any:
        """One of `choices`."""
        return choices[self.below(len(choices))]

    def shuffled(self, items: Many[Any]) -> list[Any]:
        """All of `items` in a drawn order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]


@dataclass(frozen=True)
class Grammar:
    """The rules and lists of one language, as the release has them."""

    rules: Mapping[str, str]
    lists: Mapping[str, Mapping[str, Any]]
    _parsed: dict[str, Expression] = field(default_factory=dict)

    def parse(self, text: str) -> Expression:
        """The expression of a template text, parsed once."""
        if text not in self._parsed:
            self._parsed[text] = parse_sentence(text).expression
        return self._parsed[text]

    def rule(self, name: str) -> Expression:
        """The expression of `<name>`."""
        if name not in self.rules:
            raise TemplateError(f"no expansion rule <{name}>")
        return self.parse(self.rules[name])


@dataclass(frozen=True)
class Sampler:
    """Draws sentences of one language; `names` are the values of what the release leaves open, as plain text."""

    grammar: Grammar
    names: Mapping[str, Many[str]]

    def sentence(self, template: str, draws: Draws) -> str:
        """One sentence of `template`, with single spaces."""
        return " ".join(self._walk(self.grammar.parse(template), draws, 0).split())

    def _walk(self, part: Expression, draws: Draws, depth: int) -> str:
        if depth > _DEEPEST:
            raise TemplateError("rules refer to each other without end")
        if isinstance(part, TextChunk):
            return str(part.original_text)
        if isinstance(part, RuleReference):
            return self._walk(self.grammar.rule(part.rule_name), draws, depth + 1)
        if isinstance(part, ListReference):
            return self._value(part, draws, depth + 1)
        if isinstance(part, Alternative):
            return self._walk(draws.one(part.items), draws, depth + 1)
        if isinstance(part, Permutation):
            return "".join(self._walk(item, draws, depth + 1) for item in draws.shuffled(part.items))
        if isinstance(part, Sequence):
            return "".join(self._walk(item, draws, depth + 1) for item in part.items)
        raise TemplateError(f"hassil knows an expression that collect does not: {type(part).__name__}")

    def _value(self, reference: ListReference, draws: Draws, depth: int) -> str:
        name = reference.list_name
        if name in self.names:
            return str(draws.one(self.names[name]))
        values = self.grammar.lists.get(name)
        if values is None:
            raise TemplateError(f"no list {{{name}}}")
        if "range" in values:
            span = values["range"]
            step = int(span.get("step", 1))
            start = int(span["from"])
            return str(start + step * draws.below((int(span["to"]) - start) // step + 1))
        if "values" in values:
            value = draws.one(values["values"])
            return self._walk(self.grammar.parse(value if isinstance(value, str) else value["in"]), draws, depth)
        raise TemplateError(f"list {{{name}}} is free text, and names.json has none for it")
