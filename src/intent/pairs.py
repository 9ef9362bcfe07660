"""Pairs of utterances that differ only in what the model must not look at, made by rules from held-out utterances."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Rule = Callable[[str, str], str]
    """From an utterance and its language to the changed one; the same where the rule does not apply."""

PER_GROUP = 3
"""Originals of each group, with the first ids: sentences of one template flip together, so that more say little."""
PLEASE = {"de": "bitte", "en": "please", "es": "por favor", "fr": "s'il te plaît", "nl": "alsjeblieft"}
_DIGITS = str.maketrans("0123456789", "1234567891")


def polite(utterance: str, language: str) -> str:
    """With a `please` at its end, unless it has one."""
    word = PLEASE.get(language, "")
    return utterance if not word or word in utterance.casefold() else f"{utterance} {word}"


def shouted(utterance: str, language: str) -> str:  # noqa: ARG001 - every rule is called alike
    """In capitals."""
    return utterance.upper()


def stopped(utterance: str, language: str) -> str:  # noqa: ARG001 - every rule is called alike
    """With a full stop, unless it ends in a mark already."""
    return f"{utterance}." if utterance[-1:].isalnum() else utterance


def counted(utterance: str, language: str) -> str:  # noqa: ARG001 - every rule is called alike
    """With other digits in every number."""
    return utterance.translate(_DIGITS)


def moved(rooms: Mapping[str, list[str]]) -> Rule:
    """With the next room of the list for each room; `rooms` by language."""
    following = {
        language: {room.casefold(): after for room, after in zip(names, [*names[1:], names[0]], strict=True)}
        for language, names in rooms.items()
    }
    known = {
        language: re.compile(
            rf"\b(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\b", re.IGNORECASE
        )
        for language, names in rooms.items()
    }

    def rule(utterance: str, language: str) -> str:
        if language not in known:
            return utterance
        return known[language].sub(lambda found: following[language][found.group().casefold()], utterance)

    return rule


def rules() -> dict[str, Rule]:
    """Every rule by the kind of pair that it makes; rooms from the names that `collect` draws from."""
    names: Any = json.loads(resources.files("intent").joinpath("names.json").read_bytes())
    rooms = {language: list(dict.fromkeys(own["area"].values())) for language, own in names.items()}
    return {"politeness": polite, "case": shouted, "full stop": stopped, "digits": counted, "room": moved(rooms)}


def pairs(held: pd.DataFrame) -> pd.DataFrame:
    """Originals and their variants: the columns of `held`, and `of` (the original's id, "" for one) and `kind`."""
    originals = held.sort_values("id").groupby("group", sort=True).head(PER_GROUP).assign(of="", kind="")
    found = [originals]
    for kind, rule in rules().items():
        changed = [
            rule(text, language) for text, language in zip(originals["utterance"], originals["language"], strict=True)
        ]
        variants = originals.assign(of=originals["id"], kind=kind, utterance=changed)
        variants = variants[variants["utterance"] != originals["utterance"]]
        found.append(variants.assign(id=variants["id"] + "~" + kind.replace(" ", "-")))
    return pd.concat(found, ignore_index=True)
