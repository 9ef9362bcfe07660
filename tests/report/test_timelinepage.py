"""The history page: complete, inert, small and open to everybody."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from scripts.screenshots import CHROMIUM
from syrupy.assertion import SnapshotAssertion
from tests.report import timelines
from tests.report.test_inert import CORPUS, Elements

from mergegate.cli.pictures import draw
from mergegate.facts import Absent
from mergegate.facts.timeline import Timeline
from mergegate.report.timelinepage import page, pictures


def drawn(history: Timeline) -> dict[str, str]:
    return draw({one.key: one.specification for one in pictures(history)})


def test_the_whole_page_but_its_style_and_script(snapshot: SnapshotAssertion) -> None:
    text = re.sub(r"<(style|script)>.*?</\1>", "", page(timelines.ordinary()), flags=re.DOTALL)
    assert re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", text) == snapshot


def test_a_repository_without_a_history_has_a_page_that_says_so() -> None:
    text = page(Timeline("a" * 40, absent=(Absent("metrics/history.jsonl", "no merge was written down yet"),)))
    assert "0 merges that a holdout decided" in text
    assert "no merge was written down yet" in text


@pytest.mark.slow
def test_many_merges_make_a_small_page() -> None:
    once = timelines.ordinary()
    text = page(dataclasses.replace(once, merges=once.merges * 2_000, absent=once.absent * 300, sizes=once.sizes * 200))
    assert len(text.encode()) < 5_000_000
    assert "20,000 merges" in text
    assert "200 more." in text


@pytest.mark.slow
def test_hostile_words_stay_words() -> None:
    """Reasons of acceptances and names of files come from whoever asked for the merge."""
    for text in CORPUS:
        found = Elements()
        found.feed(page(timelines.ordinary(text)))
        found.close()
        assert found.foreign == []
        assert found.scripts == 1


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_quiet_fits_a_phone_and_is_open_to_everybody(browser: Browser, tmp_path: Path, theme: str) -> None:
    path = tmp_path / "index.html"
    path.write_text(page(timelines.ordinary(), drawn(timelines.ordinary())), encoding="utf-8")
    said: list[str] = []
    shown = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.goto(path.as_uri())
    assert shown.locator("svg.vega").count() == 3
    assert not shown.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert [broken["id"] for broken in Axe().run(shown).response["violations"]] == []
    shown.get_by_label("Search").last.fill("2026-09-14")
    assert shown.get_by_role("status").last.inner_text() == "1 of 10 rows"
    assert said == []
    shown.close()
