"""The bytes of a body become a value, or are refused: JSON as RFC 8259 has it, and nothing that readers disagree on."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NoReturn

from service.problems import invalid


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are its own: of a name that stands twice, every reader takes another value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid("a name stands twice in one object")
    return found


def _constant(_: str) -> NoReturn:
    raise invalid("NaN and Infinity are no JSON")


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise invalid("a number is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


def parse(body: bytes) -> Any:
    """The value in a body; a 422 for what is not UTF-8, no JSON, nested too deeply, or holds half a character."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise invalid("the body is not UTF-8") from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise invalid("the body is no JSON") from None
    except RecursionError:
        raise invalid("the body is nested too deeply") from None
    except ValueError:
        raise invalid("a number has too many digits") from None
    if "\\u" in text:
        _refuse_half_characters(value)
    return value


def _refuse_half_characters(value: Any) -> None:
    """`\\ud800` alone is legal in JSON's grammar, and no text: nothing could store, log or send it."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise invalid("a text holds half of a surrogate pair") from None
    except RecursionError:
        raise invalid("the body is nested too deeply") from None
