"""A repository with two released versions of a model that the test teaches, and the bot as a process."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from benchmarks._service_world import INTENT, LOAN, World, applicants, questions

from intent.model import Model
from intent.settings import Features
from intent.single import murmur3

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
BOT = ROOT / "bot"
_BITS = 12
_ASKED = "work/loan/holdout.parquet"
FIRST = {"on": "HassTurnOn", "an": "HassTurnOn", "timer": "HassStartTimer", "bread": "HassShoppingListAddItem"}
SECOND = FIRST | {"on": "HassTurnOff", "an": "HassTurnOff"}
"""The second version takes on for off, so that one lamp tells which version answered."""


def taught(words: Mapping[str, str]) -> Model:
    """A model that knows the intent of a few words."""
    classes = tuple(sorted({*words.values(), "HassTurnOff", "HassTurnOn"}))
    weights = np.zeros((len(classes), 1 << _BITS), np.float32)
    for word, intent in words.items():
        weights[classes.index(intent), abs(murmur3(f"word={word}".encode())) % (1 << _BITS)] = 40.0
    return Model(weights, np.zeros(len(classes), np.float32), classes, 1.0, Features(1, 0, _BITS))


@dataclass
class Home(World):
    """The world of the service, with an intent model that a bot can use."""

    def version(self, number: int, words: Mapping[str, str]) -> None:
        """Commit and publish a version of both models, as main has it after a merge."""
        people = applicants()
        self.put_intent(taught(words), questions())
        self.put_loan(530 + number, people)
        self._table(_ASKED, people)
        self.commit(*INTENT, LOAN[2], _ASKED)


def node() -> str:
    """Where Node.js is; a test that is marked `node` needs it."""
    found = shutil.which("node")
    assert found, "the bot needs Node.js 20 or newer"
    return found


def said(url: str, sentence: str, *options: str) -> dict[str, Any]:
    """The bot's reply to one sentence; with its exit code."""
    command = [node(), str(BOT / "bot.mjs"), "--service", url, "--json", "--say", sentence, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    reply: dict[str, Any] = json.loads(done.stdout)
    return reply | {"code": done.returncode}
