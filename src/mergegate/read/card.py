"""Reads a points card: YAML that a pull request wrote, as data; every error at once."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from mergegate.errors import UseError
from mergegate.facts.card import Card
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_BYTES = 200_000
_DIGEST = re.compile(rb"card (sha256:[0-9a-f]{64})\b")
_HEAD = 20_000
"""Bytes of a generated file in which its digest must stand."""


class CardError(UseError):
    """The card cannot be read; everything that is wrong with it stands in `what`."""


@dataclass(frozen=True, slots=True)
class ReadCard:
    """A card with the digest of what stands in it."""

    card: Card
    digest: str
    """`sha256:<hex>` of its canonical JSON: a file that is only formatted anew keeps it."""


def parse_card(content: bytes, where: str) -> ReadCard:
    """The card in `content` (YAML, UTF-8, at most 200 KB, no anchors); raises `CardError` for anything else."""
    from pydantic import ValidationError

    tree = _load(content, where)
    try:
        return ReadCard(Card.model_validate(tree), digest_of(tree))
    except ValidationError as error:
        details = error.errors(include_url=False)
        said = "; ".join(_said(one) for one in details[:20])
        more = f"; and {len(details) - 20:,} more" if len(details) > 20 else ""
        raise CardError(f"{said}{more}", where=where, do="write the card by the pipeline, nothing by hand") from None


def digest_of(tree: Any) -> str:
    """The digest of a card's parsed YAML."""
    text = json.dumps(_plain(tree), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _plain(tree: Any) -> Any:
    """The tree with one way to write each number: 33, never 33.0."""
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    return int(tree) if isinstance(tree, float) and tree.is_integer() else tree


def digest_in(generated: bytes) -> str:
    """The digest of the card that a generated file says it was made from; empty where it says none."""
    found = _DIGEST.search(generated[:_HEAD])
    return found.group(1).decode() if found else ""


def _load(content: bytes, where: str) -> Any:
    if len(content) > MAX_BYTES:
        raise CardError(f"the card is larger than {MAX_BYTES:,} bytes", where=where, do="a card is short")
    try:
        text = content.decode("utf-8")
        if any(getattr(event, "anchor", None) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            raise CardError("a card has no anchors", where=where, do="write each value out")
        return load_yaml(text, where)
    except UnicodeDecodeError:
        raise CardError("the card is not UTF-8", where=where, do="save it as UTF-8") from None
    except RecursionError:
        raise CardError("the card is nested too deeply", where=where, do="a card is flat") from None
    except yaml.MarkedYAMLError as error:
        spot = f"{where}:{error.problem_mark.line + 1}" if error.problem_mark else where
        raise CardError(f"the card is not YAML: {error.problem}", where=spot, do="correct that line") from None
    except yaml.YAMLError as error:
        raise CardError(f"the card is not YAML: {error}", where=where, do="save it as UTF-8 YAML") from None
    except UseError as error:
        raise CardError(error.what, where=error.where or where, do=error.do) from None


def _said(detail: ErrorDetails) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    known = {"extra_forbidden": "nothing has this name", "missing": "is missing"}
    return f"{path}: {known.get(detail['type'], message[:1].lower() + message[1:])}" if path else message
