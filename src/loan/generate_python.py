"""The card as a Python module that needs nothing but Python: one short function for each rule.

Each line is written as `ruff format` would leave it, so that the file is formatted where no ruff is installed.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from loan import reasons
from loan.card import digest
from loan.template import filled

if TYPE_CHECKING:
    from loan.card import Bin, Card, Input, Rule
    from loan.reasons import Words

WIDTH = 120
TEMPLATE = Path(__file__).parent / "generated_python.txt"


def text(value: str) -> str:
    """A literal in double quotes, whatever the text is: no quote, no line end, no odd character leaves it."""
    escaped = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', "\\x22")
    return '"' + "".join(each if each.isprintable() else _escape(ord(each)) for each in escaped) + '"'


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _wide(line: str) -> int:
    """The columns of a terminal that a line takes, which is what `ruff format` counts."""
    return sum(1 + (unicodedata.east_asian_width(each) in {"W", "F"}) for each in line)


def _tuple(parts: tuple[str, ...], indent: str) -> list[str]:
    """A tuple of texts with a comma behind it, broken where it is too long or has a comma at its end."""
    line = f"{indent}({', '.join(parts)}{',' if len(parts) == 1 else ''}),"
    if len(parts) < 2 and _wide(line) <= WIDTH:
        return [line]
    return [f"{indent}(", *(f"{indent}    {part}," for part in parts), f"{indent}),"]


def _return(words: Words, indent: str) -> list[str]:
    parts = tuple(text(part) for part in words.parts)
    inner = ", ".join(parts) + ("," if len(parts) == 1 else "")
    line = f"{indent}return {words.points}, {words.lost}, ({inner})"
    if _wide(line) <= WIDTH:
        return [line]
    deeper = f"{indent}    "
    numbers = [f"{deeper}{words.points},", f"{deeper}{words.lost},"]
    return [f"{indent}return (", *numbers, *_tuple(parts, deeper), f"{indent})"]


def _raise(said: str) -> list[str]:
    line = f"        raise RefusedError({text(said)})"
    return [line] if _wide(line) <= WIDTH else ["        raise RefusedError(", f"            {text(said)}", "        )"]


def _unless(known: Input) -> list[str]:
    """The `if` that finds a value out of the contract."""
    tests = ["type(value) not in NUMBERS", f"not {known.min} <= value <= {known.max}"]
    if known.kind == "flag":
        tests = ["type(value) not in FLAGS", "value not in (0, 1)"]
    if known.kind == "category":
        tests = ["not isinstance(value, str)", f"value not in CATEGORIES[{text(known.name)}]"]
    line = f"    if {' or '.join(tests)}:"
    first, *others = tests
    return (
        [line]
        if _wide(line) <= WIDTH
        else ["    if (", f"        {first}", *(f"        or {each}" for each in others), "    ):"]
    )


def _test(entry: Bin, known: Input) -> str:
    if known.kind == "category":
        return f"value == {text(str(entry.value))}"
    return f"value == {entry.value}" if known.kind == "flag" else f"value < {entry.below}"


def _rule(rule: Rule, known: Input) -> str:
    """One function: the missing value, the contract, then the bins from the first to the last."""
    missing = reasons.of_missing(rule, known)
    *former, last = rule.bins
    lines = [
        f"def rule_{rule.feature}(value: Any) -> Found:",
        f'    """Points for {rule.feature}."""',
        "    if value is None:",
        *(_raise(reasons.NOT_GIVEN) if missing is None else _return(missing, " " * 8)),
        *_unless(known),
        *_raise(reasons.contract(known)),
    ]
    for entry in former:
        lines += [f"    if {_test(entry, known)}:", *_return(reasons.of_bin(rule, entry, known), " " * 8)]
    return "\n".join([*lines, *_return(reasons.of_bin(rule, last, known), "    "), ""])


def _calls(card: Card) -> list[str]:
    calls = [f'rule_{rule.feature}(row["{rule.feature}"])' for rule in card.rules]
    line = f"        found = ({calls[0]},)"
    if len(calls) == 1 and _wide(line) <= WIDTH:
        return [line]
    return ["        found = (", *(f"            {call}," for call in calls), "        )"]


def _categories(card: Card) -> list[str]:
    """The constant that `_unless` asks for, where there is any category."""
    listed = [known for known in card.inputs if known.kind == "category"]
    if not listed:
        return []
    lines = ["CATEGORIES = {"]
    for known in listed:
        lines += [f'    "{known.name}": (', *(f"        {text(each)}," for each in known.allowed), "    ),"]
    return [*lines, "}"]


def generate(card: Card) -> str:
    """The module's source."""
    holes = {
        "COLUMN": card.decides.column,
        "DIGEST": digest(card),
        "START_POINTS": str(card.start),
        "CUTOFF_POINTS": str(card.cutoff),
        "CATEGORY_LINES": "".join(f"{line}\n" for line in _categories(card)),
        "RULE_FUNCTIONS": "\n\n".join(_rule(rule, card.input(rule.feature)) for rule in card.rules),
        "CALLS": "\n".join(_calls(card)),
        "YES": text(card.decides.yes),
        "NO": text(card.decides.no),
        "RULE_TABLE": "\n".join(f'    "{rule.feature}": rule_{rule.feature},' for rule in card.rules),
    }
    return filled(TEMPLATE, holes)
