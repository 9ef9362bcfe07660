"""YAML as DVC reads it (version 1.2, duplicate keys refused), at the speed of libyaml.

DVC loads with ruamel's pure Python parser, which takes seconds for the lock of a thousand stages. PyYAML speaks
YAML 1.1 (`no` is false, `1e3` is text), so the scalars of 1.2 are declared here; the tests compare both parsers.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from mergegate.errors import UseError

_Base: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_BOOL = re.compile(r"^(?:true|false|True|False|TRUE|FALSE)$")
_INT = re.compile(r"^(?:[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?0?o?[0-7_]+|[-+]?[0-9_]+)$")
_FLOAT = re.compile(
    r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_DIGITS = list("-+0123456789")


class _Loader(_Base):  # type: ignore[misc]  # the C loader where libyaml is there, else the Python one
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own protocol: a class attribute that is replaced whole
        first: [(tag, regex) for tag, regex in rules if tag.rsplit(":", 1)[1] in {"timestamp", "merge", "value"}]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _integer(loader: Any, node: Any) -> int:
    text = str(loader.construct_scalar(node)).replace("_", "")
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)


def _real(loader: Any, node: Any) -> float:
    text = str(loader.construct_scalar(node)).replace("_", "").lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    made: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        try:
            twice = key in made
        except TypeError:
            raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark) from None
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        made[key] = loader.construct_object(value_node, deep=True)
    return made


for _tag, _regex, _first in (
    ("bool", _BOOL, list("tTfF")),
    ("float", _FLOAT, [*_DIGITS, "."]),
    ("int", _INT, _DIGITS),
    ("null", _NULL, ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _regex, _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _real)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


DEEPEST = 100
"""Levels of nesting: a pipeline has six."""
_SUSPICIOUS = re.compile(rb"(?:[-?][ \t]+){50}")


def _check_depth(text: bytes, where: str) -> None:
    """Refuse what is nested too deeply to be built: the C loader calls itself, and a full stack kills the process.

    Only a text that could be is looked at, event by event, which takes no stack and as long as loading it.
    """
    if text.count(b"[") + text.count(b"{") <= 1_000 and not _SUSPICIOUS.search(text):
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Base):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            at = f"{where}:{event.start_mark.line + 1}" if event.start_mark else where
            raise UseError(f"{where} is nested more than {DEEPEST} levels deep", where=at, do="write it flat")


_ODD = (ValueError, LookupError, AttributeError, TypeError, RecursionError, OverflowError)
"""What PyYAML raises for a value that is not what its tag says, such as `!!timestamp x` or `!!bool x`."""


def load_yaml(text: bytes | str, where: str) -> Any:
    """The value of a YAML text, `{}` for an empty one as DVC has it; raises `UseError` with line and column."""
    try:
        _check_depth(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"), where)
        return yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - a child of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        spot = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise UseError(f"{where} is not valid YAML: {error.problem}", where=spot, do="correct that line") from None
    except (yaml.YAMLError, *_ODD) as error:
        raise UseError(f"{where} is not valid YAML: {error}", where=where, do="save it as UTF-8 YAML") from None
