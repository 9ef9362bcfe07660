"""The card as an ES module that needs nothing but JavaScript, for the bot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from loan import reasons
from loan.card import digest
from loan.template import filled

if TYPE_CHECKING:
    from loan.card import Bin, Card, Input, Rule
    from loan.reasons import Words

TEMPLATE = Path(__file__).parent / "generated_javascript.txt"


def text(value: str) -> str:
    """A literal in double quotes that leaves neither the literal nor a `<script>` element around it."""
    return '"' + "".join(_char(each) for each in json.dumps(value, ensure_ascii=False)[1:-1]) + '"'


def _char(char: str) -> str:
    if char.isprintable() and char not in "<>":
        return char
    return json.dumps(char)[1:-1] if ord(char) > 0x7E else f"\\x{ord(char):02x}"


def _return(words: Words) -> str:
    return f"return [{words.points}, {words.lost}, [{', '.join(text(part) for part in words.parts)}]];"


def _accepts(known: Input) -> str:
    """The test that a value within the contract passes."""
    if known.kind == "category":
        return f"[{', '.join(text(each) for each in known.allowed)}].includes(value)"
    if known.kind == "flag":
        return "[0, 1, false, true].includes(value)"
    return f'typeof value === "number" && value >= {known.min} && value <= {known.max}'


def _test(entry: Bin, known: Input) -> str:
    if known.kind == "category":
        return f"value === {text(str(entry.value))}"
    return f"Number(value) === {entry.value}" if known.kind == "flag" else f"value < {entry.below}"


def _rule(rule: Rule, known: Input) -> str:
    """One function: the missing value, the contract, then the bins from the first to the last."""
    missing = reasons.of_missing(rule, known)
    given = f"throw new Refused({text(reasons.NOT_GIVEN)});" if missing is None else _return(missing)
    *former, last = rule.bins
    lines = [
        f"function rule_{rule.feature}(value) {{",
        f"  if (value === null) {given}",
        f"  if (!({_accepts(known)})) throw new Refused({text(reasons.contract(known))});",
        *(f"  if ({_test(entry, known)}) {_return(reasons.of_bin(rule, entry, known))}" for entry in former),
        f"  {_return(reasons.of_bin(rule, last, known))}",
        "}",
    ]
    return "".join(f"{line}\n" for line in lines)


def generate(card: Card) -> str:
    """The module's source."""
    holes = {
        "COLUMN": card.decides.column,
        "DIGEST": digest(card),
        "START_POINTS": str(card.start),
        "CUTOFF_POINTS": str(card.cutoff),
        "RULE_FUNCTIONS": "\n".join(_rule(rule, card.input(rule.feature)) for rule in card.rules),
        "RULE_TABLE": "\n".join(f'  ["{rule.feature}", rule_{rule.feature}],' for rule in card.rules),
        "YES": text(card.decides.yes),
        "NO": text(card.decides.no),
    }
    return filled(TEMPLATE, holes)
