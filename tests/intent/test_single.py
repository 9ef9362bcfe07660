"""One utterance at a time: the same answers as the pipeline gives to a table, to the last decimal."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32
from tests.tries import tries

from intent.features import matrix
from intent.model import Model
from intent.settings import Features, Train
from intent.single import Single, murmur3
from intent.train import fit

WORDS = ("turn", "on", "off", "the", "Licht", "in", "der", "Küche", "7", "42", "straße", "l'été", "ligar", "zwölf")
COLUMNS = ["utterance", "language", "area", "domain"]


def questions(count: int, seed: int) -> list[tuple[str, str, str, str]]:
    draw = random.Random(seed)
    return [
        (
            " ".join(draw.choices(WORDS, k=draw.randint(0, 9))),
            draw.choice(["de", "en", "fr"]),
            draw.choice(["any", "kitchen"]),
            draw.choice(["any", "light", "lock"]),
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module", params=[(1, 0), (3, 5)], ids=["words", "runs of words and characters"])
def model(request: pytest.FixtureRequest) -> Model:
    words, characters = request.param
    frame = pd.DataFrame(questions(400, 1), columns=COLUMNS)
    frame = frame.assign(
        intent=[f"I{len(text) % 5}" for text in frame["utterance"]], group=[f"g{index}" for index in range(400)]
    )
    return fit(frame, Train(C=1.0, iterations=500, seed=7), Features(words, characters, 10))


def test_the_answers_are_those_of_the_pipeline_to_the_last_decimal(model: Model) -> None:
    asked = questions(3000, 2)
    names, scores = model.answer(matrix(pd.DataFrame(asked, columns=COLUMNS), model.features))
    single = Single(model)
    assert [single.answer(*each) for each in asked] == list(zip(names, scores.round(6).tolist(), strict=True))


def test_asking_again_gives_the_same_answer_when_the_names_are_remembered(model: Model) -> None:
    single = Single(model)
    for each in questions(50, 3):
        assert single.answer(*each) == single.answer(*each)


@settings(max_examples=tries(50, 300))
@given(st.binary(max_size=40))
def test_the_hash_is_that_of_scikit_learn(data: bytes) -> None:
    assert murmur3(data) == murmurhash3_32(data, 0, positive=False)
