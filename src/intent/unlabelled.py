"""The stage `unlabelled`: further sentences of the installed release, which are in neither split and have no label.

They stand for what the bot hears today: drawn on from where `collect` stopped, one for each template, so that nobody
has looked at them. What they were made for is thrown away.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from intent import collect, tables
from intent.faults import StageError, run_stage
from intent.template import Grammar, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATA = Path("data/intent/utterances.csv")
ROWS = Path("work/intent/unlabelled.parquet")
COLUMNS = ("id", "group", "language", "area", "domain", "utterance")
MORE = 6
"""Draws for each template beyond those of `collect`; the first new sentence among them is kept."""
Row = tuple[str, ...]
"""The values of `COLUMNS`."""


def further(language: str, release: Mapping[str, Any], names: Mapping[str, Any], known: set[str]) -> Iterator[Row]:
    """One sentence for each template of a language that is none of `known` (folded, and added to)."""
    grammar = Grammar(release["expansion_rules"], release["lists"])
    for intent, body in sorted(release["intents"].items()):
        for block in body["data"]:
            group, local = collect.group_of(language, intent, block), collect.grammar_of(block, grammar)
            for template in block["sentences"]:
                for attempt in range(collect.TRIES, collect.TRIES + MORE):
                    seed = "\0".join((language, intent, template, str(attempt)))
                    area, domain, utterance = collect.draw(template, block, names, local, seed)
                    if utterance and utterance.casefold() not in known:
                        known.add(utterance.casefold())
                        key = collect.digest(language, area, domain, utterance, length=12)
                        yield f"{language}-new-{key}", group, language, area, domain, utterance
                        break


def main() -> None:
    """Read the utterances, write sentences that are none of them."""
    frame = tables.read_csv(DATA, tables.UTTERANCES)
    names = json.loads(resources.files("intent").joinpath("names.json").read_bytes())
    rows: list[Row] = []
    for language, own in frame.groupby("language"):
        known = set(own["utterance"].str.casefold())
        try:
            rows += further(str(language), collect.release_of(str(language)), names[str(language)], known)
        except (TemplateError, KeyError) as error:
            raise StageError(
                f"the installed home-assistant-intents has what cannot be sampled: {error}",
                where=f"language {language}",
                do="install the locked release (make setup), or add what is missing to src/intent/names.json",
            ) from None
    found = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("id", ignore_index=True)
    if found.empty:
        raise StageError("no template has a sentence that is new", where=DATA, do="look at MORE in this file")
    tables.write_parquet(found, ROWS)
    print(f"· {len(found):,} further sentences without a label")


if __name__ == "__main__":
    run_stage(main)
