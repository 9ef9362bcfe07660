"""The file of the training noise: what is written is read again; anything else is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mergegate.errors import UseError
from mergegate.facts.comparison import Slice
from mergegate.facts.noise import Noise, Spread
from mergegate.read.noise import noise_document, parse_noise

NOISE = Noise(
    "intent", "params.yaml:train.seed", "a" * 40, (1, 2, 3, 4, 5), 5,
    (Spread("accuracy", Slice(), 0.9, 0.0125, 7000), Spread("accuracy", Slice("language", "größe=1"), 0.8, 0.02, 300)),
)  # fmt: skip


def written(**changes: Any) -> bytes:
    return json.dumps({**noise_document(NOISE), **changes}).encode()


def test_what_is_written_is_read_again() -> None:
    assert parse_noise(written(), "noise.json") == NOISE


def test_numbers_have_six_digits() -> None:
    long = Noise("m", "p:s", "b" * 40, (1, 2), 2, (Spread("accuracy", Slice(), 0.123456789, 1 / 3, 10),))
    assert noise_document(long)["overall"] == {"accuracy": {"mean": 0.123457, "sigma": 0.333333, "df": 1, "rows": 10}}


def test_a_spread_is_found_by_metric_and_slice() -> None:
    found = NOISE.of("accuracy", Slice("language", "größe=1"))
    assert found is not None
    assert found.sigma == 0.02
    assert NOISE.of("f1_macro", Slice()) is None
    assert NOISE.df == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "should be an object"),
        (written(version=2), "version"),
        (written(seeds=[1]), "seeds"),
        (written(extra=1), "extra"),
        (written(overall={"accuracy": {"mean": 0.9, "sigma": -1, "df": 4, "rows": 1}}), "overall.accuracy.sigma"),
        (written().replace(b"0.0125", b"NaN"), "sigma"),
    ],
)
def test_a_file_that_nobody_wrote_is_named(content: bytes, said: str) -> None:
    with pytest.raises(UseError, match="training noise") as caught:
        parse_noise(content, "metrics/noise.json")
    assert said in caught.value.what
    assert "mergegate noise" in caught.value.do
