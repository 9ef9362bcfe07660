"""The bot's own tests, in Node: a stand-in service that is slow, cut, busy, broken or hostile, and five languages."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from scripts.export_contract import CONTRACT, text

ROOT = Path(__file__).resolve().parent.parent.parent
BOT = ROOT / "bot"


@pytest.mark.node
@pytest.mark.slow
def test_the_tests_of_the_bot_pass() -> None:
    node = shutil.which("node")
    assert node, "the bot needs Node.js 20 or newer"
    command = [node, "--test", "test/"]
    told = subprocess.run(command, cwd=BOT, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stdout[-6000:]
    assert "# skipped 0\n" in told.stdout


def test_the_bot_knows_the_intents_of_the_quiz_and_no_dependency() -> None:
    known = json.loads((BOT / "test/intents.json").read_text("utf-8"))
    with (ROOT / "src/intent/quiz.csv").open(encoding="utf-8", newline="") as file:
        assert {row["intent"] for row in csv.DictReader(file)} <= set(known)
    package = json.loads((BOT / "package.json").read_text("utf-8"))
    assert not [key for key in package if "ependenc" in key]


def test_the_schema_that_the_bot_was_built_against_is_current() -> None:
    assert CONTRACT.read_text("utf-8") == text(), "call `python scripts/export_contract.py`, and read what changed"
