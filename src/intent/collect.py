"""Collect the utterances: sentences of the open Home Assistant intents, the same bytes on every machine.

    python -m intent.collect data/intent

writes `utterances.csv` (from the installed release of home-assistant-intents) and `quiz.csv` (copied, written by hand).

The group of a row is its template block. Its key is made of what the block says of itself (language, intent, slots,
context), not of its place in the file or its wording: adding or rewording a block renames no other, and blocks that
say the same of themselves are one group.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from dataclasses import astuple, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intent.faults import StageError, run_stage
from intent.template import Draws, Grammar, Sampler, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LANGUAGES = ("de", "en", "es", "fr", "nl")
"""The five languages with Latin script, hand-checked device names here, and the most templates upstream."""
PER_TEMPLATE = 6
TRIES = 4 * PER_TEMPLATE
"""A short template has fewer than six sentences: after so many draws it has had its chance."""
ANY = "any"
"""The area or domain of a sentence that needs none."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One utterance with its answer."""

    id: str
    group: str
    language: str
    area: str
    """The room that the speaker is in, where the sentence needs one: `kitchen` ...; else `any`."""
    domain: str
    """The kind of device that the sentence needs: `light`, `lock` ...; else `any`."""
    utterance: str
    intent: str


def digest(*parts: str, length: int) -> str:
    """The first `length` hex digits of the SHA-256 of the parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:length]


def group_of(language: str, intent: str, block: Mapping[str, Any]) -> str:
    """The key of a template block, for example `en/HassTurnOn/name_only-1f00ba`."""
    own = {key: block.get(key) for key in ("slots", "requires_context", "excludes_context", "response")}
    combination = str((block.get("metadata") or {}).get("slot_combination", "block"))
    said = json.dumps(own, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return f"{language}/{intent}/{combination}-{digest(said, length=6)}"


def _as_list(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def draw(template: str, block: Mapping[str, Any], names: Mapping[str, Any], grammar: Grammar, seed: str) -> list[str]:
    """One sentence of a template with its context: [area, domain, utterance]."""
    draws = Draws(seed)
    context = block.get("requires_context") or {}
    area = draws.one(sorted(names["area"])) if "area" in context else ANY
    domain = draws.one(_as_list(context["domain"])) if "domain" in context else ANY
    known = names["name"]
    if domain != ANY and domain not in known:
        raise TemplateError(f"names.json has no device of domain `{domain}`")
    devices = known[domain] if domain != ANY else [name for kind in sorted(known) for name in known[kind]]
    texts = {**names, "area": list(names["area"].values()), "name": devices}
    return [area, domain, Sampler(grammar, texts).sentence(template, draws)]


def grammar_of(block: Mapping[str, Any], grammar: Grammar) -> Grammar:
    """The rules and lists of a template block: its own before those of the language."""
    rules = {**grammar.rules, **block.get("expansion_rules", {})}
    lists = {**grammar.lists, **block.get("lists", {})}
    return grammar if (rules, lists) == (grammar.rules, grammar.lists) else Grammar(rules, lists)


def rows_of_block(
    language: str, intent: str, block: Mapping[str, Any], names: Mapping[str, Any], grammar: Grammar
) -> Iterator[Row]:
    """The drawn rows of one template block, duplicates included."""
    group, local = group_of(language, intent, block), grammar_of(block, grammar)
    for template in block["sentences"]:
        seen: set[str] = set()
        for attempt in range(TRIES):
            seed = "\0".join((language, intent, template, str(attempt)))
            area, domain, utterance = draw(template, block, names, local, seed)
            if utterance and utterance not in seen:
                seen.add(utterance)
                key = digest(language, area, domain, utterance, intent, length=12)
                yield Row(f"{language}-{key}", group, language, area, domain, utterance, intent)
            if len(seen) == PER_TEMPLATE:
                break


def rows_of_language(language: str, release: Mapping[str, Any], names: Mapping[str, Any]) -> Iterator[Row]:
    """Every drawn row of one language, duplicates included. `release` is the package's JSON of that language."""
    grammar = Grammar(release["expansion_rules"], release["lists"])
    for intent, body in sorted(release["intents"].items()):
        for block in body["data"]:
            yield from rows_of_block(language, intent, block, names, grammar)


def unique(rows: Iterable[Row]) -> list[Row]:
    """Rows sorted by id, without those that would stand on both sides of a split by group.

    Two templates can say the same. Of rows with the same words in the same language, the one with the first group in
    alphabetical order stays, where they share the intent or (a contradiction that nobody could learn) the context.
    """
    kept: dict[tuple[str, ...], Row] = {}
    for row in sorted(rows, key=lambda row: (row.group, row.area, row.domain, row.id)):
        words = row.utterance.casefold()
        same_answer = (row.language, words, "intent", row.intent)
        same_question = (row.language, words, "context", row.area, row.domain)
        if same_answer not in kept and same_question not in kept:
            kept[same_answer] = kept[same_question] = row
    return sorted(set(kept.values()))


def as_csv(rows: Iterable[Row]) -> bytes:
    """The rows as UTF-8 CSV with a header and `\\n` at the end of each line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Row))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()


def release_of(language: str) -> Any:
    """The installed release's JSON of one language."""
    return json.loads(resources.files("home_assistant_intents").joinpath(f"data/{language}.json").read_bytes())


def collect(languages: Iterable[str] = LANGUAGES) -> list[Row]:
    """All rows of `languages` from the installed release, saying how far it is."""
    names = json.loads(resources.files("intent").joinpath("names.json").read_bytes())
    rows: list[Row] = []
    for language in languages:
        try:
            rows += unique(rows_of_language(language, release_of(language), names[language]))
        except (TemplateError, KeyError) as error:
            raise StageError(
                f"the installed home-assistant-intents has what collect cannot sample: {error}",
                where=f"language {language}",
                do="install the locked release (make setup), or add what is missing to src/intent/names.json",
            ) from None
        print(f"· {language}: {len(rows):,} utterances so far", flush=True)
    return unique(rows)


def write(folder: Path) -> None:
    """Write `utterances.csv` and `quiz.csv` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "utterances.csv").write_bytes(as_csv(collect()))
    (folder / "quiz.csv").write_bytes(resources.files("intent").joinpath("quiz.csv").read_bytes())


def main() -> None:
    """The command: one argument, the folder to write to."""
    if len(sys.argv) != 2:
        raise StageError(
            "collect wants one argument, the folder to write to", do="python -m intent.collect data/intent"
        )
    write(Path(sys.argv[1]))


if __name__ == "__main__":
    run_stage(main)
