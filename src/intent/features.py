"""What the model sees: hashed words, runs of characters, and the context of the speaker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from intent.settings import Features

_SHORTEST = 3
_WORD = re.compile(r"\w+")


def tokens(utterance: str) -> list[str]:
    """The words of an utterance, without regard to case; every number is the same word."""
    words = _WORD.findall(utterance.casefold())
    return ["0" if word.isdecimal() else word for word in words]


def named_features(row: tuple[str, str, str, str], settings: Features) -> Iterator[str]:
    """The features of (utterance, language, area, domain) by name, with repetitions."""
    utterance, language, area, domain = row
    words = tokens(utterance)
    for length in range(1, settings.words_up_to + 1):
        for start in range(len(words) - length + 1):
            yield "word=" + " ".join(words[start : start + length])
    for length in range(_SHORTEST, settings.chars_up_to + 1):
        for word in words:
            edged = f" {word} "
            for start in range(len(edged) - length + 1):
                yield "char=" + edged[start : start + length]
    yield f"language={language}"
    yield "area=none" if area == "any" else "area=some"
    yield f"domain={domain}"


def matrix(frame: pd.DataFrame, settings: Features) -> Any:
    """A sparse float32 matrix of shape (rows, 2^bits), each row of length 1."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer=lambda row: named_features(row, settings),
        n_features=1 << settings.bits,
        alternate_sign=False,
        norm="l2",
        dtype=np.float32,
    )
    rows = zip(frame["utterance"], frame["language"], frame["area"], frame["domain"], strict=True)
    return hashing.transform(rows)
