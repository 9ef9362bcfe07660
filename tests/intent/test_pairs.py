"""Pairs that must be answered alike, and sentences that nobody has labelled."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.intent import small

from intent import collect, invariances, release, shadow, split, tables, train, unlabelled
from intent.pairs import PER_GROUP, pairs, rules


@pytest.mark.parametrize(
    ("kind", "language", "before", "after"),
    [
        ("politeness", "de", "mach das Licht an", "mach das Licht an bitte"),
        ("politeness", "en", "please turn it off", "please turn it off"),
        ("case", "de", "schließ die Tür", "SCHLIESS DIE TÜR"),
        ("full stop", "en", "lights on", "lights on."),
        ("full stop", "en", "is it on?", "is it on?"),
        ("digits", "en", "19 minutes and 5 seconds", "21 minutes and 6 seconds"),
        ("room", "en", "open the Dining Room blind", "open the guest room blind"),
        ("room", "fr", "la salle de bain", "la bureau"),
        ("room", "de", "die Küchenlampe", "die Küchenlampe"),
        ("room", "tlh", "kitchen", "kitchen"),
    ],
)
def test_a_rule_changes_what_it_names_and_nothing_else(kind: str, language: str, before: str, after: str) -> None:
    assert rules()[kind](before, language) == after


def test_every_variant_names_its_original_and_differs_from_it() -> None:
    held = pd.DataFrame([{field: getattr(row, field) for field in tables.UTTERANCES} for row in small.rows()])
    found = pairs(held)
    assert found["id"].is_unique
    originals = found[found["of"] == ""].set_index("id")
    assert originals.groupby("group").size().max() == PER_GROUP
    variants = found[found["of"] != ""]
    assert (variants["utterance"] != variants["of"].map(originals["utterance"])).all()
    assert set(variants["kind"]) == {"politeness", "case", "full stop", "room"}
    pd.testing.assert_frame_equal(pairs(held.iloc[::-1]), found)


def test_the_answers_to_pairs_are_evidence_without_a_label(world: Path) -> None:
    for stage in (split, train, invariances):
        stage.main()
    table = pq.read_table(invariances.PREDICTIONS)
    assert table.column_names == ["id", "prediction", "score", "of", "kind", "group", "language", "text"]
    assert world == Path.cwd()


def test_further_sentences_are_in_neither_split_and_always_the_same(world: Path) -> None:
    assert world == Path.cwd()
    names = json.loads(resources.files("intent").joinpath("names.json").read_bytes())
    english = collect.release_of("en")
    weather = {**english, "intents": {"HassGetWeather": english["intents"]["HassGetWeather"]}}
    known = {row.utterance.casefold() for row in collect.rows_of_language("en", weather, names["en"])}
    first, second = (list(unlabelled.further("en", weather, names["en"], set(known))) for _ in range(2))
    assert first == second
    assert first
    assert not {row[5].casefold() for row in first} & known
    assert len({row[0] for row in first}) == len(first)


@pytest.mark.slow
def test_the_answers_to_unlabelled_sentences_are_evidence_without_a_label(world: Path) -> None:
    for stage in (split, train, unlabelled, shadow):
        stage.main()
    table = pq.read_table(shadow.PREDICTIONS)
    assert table.column_names == ["id", "prediction", "score", "group", "language", "domain", "utterance"]
    assert world == Path.cwd()


def test_the_sentences_are_drawn_from_the_locked_release() -> None:
    for lock in ("pipelines.txt", "dev.txt"):
        said = release.locked((small.ROOT / "requirements" / lock).read_text(encoding="utf-8"))
        assert (small.ROOT / release.COPY).read_text(encoding="utf-8") == said, "call `python -m intent.release`"


def test_a_lock_without_the_release_is_refused() -> None:
    with pytest.raises(Exception, match="does not pin hassil"):
        release.locked("hassil==3 \\\n")
