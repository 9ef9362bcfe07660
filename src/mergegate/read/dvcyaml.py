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


def load_yaml(text: bytes | str, where: str) -> Any:
    """The value of a YAML text, `{}` for an empty one as DVC has it; raises `UseError` with line and column."""
    try:
        return yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - a child of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        spot = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise UseError(f"{where} is not valid YAML: {error.problem}", where=spot, do="correct that line") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UseError(f"{where} is not valid YAML: {error}", where=where, do="save it as UTF-8 YAML") from None
