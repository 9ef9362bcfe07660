"""The criteria as a file: read strictly, written so that a reviewer's diff of one cut-off is one line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from loan.card import Card, document
from loan.card_check import CardError, Fault, checked

CRITERIA = Path("criteria/loan.yaml")
LARGEST_FILE = 200_000
DEEPEST = 8
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*[A-Za-z0-9]")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
"""Words that some reader of YAML takes for something else than a text."""


def _plain_yaml(text: str, where: str) -> Any:
    """The document, after a look at its events: no anchor, no alias, no tag, no depth that could exhaust anything."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    def wrong(what: str, do: str) -> CardError:
        return CardError([Fault("the file", what, do)], where)

    depth = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind = type(event).__name__
            depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            if depth > DEEPEST:
                raise wrong("it is nested too deeply", "compare with the criteria of main")
            if getattr(event, "anchor", None) or getattr(event, "tag", None):
                raise wrong("it has an anchor, an alias or a tag", "write every value where it stands")
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        if isinstance(error, CardError):
            raise
        raise wrong(f"it is not YAML: {' '.join(str(error).split())}", "mend it, or write it anew: dvc repro") from None


def parse(text: str, where: str = "") -> Card:
    """The card in a YAML text; CardError says all that is wrong with it."""
    if len(text.encode()) > LARGEST_FILE:
        raise CardError([Fault("the file", "it is larger than 200 KB", "twelve rules fit into far less")], where)
    return checked(_plain_yaml(text, where), where)


def read(path: Path = CRITERIA) -> Card:
    """The card in a file; CardError says all that is wrong with it."""
    try:
        content = path.read_bytes()
        return parse(content.decode("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        said = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"it cannot be read: {error.strerror}"
        raise CardError([Fault("the file", said, "make it: dvc repro")], str(path)) from None


def _scalar(value: object) -> str:
    if not isinstance(value, str):
        shown = repr(value)
        return shown.replace("e", ".0e") if "e" in shown and "." not in shown else shown  # YAML 1.1 wants the dot
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


def _flow(value: object) -> str:
    """A value in one line; the keys `yes` and `no` are quoted, as older YAML takes them for true and false."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return _scalar(value)


def dump(card: Card) -> str:
    """The one way to write a card: keys in the order of the contract, one line for each input and bin."""
    whole = document(card)
    lines = [f"{key}: {_flow(whole[key])}" for key in ("version", "name", "decides", "start", "cutoff")]
    lines += ["inputs:", *(f"  {name}: {_flow(each)}" for name, each in whole["inputs"].items()), "rules:"]
    for rule in whole["rules"]:
        entries = [f"{key}: {_flow(rule[key])}" for key in ("feature", "title", "monotone", "reference", "missing")]
        lines += [f"  - {entries[0]}", *(f"    {entry}" for entry in entries[1:]), "    bins:"]
        lines += [f"      - {_flow(each)}" for each in rule["bins"]]
    return "\n".join(lines) + "\n"


def write(card: Card, path: Path = CRITERIA) -> None:
    """Write a card, after reading what would be written: a card that could not be read is not written (CardError)."""
    text = dump(card)
    if parse(text, str(path)) != card:
        raise CardError(
            [Fault("the file", "the card would not be read as it is", "use plain numbers: int, float")], str(path)
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
