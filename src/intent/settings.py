"""The knobs of the pipeline, read from params.yaml and checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from intent.faults import StageError

PARAMS = Path("params.yaml")


@dataclass(frozen=True, slots=True)
class Split:
    """Which groups are held out."""

    salt: str
    """Another salt is another holdout: a reset, never a tweak."""
    share: float
    """Expected share of the groups, in (0, 1)."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of an utterance."""

    words_up_to: int
    """The longest run of words that is a feature, >= 1."""
    chars_up_to: int
    """The longest run of characters within a word that is a feature (the shortest is 3); 0 for none."""
    bits: int
    """Features are hashed into 2^bits columns, 8 <= bits <= 20."""


@dataclass(frozen=True, slots=True)
class Train:
    """How the linear classifier is fitted."""

    C: float
    """Inverse strength of the L2 penalty, > 0."""
    iterations: int
    """At most so many passes over the rows."""
    seed: int
    backend: str = "sequential"
    """Where it is fitted, by joblib's name: the same model in another place."""


BACKENDS = ("sequential", "loky", "dask")
_LIMITS: dict[str, tuple[float, float]] = {
    "share": (0.01, 0.99), "words_up_to": (1, 5), "chars_up_to": (0, 8), "bits": (8, 20),
    "C": (1e-6, 1e6), "iterations": (1, 1_000_000), "seed": (0, 2**31 - 1),
}  # fmt: skip
_Section = TypeVar("_Section", Split, Features, Train)


def _fail(what: str, path: Path, section: str) -> StageError:
    return StageError(what, where=f"{path}, section `{section}`", do="compare with the params.yaml of main")


def _checked(name: str, kind: str, value: Any) -> Any:
    """The value as its field wants it; ValueError says what is wrong with it."""
    if kind == "str":
        if not isinstance(value, str) or not value:
            raise ValueError(f"`{name}` must be a text, not {value!r}")
        if name == "backend" and value not in BACKENDS:
            raise ValueError(f"`{name}` must be one of {', '.join(BACKENDS)}, not {value!r}")
        return value
    number = isinstance(value, int) or (kind == "float" and isinstance(value, float))
    low, high = _LIMITS[name]
    if not number or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(
            f"`{name}` must be {'a whole' if kind == 'int' else 'a'} number from {low:g} to {high:g}, not {value!r}"
        )
    return float(value) if kind == "float" else value


def from_mapping(kind: type[_Section], values: Any) -> _Section:
    """A section from a mapping with exactly its keys; ValueError says which value is wrong."""
    names = {field.name: str(field.type) for field in fields(kind)}
    if not isinstance(values, dict) or set(values) != set(names):
        raise ValueError(f"must have exactly the keys {', '.join(names)}")
    return kind(**{name: _checked(name, names[name], values[name]) for name in names})


def read(kind: type[_Section], path: Path = PARAMS) -> _Section:
    """The section of params.yaml that is named like the class."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    section = kind.__name__.lower()
    try:
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _fail("there is no params.yaml here", path, section) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise _fail(f"params.yaml cannot be read: {error}", path, section) from None
    try:
        return from_mapping(kind, document.get(section) if isinstance(document, dict) else None)
    except ValueError as error:
        raise _fail(str(error), path, section) from None
