"""The quiz that was written by hand: enough of it, over enough intents, with answers that exist."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

from intent import collect, tables, validate

ROOT = Path(__file__).parents[2]
FILE = ROOT / "src/intent/quiz.csv"


@pytest.fixture(scope="module")
def quiz() -> pd.DataFrame:
    return tables.read_csv(FILE, tables.QUIZ)


def test_it_fits_its_schema(quiz: pd.DataFrame) -> None:
    validate.check(quiz, validate.quiz_schema(), FILE)


def test_it_has_at_least_80_items_over_25_intents_in_every_language(quiz: pd.DataFrame) -> None:
    assert len(quiz) >= 80
    assert quiz["intent"].nunique() >= 25
    assert set(quiz["language"]) == set(collect.LANGUAGES)
    assert all(item.split("-")[1] == language for item, language in zip(quiz["id"], quiz["language"], strict=True))


def test_every_answer_is_an_intent_of_the_release_in_that_language(quiz: pd.DataFrame) -> None:
    for language in collect.LANGUAGES:
        release = json.loads(resources.files("home_assistant_intents").joinpath(f"data/{language}.json").read_bytes())
        asked = set(quiz.loc[quiz["language"] == language, "intent"])
        assert asked <= set(release["intents"]), language


def test_what_must_pass_are_some_twenty_items_in_every_language_with_a_lock_and_a_timer(quiz: pd.DataFrame) -> None:
    must = quiz[quiz["must_pass"] == "true"]
    assert 20 <= len(must) <= 40
    assert set(must["language"]) == set(collect.LANGUAGES)
    assert {"HassTurnOn", "HassTurnOff", "HassStartTimer", "HassCancelTimer"} <= set(must["intent"])
    assert "lock" in set(must["domain"])


def test_rooms_are_rooms_that_the_data_knows(quiz: pd.DataFrame) -> None:
    names = json.loads((ROOT / "src/intent/names.json").read_text(encoding="utf-8"))["en"]
    assert set(quiz["area"]) <= {collect.ANY, *names["area"]}
    assert set(quiz["domain"]) <= {collect.ANY, *names["name"]}


def test_the_file_ends_each_line_the_same_way_on_every_system() -> None:
    written = FILE.read_bytes()
    assert b"\r" not in written
    assert written.endswith(b"\n")
    assert not re.search(rb"[ \t]\n", written)
