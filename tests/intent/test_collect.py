"""The collected data: the same bytes everywhere, groups that stay, rows that do not leak across the split."""

from __future__ import annotations

import copy
import csv
import hashlib
import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hassil import Intents
from hassil.intents import SlotList, TextSlotList
from hassil.recognize import recognize_all

from intent import collect
from intent.collect import Row

ROOT = Path(__file__).parents[2]
NAMES = json.loads((ROOT / "src/intent/names.json").read_text(encoding="utf-8"))


def blocks() -> dict[str, Any]:
    """A release of one intent with two blocks, which say different things of themselves."""
    return {
        "expansion_rules": {"verb": "(turn|switch)"},
        "lists": {"level": {"range": {"from": 0, "to": 100}}},
        "intents": {
            "HassLightSet": {
                "data": [
                    {"sentences": ["<verb> {name} to {level}"], "requires_context": {"domain": ["light"]}},
                    {"sentences": ["{level} percent here"], "requires_context": {"area": {"slot": True}}},
                ]
            }
        },
    }


def sampled(release: dict[str, Any]) -> list[Row]:
    return collect.unique(collect.rows_of_language("en", release, NAMES["en"]))


def row(group: str, utterance: str, intent: str = "HassTurnOn", domain: str = "any") -> Row:
    key = hashlib.sha256(f"{group}{utterance}{intent}{domain}".encode()).hexdigest()[:12]
    return Row(f"en-{key}", group, "en", "any", domain, utterance, intent)


def test_collecting_twice_gives_the_same_bytes() -> None:
    assert collect.as_csv(sampled(blocks())) == collect.as_csv(sampled(blocks()))


def test_the_context_is_what_the_sentence_needs() -> None:
    kinds = {(found.domain, found.area == "any") for found in sampled(blocks())}
    assert kinds == {("light", True), ("any", False)}
    assert all(found.area in NAMES["en"]["area"] for found in sampled(blocks()) if found.area != "any")


def test_no_template_gives_more_than_six_sentences() -> None:
    per_group: dict[str, int] = {}
    for found in sampled(blocks()):
        per_group[found.group] = per_group.get(found.group, 0) + 1
    assert sorted(per_group.values()) == [6, 6]


def test_another_block_another_intent_or_another_order_changes_no_row_that_was_there() -> None:
    more = copy.deepcopy(blocks())
    more["intents"]["HassLightSet"]["data"].insert(0, {"sentences": ["make it {level}"], "slots": {"name": "all"}})
    more["intents"]["HassBroadcast"] = {"data": [{"sentences": ["announce {message}"]}]}
    assert set(sampled(blocks())) < set(sampled(more))


def test_rewording_a_block_keeps_its_group() -> None:
    before, after = blocks(), blocks()
    after["intents"]["HassLightSet"]["data"][0]["sentences"] = ["put {name} at {level}"]
    assert {found.group for found in sampled(before)} == {found.group for found in sampled(after)}


def test_the_same_words_in_two_groups_stay_in_the_first_alone() -> None:
    kept = collect.unique([row("en/b", "Turn on"), row("en/a", "turn on"), row("en/c", "turn it on")])
    assert {(found.group, found.utterance) for found in kept} == {("en/a", "turn on"), ("en/c", "turn it on")}


def test_a_contradiction_nobody_could_learn_is_dropped_but_context_may_tell_two_intents_apart() -> None:
    one = row("en/a", "the lamp", "HassTurnOn")
    contradiction = row("en/b", "the lamp", "HassTurnOff")
    told_apart = row("en/c", "the lamp", "HassGetState", domain="light")
    assert set(collect.unique([one, contradiction, told_apart])) == {one, told_apart}


def test_the_file_is_plain_csv_with_unix_line_ends() -> None:
    written = collect.as_csv([row("en/a", 'say "hi", über')])
    assert b"\r" not in written
    read = list(csv.reader(written.decode().splitlines()))
    assert read[0] == ["id", "group", "language", "area", "domain", "utterance", "intent"]
    assert read[1][5] == 'say "hi", über'


def test_every_language_has_names_for_the_same_things() -> None:
    english = NAMES["en"]
    for language in collect.LANGUAGES:
        assert NAMES[language].keys() == english.keys(), language
        assert NAMES[language]["area"].keys() == english["area"].keys(), language
        assert NAMES[language]["name"].keys() == english["name"].keys(), language


@pytest.mark.slow
@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_locked_release_gives_the_committed_data_whatever_the_locale_and_the_hash_seed(
    tmp_path: Path, hash_seed: str
) -> None:
    plain = {
        "PYTHONHASHSEED": hash_seed,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TZ": "Asia/Tokyo",
    }
    command = [sys.executable, "-m", "intent.collect", str(tmp_path / "data/intent")]
    subprocess.run(command, check=True, cwd=tmp_path, env={**os.environ, **plain, "PYTHONPATH": str(ROOT / "src")})
    lines = (ROOT / "data.md5").read_text(encoding="utf-8").splitlines()
    for md5, name in (line.split("  ") for line in lines if "  data/intent/" in line):
        assert hashlib.md5((tmp_path / name).read_bytes()).hexdigest() == md5, name  # noqa: S324


@pytest.mark.slow
def test_hassil_recognises_what_was_drawn_as_the_intent_it_was_drawn_for() -> None:
    release = json.loads(resources.files("home_assistant_intents").joinpath("data/en.json").read_bytes())
    rows = collect.unique(collect.rows_of_language("en", release, NAMES["en"]))[::60]
    english = NAMES["en"]
    every_name = [name for kind in english["name"].values() for name in kind]
    lists: dict[str, SlotList] = {
        "area": TextSlotList.from_strings(english["area"].values(), name="area"),
        "floor": TextSlotList.from_strings(english["floor"], name="floor"),
        "name": TextSlotList.from_strings(every_name, name="name"),
    }
    intents = Intents.from_dict(release)
    missed = []
    for found in rows:
        context = {"area": found.area, "domain": found.domain}
        results = recognize_all(found.utterance, intents, slot_lists=lists, intent_context=context)
        if found.intent not in {result.intent.name for result in results}:
            missed.append(found)
    assert len(rows) > 80
    assert missed == []
