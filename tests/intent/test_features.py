"""What the model sees of an utterance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from intent import features
from intent.settings import Features

ROW = ("Turn ON the Küche, 25 %", "en", "kitchen", "light")


def seen(words_up_to: int = 1, chars_up_to: int = 0) -> list[str]:
    return list(features.named_features(ROW, Features(words_up_to, chars_up_to, 15)))


def frame(*utterances: str, area: str = "any") -> pd.DataFrame:
    return pd.DataFrame({"utterance": utterances, "language": "en", "area": area, "domain": "any"})


def test_words_are_folded_and_numbers_are_one_word() -> None:
    assert features.tokens("Turn ON the KÜCHE: 25 %") == ["turn", "on", "the", "küche", "0"]
    assert features.tokens("set it to 7") == features.tokens("set it to 99")
    assert features.tokens("¿?!") == []


def test_words_and_context_are_features() -> None:
    assert seen() == [
        "word=turn", "word=on", "word=the", "word=küche", "word=0", "language=en", "area=some", "domain=light",
    ]  # fmt: skip


def test_runs_of_words_come_up_to_the_length_asked_for() -> None:
    assert "word=turn on" in seen(2)
    assert "word=turn on the" not in seen(2)
    assert "word=turn on the" in seen(3)


def test_runs_of_characters_start_at_three_know_word_edges_and_cross_no_space() -> None:
    found = [name for name in seen(1, 4) if name.startswith("char=")]
    assert {"char= tu", "char=rn ", "char=turn", "char= on "} <= set(found)
    assert {len(name) for name in found} == {8, 9}
    assert all(" " not in name[6:-1] for name in found)


def test_each_row_has_length_one_and_the_width_is_two_to_the_bits() -> None:
    rows = features.matrix(frame("turn on", "turn off the lamp"), Features(1, 4, 10))
    assert rows.shape == (2, 1024)
    assert rows.dtype == np.float32
    assert np.allclose(rows.power(2).sum(axis=1), 1.0)


def test_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    alone, beside = (
        features.matrix(frame("turn on"), Features(1, 0, 12)),
        features.matrix(frame("x y", "turn on"), Features(1, 0, 12)),
    )
    assert (alone[0] != beside[1]).nnz == 0


def test_which_room_does_not_matter_just_that_there_is_one() -> None:
    settings = Features(1, 0, 12)
    kitchen, cellar, none = (
        features.matrix(frame("lights", area=area), settings) for area in ("kitchen", "cellar", "any")
    )
    assert (kitchen != cellar).nnz == 0
    assert (kitchen != none).nnz > 0


@pytest.mark.parametrize("utterance", ["", "   ", "\0", "👩‍👩‍👧", "a" * 10_000])
def test_no_text_is_too_odd(utterance: str) -> None:
    settings = Features(2, 5, 12)
    assert features.matrix(frame(utterance), settings).shape == (1, 4096)
