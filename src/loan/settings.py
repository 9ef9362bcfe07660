"""The knobs of the pipeline, read from the section `loan` of params.yaml and checked.

What a feature *may* be is judged by the gate, not here: a pull request that adds a forbidden column has to run, so that
its comment can say what the column does. Here only what nothing can be trained on is refused.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from loan.faults import StageError

PARAMS = Path("params.yaml")
MOST_RULES = 12


@dataclass(frozen=True, slots=True)
class Split:
    """Which applications are held out."""

    salt: str
    """Another salt is another holdout: a reset, never a tweak."""
    share: float
    """Expected share of the applications, in (0, 1)."""


@dataclass(frozen=True, slots=True)
class Bins:
    """How a feature's range is cut."""

    most: int
    """Bins of one feature, at most."""
    min_rows: int
    """Training rows of a bin, at least; what is smaller joins its neighbour."""
    max_lost: float
    """Log-odds that a part may surely lose by joining before `train` fails, unless `accept_lost` names its feature."""
    accept_lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """From odds to points."""

    C: float
    """Inverse strength of the L2 penalty on each step of a feature, > 0."""
    even: int
    """The points at which approval and denial are equally likely."""
    doubling: int
    """So many points more double the odds of approval."""
    cutoff: int
    """Approved at this many points or more."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The boosted model that the card is measured against."""

    bags: int
    """Models averaged."""
    folds: int
    """Parts of the training rows that are predicted from the others."""
    repeats: int
    """How often, with other parts."""
    seed: int


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the applications that the card may use."""

    name: str
    title: str
    """In words, as a reason begins."""
    type: Literal["number", "flag"]
    monotone: Literal["falling", "rising", "free"]
    """What the domain demands of the points as the value grows."""
    reference: float
    """The value that points are compared with where a reason is given."""
    missing: Literal["refuse", "worst", "fitted"] = "refuse"
    """Without a value: refused, as bad as the worst bin, or what the training rows without one say."""
    min: float = 0.0
    """Smallest number that may come in, itself included; numbers only."""
    max: float = 1.0
    """Largest number that may come in, itself included; numbers only."""
    unit: str = ""
    step: float = 1.0
    """The edges of bins are multiples of it."""


_LIMITS: dict[str, tuple[float, float]] = {
    "share": (0.01, 0.99), "most": (2, 20), "min_rows": (1, 1_000_000), "max_lost": (0, 100), "C": (1e-6, 1e6),
    "even": (-100_000, 100_000), "doubling": (1, 1_000), "cutoff": (-100_000, 100_000), "bags": (1, 100),
    "folds": (2, 20), "repeats": (1, 20), "seed": (0, 2**31 - 1), "step": (1e-6, 1e12),
}  # fmt: skip
_WORDS = {
    "type": ("number", "flag"), "monotone": ("falling", "rising", "free"), "missing": ("refuse", "worst", "fitted")
}  # fmt: skip
_Section = TypeVar("_Section", Split, Bins, Points, Ceiling)


def _fail(what: str, path: Path, section: str) -> StageError:
    return StageError(what, where=f"{path}, section `loan.{section}`", do="compare with the params.yaml of main")


def _text(name: str, kind: str, value: Any) -> str:
    allowed = _WORDS.get(name, ())
    if not isinstance(value, str) or (not value and name != "unit") or (kind != "str" and value not in allowed):
        wanted = f"one of {', '.join(allowed)}" if kind != "str" else "a text"
        raise ValueError(f"`{name}` must be {wanted}, not {value!r}")
    return value


def _checked(name: str, kind: str, value: Any) -> Any:
    """The value as its field wants it; ValueError says what is wrong with it."""
    if kind.startswith("tuple"):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"`{name}` must be a list of texts, not {value!r}")
        return tuple(value)
    if kind not in {"int", "float"}:
        return _text(name, kind, value)
    low, high = _LIMITS.get(name, (-1e15, 1e15))
    number = isinstance(value, int) or (kind == "float" and isinstance(value, float) and math.isfinite(value))
    if not number or isinstance(value, bool) or not low <= value <= high:
        wanted = "a whole" if kind == "int" else "a"
        raise ValueError(f"`{name}` must be {wanted} number from {low:g} to {high:g}, not {value!r}")
    return float(value) if kind == "float" else value


def _mapping(kind: type[Any], values: Any) -> dict[str, Any]:
    names = {field.name: str(field.type) for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if not isinstance(values, dict) or not needed <= set(values) <= set(names):
        raise ValueError(f"must have the keys {', '.join(names)}, and no other")
    return {name: _checked(name, names[name], value) for name, value in values.items()}


def _document(path: Path, section: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _fail("there is no params.yaml here", path, section) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise _fail(f"params.yaml cannot be read: {error}", path, section) from None
    ours = document.get("loan") if isinstance(document, dict) else None
    return ours.get(section) if isinstance(ours, dict) else None


def read(kind: type[_Section], path: Path = PARAMS) -> _Section:
    """The section of `loan` in params.yaml that is named like the class."""
    section = kind.__name__.lower()
    try:
        return kind(**_mapping(kind, _document(path, section)))
    except ValueError as error:
        raise _fail(str(error), path, section) from None


def _feature(name: Any, values: Any) -> Feature:
    try:
        found = Feature(**_mapping(Feature, {"name": name} | values if isinstance(values, dict) else values))
    except ValueError as error:
        raise ValueError(f"`{name}`: {error}") from None
    if not found.min <= found.reference <= found.max or (found.type == "flag" and found.reference not in {0.0, 1.0}):
        raise ValueError(f"`{name}`: `reference` {found.reference:g} is no value that may come in")
    return found


def features(path: Path = PARAMS) -> tuple[Feature, ...]:
    """What the card may look at, in its order."""
    found = _document(path, "features")
    if not isinstance(found, dict) or not 1 <= len(found) <= MOST_RULES:
        said = f"{len(found)} features" if isinstance(found, dict) else "no mapping"
        raise _fail(f"a card has 1 to {MOST_RULES} rules, one for each feature, and here are {said}", path, "features")
    try:
        return tuple(_feature(name, values) for name, values in found.items())
    except ValueError as error:
        raise _fail(str(error), path, "features") from None
