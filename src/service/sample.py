"""Some of the questions, kept as the shadow rows of the next pull request: masked, bounded, and only when asked for.

A share of the utterances is appended to CSV files in a folder, in the columns of `work/intent/unlabelled.parquet`. A
full file is closed and the oldest is deleted, so that the folder never grows beyond `files` times `file_bytes`. What
may not leave is masked before it is written, column by column. `python -m service.shadow` makes one table of it.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from service.asked import IntentAsked

COLUMNS = ("id", "group", "language", "area", "domain", "utterance")
"""As the stage `shadow` reads them."""
Mask = Literal["keep", "digits", "hmac", "drop"]
MASKS: tuple[Mask, ...] = ("keep", "digits", "hmac", "drop")
MASKED: Mapping[str, Mask] = {"language": "keep", "area": "keep", "domain": "keep", "utterance": "digits"}
"""By default every digit of an utterance becomes 0. To the model all numbers are the same word, so it sees no less."""
_DIGIT = re.compile(r"\d")
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Sampling:
    """What is sampled, and where to."""

    into: Path
    share: float
    """Of the utterances, in (0, 1]."""
    key: bytes
    """Of the HMACs: at least 16 bytes. The same words get the same name, which nobody without the key can look up."""
    masks: Mapping[str, Mask] = field(default_factory=lambda: MASKED)
    file_bytes: int = 1_000_000
    files: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError("the share of sampled questions must lie in (0, 1]")
        if len(self.key) < _SHORTEST_KEY:
            raise ValueError(f"the key must have at least {_SHORTEST_KEY} bytes")
        if self.masks["language"] != "keep" or self.masks["utterance"] == "drop":
            raise ValueError("without its language or its utterance a question cannot be asked again")


class Sampler:
    """Writes sampled questions. A disk that fails stops the sampling, and never an answer."""

    def __init__(self, how: Sampling, failed: Callable[[str], None], draw: random.Random | None = None) -> None:
        self.how, self.failed = how, failed
        self._draw = draw or random.SystemRandom()
        self._masks = {name: _mask(how.masks[name], how.key) for name in COLUMNS[2:]}
        self._stopped = False
        how.into.mkdir(parents=True, exist_ok=True)

    def take(self, asked: IntentAsked) -> bool:
        """Perhaps keep a question; whether it was kept."""
        if self._stopped or self._draw.random() >= self.how.share:
            return False
        try:
            self._append(self._line(asked))
        except OSError as error:
            self._stopped = True
            self.failed(error.strerror or type(error).__name__)
            return False
        return True

    def _line(self, asked: IntentAsked) -> str:
        values = [self._masks[name](getattr(asked, name)) for name in COLUMNS[2:]]
        words = asked.utterance.casefold()
        group = f"{asked.language}/served-{self._named(asked.language, words)}"
        ident = f"{asked.language}-served-{self._named(asked.language, asked.area, asked.domain, words)}"
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerow([ident, group, *values])
        return text.getvalue()

    def _named(self, *parts: str) -> str:
        return hmac.new(self.how.key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:12]

    def _append(self, line: str) -> None:
        path = self._open_file()
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(line)

    def _open_file(self) -> Path:
        """The file that is written to: a new one where the last is full, and then the oldest goes."""
        there = files_of(self.how.into)
        if there and there[-1].stat().st_size < self.how.file_bytes:
            return there[-1]
        number = int(there[-1].stem.rpartition("-")[2]) + 1 if there else 1
        for old in there[: max(0, len(there) - self.how.files + 1)]:
            old.unlink()
        path = self.how.into / f"served-{number:06d}.csv"
        path.write_text(",".join(COLUMNS) + "\n", encoding="utf-8", newline="\n")
        return path


def files_of(folder: Path) -> list[Path]:
    """The sampled files, oldest first."""
    return sorted(path for path in folder.glob("served-*.csv") if path.stem.rpartition("-")[2].isdecimal())


def _mask(how: Mask, key: bytes) -> Callable[[str], str]:
    """What becomes of a value: as it is, its digits 0, a name that only the key's owner can look up, or `any`."""
    masks: dict[Mask, Callable[[str], str]] = {
        "keep": lambda value: value,
        "digits": lambda value: _DIGIT.sub("0", value),
        "hmac": lambda value: (
            value if value == "any" else hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:16]
        ),
        "drop": lambda _: "any",
    }
    return masks[how]
