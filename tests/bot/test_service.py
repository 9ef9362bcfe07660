"""The bot, the schema that it was built against, and the real service."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from benchmarks._service_process import Process, service
from benchmarks._service_world import INTENT
from scripts.export_contract import text
from tests.bot.world import BOT, FIRST, SECOND, Home, node, said

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """v1.0.0 and v1.1.0 of both models are registered, and v1.0.0 is in production."""
    made = Home(tmp_path_factory.mktemp("home"))
    made.start()
    for number, words in enumerate((FIRST, SECOND)):
        made.version(number, words)
        for model in ("intent", "loan"):
            made.register(model, f"v1.{number}.0")
    for model in ("intent", "loan"):
        made.promote(model, "v1.0.0")
    return made


@pytest.fixture(scope="module")
def serving(home: Home) -> Iterator[Process]:
    """The service in production, with a clone of its own."""
    with service(home.clone("prod"), home.root / "prod.log", "--stage", "prod", "--poll", "0.1") as process:
        process.wait_until_ready()
        yield process


def address(process: Process) -> str:
    return f"http://127.0.0.1:{process.port}"


def test_the_committed_schema_is_the_one_that_the_service_publishes(serving: Process) -> None:
    committed, published = json.loads(text()), serving.get("/openapi.json")[1]
    for found in (committed, published):  # the columns of an applicant are the card's
        del found["components"]["schemas"]["LoanAsked"]
    assert published == committed


def test_the_service_answers_the_corpus_as_the_contract_has_it(serving: Process) -> None:
    """16 connections, each question five times, so that no answer spoils the next one on its connection."""
    command = [node(), str(BOT / "contract/ask_corpus.mjs"), address(serving), "5"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout)
    assert told["wrong"] == []
    assert told["asked"] >= 5 * 60


def test_the_bot_acts_on_what_the_service_answers_in_the_speakers_language(serving: Process) -> None:
    english = said(address(serving), "turn on the kitchen light", "--language", "en")
    assert (english["said"], english["source"], english["code"]) == (["light (kitchen): on"], "service", 0)
    german = said(address(serving), "mach das Küchenlicht an", "--language", "de")
    assert (german["said"], german["version"]) == (["Licht (Küche): an"], "v1.0.0")
    unsure = said(address(serving), "hm", "--language", "en")
    assert unsure["asked"]
    assert unsure["code"] == 1


def test_the_bot_gets_the_new_answer_after_a_promotion_and_the_old_one_after_a_rollback(
    home: Home, serving: Process
) -> None:
    told = []
    for version in ("v1.1.0", "v1.0.0"):
        number = len(serving.events("taken"))
        home.promote("intent", version)
        serving.wait_for_line(rf'(?s)("event":"taken".*){{{number + 1}}}')
        reply = said(address(serving), "turn on the kitchen light", "--language", "en")
        told.append((reply["version"], *reply["said"]))
        assert said(address(serving), "/version", "--language", "en")["version"] == version
    assert told == [("v1.1.0", "light (kitchen): off"), ("v1.0.0", "light (kitchen): on")]


def test_both_architectures_work_from_one_repository(home: Home, serving: Process) -> None:
    """docs/architectures.md: what main has answers at once where all is in CI; the service waits for its tag."""
    with service(home.clone("ci"), home.root / "ci.log", "--revision", "main") as in_ci:
        in_ci.wait_until_ready()
        now = said(address(in_ci), "turn on the kitchen light", "--language", "en")
    released = said(address(serving), "turn on the kitchen light", "--language", "en")
    assert (now["version"], now["said"]) == ("unreleased", ["light (kitchen): off"])
    assert (released["version"], released["said"]) == ("v1.0.0", ["light (kitchen): on"])
    at_head = hashlib.sha256((home.repo / INTENT[0]).read_bytes()).hexdigest()
    assert now["digest"] == at_head != released["digest"]


def test_a_bot_whose_service_is_killed_says_that_it_guesses(serving: Process) -> None:
    """The last test here: nothing serves after it."""
    assert said(address(serving), "turn on the kitchen light")["source"] == "service"
    serving.signal(signal.SIGKILL)
    serving.wait()
    reply = said(address(serving), "turn on the kitchen light", "--language", "en")
    assert reply["source"] == "guess"
    assert reply["said"] == ["(The service does not answer: I am guessing.)", "light (kitchen): on"]
    assert said(address(serving), "unlock the front door", "--language", "en")["code"] == 3
