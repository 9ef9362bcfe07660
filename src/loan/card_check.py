"""A parsed YAML document becomes a card, or all that is wrong with it is said at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from loan.card import Bin, Card, Decides, Input, Rule, bin_of

MAX_RULES = 12
MAX_BINS = 50
LARGEST = 1e15
"""No number of a card is larger: up to here, whole numbers are exact in Python, SQL and JavaScript alike."""
MOST_POINTS = 1_000_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_TOP = ("version", "name", "decides", "start", "cutoff", "inputs", "rules")
_RULE = ("feature", "title", "monotone", "reference", "missing", "bins")
_KEYS = {"number": ("type", "min", "max"), "flag": ("type",), "category": ("type", "allowed")}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a card."""

    path: str
    """Where in the document, such as `rules[0].bins[2].points`."""
    what: str
    do: str


class CardError(ValueError):
    """Everything that is wrong with a card, collected."""

    def __init__(self, faults: list[Fault], where: str = "") -> None:
        self.faults, self.where = faults, where
        lines = [f"  {fault.path}: {fault.what}\n    do: {fault.do}" for fault in faults]
        super().__init__("\n".join([f"the criteria{f' in {where}' if where else ''} cannot be used", *lines]))


class _Checker:
    """Reads values and writes down what is wrong; where it does, the value returned is a harmless stand-in."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, path: str, what: str, do: str) -> None:
        self.faults.append(Fault(path, what, do))

    def mapping(
        self, value: Any, path: str, keys: tuple[str, ...] | None = None, extra: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """A mapping with text keys: exactly `keys`, and any of `extra`."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            self.fault(
                path, f"must be a mapping with text keys, not {_said(value)}", "compare with the criteria of main"
            )
            return {}
        if keys is not None:
            lacking = [key for key in keys if key not in value]
            unknown = [key for key in value if key not in (*keys, *extra)]
            if lacking:
                self.fault(path, f"lacks {', '.join(lacking)}", f"give {' and '.join(lacking)}")
            if unknown:
                self.fault(
                    path,
                    f"has unknown keys {', '.join(map(_said, unknown))}",
                    f"only {', '.join((*keys, *extra))} are known",
                )
        return value

    def listing(self, value: Any, path: str, least: int, most: int) -> list[Any]:
        """A list of `least` to `most` entries."""
        if not isinstance(value, list) or not least <= len(value) <= most:
            count = f"{len(value)} entries" if isinstance(value, list) else _said(value)
            self.fault(
                path, f"must be a list of {least} to {most} entries, not {count}", "compare with the criteria of main"
            )
            return []
        return value

    def whole(self, value: Any, path: str, least: int = -MOST_POINTS, most: int = MOST_POINTS) -> int:
        """A whole number within limits."""
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(
            path,
            f"must be a whole number from {least:,} to {most:,}, not {_said(value)}",
            "write it without quotes, dot or exponent",
        )
        return 0

    def number(self, value: Any, path: str) -> float:
        """A finite number, written in the one way that gives the one digest: 33, never 33.0."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
            self.fault(path, f"must be a number between -1e15 and 1e15, not {_said(value)}", "write a plain number")
            return 0
        if isinstance(value, float) and value.is_integer():
            self.fault(path, f"a whole number is written without its dot, not {_said(value)}", f"write {int(value)}")
        return int(value) if isinstance(value, int) else float(value)

    def text(self, value: Any, path: str, most: int = 80) -> str:
        """A text that a line can show: printable, without `;`, which parts reasons."""
        right = isinstance(value, str) and 0 < len(value) <= most and value.isprintable() and ";" not in value
        if right and value == value.strip():
            return str(value)
        self.fault(
            path,
            f"must be a printable text of 1 to {most} characters without `;`, not {_said(value)}",
            "write it in quotes, in one line",
        )
        return "?"

    def name(self, value: Any, path: str) -> str:
        """A name that is the same in all languages."""
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        self.fault(
            path, f"must be a letter, then letters, digits and underscores, at most 60, not {_said(value)}", "rename it"
        )
        return "?"

    def one_of(self, value: Any, path: str, allowed: tuple[str, ...]) -> Any:
        """One of a few words."""
        if isinstance(value, str) and value in allowed:
            return value
        self.fault(path, f"must be one of {', '.join(allowed)}, not {_said(value)}", f"write {' or '.join(allowed)}")
        return allowed[-1]


def _said(value: Any) -> str:
    """A value as a fault shows it: short, in one line."""
    shown = ascii(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"


def _input(check: _Checker, name: str, value: Any, path: str) -> Input:
    check.name(name, path)
    kind = value.get("type") if isinstance(value, dict) else None
    keys = _KEYS.get(kind, ("type",)) if isinstance(kind, str) else ("type",)
    extra = ("unit",) if kind == "number" else ()
    entry = check.mapping(value, path, keys, extra)
    kind = check.one_of(kind, f"{path}.type", tuple(_KEYS)) if entry else "flag"
    if kind == "number" and {"min", "max"} <= set(entry):
        low, high = check.number(entry["min"], f"{path}.min"), check.number(entry["max"], f"{path}.max")
        if low >= high:
            check.fault(path, f"min {low} is not below max {high}", "give the range from its smaller end")
        unit = check.text(entry["unit"], f"{path}.unit", 20) if "unit" in entry else ""
        return Input(name, "number", low, high, unit)
    if kind == "category" and "allowed" in entry:
        listed = check.listing(entry["allowed"], f"{path}.allowed", 2, MAX_BINS)
        allowed = tuple(check.text(each, f"{path}.allowed[{index}]", 60) for index, each in enumerate(listed))
        if len(set(allowed)) < len(allowed):
            check.fault(f"{path}.allowed", "a category stands twice", "give each once")
        return Input(name, "category", allowed=allowed)
    return Input(name, "flag")


def _ranges(check: _Checker, bins: list[Bin], known: Input, path: str) -> None:
    """Bins of a number: no gap, no overlap, no bin out of reach."""
    if bins[0].low is not None or bins[-1].below is not None:
        check.fault(path, "the first bin has a `from`, or the last a `below`", "leave both ends open")
    edges = [entry.below for entry in bins[:-1]]
    if None in edges or edges != [entry.low for entry in bins[1:]]:
        check.fault(path, "there is a gap or an overlap", "begin each bin (`from`) where the one before ends (`below`)")
        return
    points = [edge for edge in edges if edge is not None]
    if any(low >= high for low, high in pairwise(points)):
        check.fault(path, "the edges do not rise", "sort the bins, each edge once")
    if known.min is None or known.max is None or any(not known.min < edge <= known.max for edge in points):
        check.fault(
            path, f"an edge lies outside the range of `inputs.{known.name}`", "drop the bin that nothing can reach"
        )


def _values(check: _Checker, bins: list[Bin], known: Input, path: str) -> None:
    """Bins of a flag or category: each value once."""
    allowed = ("0", "1") if known.kind == "flag" else known.allowed
    if tuple(entry.value for entry in bins) != allowed:
        shown = ", ".join(allowed) or "nothing"
        check.fault(
            path, "the bins are not the allowed values, each once, in their order", f"one bin for each of {shown}"
        )


def _monotone(check: _Checker, bins: list[Bin], way: str, known: Input, path: str) -> None:
    if way == "free":
        return
    if known.kind == "category":
        check.fault(path, f"categories have no order to be {way} in", "write monotone: free")
    sign = -1 if way == "falling" else 1
    for index, (before, after) in enumerate(pairwise(bins), 1):
        if sign * (after.points - before.points) < 0:
            said = f"{before.points} points, then {after.points}, and the rule is {way}"
            check.fault(f"{path}[{index}].points", said, "mend the points, or write monotone: free and say why")


def _bins(check: _Checker, value: Any, known: Input, path: str) -> list[Bin]:
    bins = []
    for index, each in enumerate(check.listing(value, path, 2, MAX_BINS)):
        at = f"{path}[{index}]"
        if known.kind == "number":
            entry = check.mapping(each, at, ("points", "rows"), ("from", "below"))
            low, below = (
                check.number(entry[key], f"{at}.{key}") if key in entry else None for key in ("from", "below")
            )
            is_ = None
        else:
            entry = check.mapping(each, at, ("is", "points", "rows"))
            low, below, is_ = None, None, check.text(entry.get("is"), f"{at}.is", 60)
        points = check.whole(entry.get("points"), f"{at}.points")
        rows = check.whole(entry.get("rows"), f"{at}.rows", 0, 10**12)
        bins.append(Bin(points, rows, low, below, is_))
    if bins:
        (_ranges if known.kind == "number" else _values)(check, bins, known, path)
    return bins


def _reference(check: _Checker, value: Any, known: Input, path: str) -> float | str:
    if known.kind == "flag":
        return check.whole(value, path, 0, 1)
    if known.kind == "category":
        return str(check.one_of(value, path, known.allowed or ("?",)))
    number = check.number(value, path)
    if known.min is not None and known.max is not None and not known.min <= number <= known.max:
        check.fault(path, f"{number} is out of the range of `inputs.{known.name}`", "name a value that may come in")
    return number


def _rule(check: _Checker, value: Any, inputs: dict[str, Input], path: str) -> Rule | None:
    entry = check.mapping(value, path, _RULE)
    if not set(_RULE) <= set(entry):
        return None
    feature = check.name(entry["feature"], f"{path}.feature")
    known = inputs.get(feature)
    if known is None:
        check.fault(f"{path}.feature", f"{feature} is not among the inputs", "add it to `inputs`, or drop the rule")
        return None
    way = check.one_of(entry["monotone"], f"{path}.monotone", ("falling", "rising", "free"))
    bins = _bins(check, entry["bins"], known, f"{path}.bins")
    _monotone(check, bins, way, known, f"{path}.bins")
    missing = None if entry["missing"] == "refuse" else check.whole(entry["missing"], f"{path}.missing")
    reference = _reference(check, entry["reference"], known, f"{path}.reference")
    return Rule(feature, check.text(entry["title"], f"{path}.title"), way, reference, missing, tuple(bins))


def _decides(check: _Checker, value: Any) -> Decides:
    entry = check.mapping(value, "decides", ("column", "yes", "no"))
    column = check.name(entry.get("column"), "decides.column")
    yes, no = (check.text(entry.get(word), f"decides.{word}", 40) for word in ("yes", "no"))
    if entry and yes == no:
        check.fault("decides", "both decisions have the same word", "give them two words")
    return Decides(column, yes, no)


def _together(check: _Checker, card: Card) -> None:
    """What no part alone can be wrong about."""
    features = [rule.feature for rule in card.rules]
    folded = [entry.name.lower() for entry in card.inputs]
    if "id" in folded or len(set(folded)) < len(folded):
        check.fault(
            "inputs", "a column is named id, or two differ by upper case alone", "rename it: SQL takes them for one"
        )
    for feature in sorted({feature for feature in features if features.count(feature) > 1}):
        check.fault("rules", f"{feature} has more than one rule", "make them one")
    for unused in sorted({entry.name for entry in card.inputs} - set(features)):
        check.fault(f"inputs.{unused}", "no rule uses it", "drop it: ask applicants for nothing that is not used")
    if check.faults:
        return
    best = card.start + sum(bin_of(rule, rule.reference).points for rule in card.rules)
    if best < card.cutoff:
        said = f"the reference values together are worth {best} points and the cut-off is {card.cutoff}"
        check.fault("cutoff", said, "move references to values worth more: who is denied must have a reason")


def checked(value: Any, where: str = "") -> Card:
    """The card of a parsed document; CardError lists all that is wrong with it."""
    check = _Checker()
    top = check.mapping(value, "the file", _TOP)
    if not set(_TOP) <= set(top):
        raise CardError(check.faults, where)
    check.whole(top["version"], "version", 1, 1)
    named = check.mapping(top["inputs"], "inputs")
    inputs = {name: _input(check, name, each, f"inputs.{name}") for name, each in named.items()}
    listed = check.listing(top["rules"], "rules", 1, MAX_RULES)
    rules = [_rule(check, each, inputs, f"rules[{index}]") for index, each in enumerate(listed)]
    card = Card(
        check.name(top["name"], "name"),
        _decides(check, top["decides"]),
        check.whole(top["start"], "start"),
        check.whole(top["cutoff"], "cutoff"),
        tuple(inputs.values()),
        tuple(rule for rule in rules if rule is not None),
    )
    _together(check, card)
    if check.faults:
        raise CardError(check.faults, where)
    return card
