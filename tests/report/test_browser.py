"""The reports in real Chromium: nothing foreign runs, nothing is fetched, and a person can read and use them."""

from __future__ import annotations

import dataclasses
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, sync_playwright
from scripts.lines import DESK
from scripts.lines import seen as seen_lines
from scripts.render import page as rendered
from scripts.screenshots import CHROMIUM
from tests.report import verdicts
from tests.report.gfm import LINES, lines_seen
from tests.report.test_inert import CORPUS
from tests.report.told import broken

from mergegate.cli.pictures import draw
from mergegate.report.escape import clean
from mergegate.report.html import html
from mergegate.report.markdown import markdown
from mergegate.report.specs import specifications

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Seen:
    """What a page did."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def hear(self, dialog: Dialog) -> None:
        """Note a dialog and close it."""
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def assert_quiet(self) -> None:
        """It asked for itself and for nothing else, and neither failed nor spoke."""
        assert len(self.requests) == 1
        assert self.errors == []
        assert self.dialogs == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def visit(browser: Browser, path: Path, text: str, *, width: int = 1200, **context: object) -> Seen:
    path.write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800}, **context)  # type: ignore[arg-type]
    seen = Seen(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda said: seen.errors.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("dialog", seen.hear)
    page.goto(path.as_uri())
    return seen


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("scene", list(verdicts.ALL))
def test_the_page_is_quiet_and_fits_a_phone(browser: Browser, tmp_path: Path, scene: str) -> None:
    seen = visit(browser, tmp_path / "report.html", html(verdicts.ALL[scene]()), width=360)
    assert not scrolls_sideways(seen.page)
    seen.assert_quiet()
    seen.page.close()


def test_the_policy_of_the_page_stops_a_foreign_script_and_a_foreign_picture(browser: Browser, tmp_path: Path) -> None:
    """Shows that the quiet of the other tests is not for want of a policy."""
    foreign = "<script>document.title = 'foreign'</script><img src='http://127.0.0.1:9/x.png'></body>"
    text = html(verdicts.merged()).replace("</body>", foreign)
    seen = visit(browser, tmp_path / "report.html", text)
    assert seen.page.title() == "mergegate: merge"
    assert len(seen.errors) == 2
    assert all("Content Security Policy" in error for error in seen.errors)
    seen.page.close()


def test_hostile_text_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    seen = visit(browser, tmp_path / "report.html", html(verdicts.hostile()))
    shown = seen.page.locator("body").inner_text()
    for text in verdicts.HOSTILE[:12]:
        assert " ".join(clean(text).split()) in " ".join(shown.split())
    seen.page.close()


def test_the_whole_corpus_of_hostile_text_is_quiet(browser: Browser, tmp_path: Path) -> None:
    """Every text of it, as the words of a finding and of a cell."""
    findings = tuple(
        verdicts.finding(said=text, do=text, subject=text, examples=((text, "b"), (text, text))) for text in CORPUS
    )
    seen = visit(browser, tmp_path / "report.html", html(dataclasses.replace(verdicts.merged(), findings=findings)))
    assert seen.page.title() == "mergegate: merge"
    assert seen.page.locator("#findings-table tbody tr").count() == len(CORPUS)
    assert seen.page.locator("img, iframe, script[src], a[href], form, base, link").count() == 0
    seen.assert_quiet()
    seen.page.close()


def test_even_text_that_nobody_escaped_runs_and_fetches_nothing(browser: Browser, tmp_path: Path) -> None:
    """The policy of the page is a second wall: the corpus is put into it as markup.

    No policy stops `<meta http-equiv=refresh>`, which leads elsewhere and runs nothing: only escaping does.
    """
    markup = "\n".join(text for text in CORPUS if "refresh" not in text).encode("utf-8", "replace").decode()
    text = html(verdicts.merged()).replace("</body>", f"{markup}</body>")
    seen = visit(browser, tmp_path / "report.html", text)
    assert seen.page.title() == "mergegate: merge"
    assert seen.dialogs == []
    assert [url for url in seen.requests if not url.startswith("file:")] == []
    assert any("Content Security Policy" in error for error in seen.errors)
    seen.page.close()


def rows(page: Page, table: str = "findings-table") -> list[str]:
    shown = page.locator(f"#{table} tbody tr:visible td:nth-child(2)")
    return [text.strip() for text in shown.all_inner_texts()]


def test_findings_are_sorted_by_their_numbers_both_ways(browser: Browser, tmp_path: Path) -> None:
    page = visit(browser, tmp_path / "report.html", html(verdicts.blocked())).page
    button = page.get_by_role("button", name="Change")
    button.click()
    assert rows(page)[:2] == ["intent accuracy where language=de", "intent accuracy"]
    assert page.get_by_role("columnheader", name="Change").get_attribute("aria-sort") == "ascending"
    button.click()
    assert rows(page)[0] == "intent accuracy where domain=weather"
    assert rows(page)[-1] == "intent quiz"
    page.close()


def test_findings_are_searched_by_every_word(browser: Browser, tmp_path: Path) -> None:
    page = visit(browser, tmp_path / "report.html", html(verdicts.blocked())).page
    page.get_by_label("Search").first.fill("HELD domain=cl")
    assert rows(page) == ["intent accuracy where domain=climate"]
    assert page.get_by_role("status").first.inner_text() == "1 of 12 rows"
    page.close()


def test_five_thousand_findings_are_searched_without_a_wait(browser: Browser, tmp_path: Path) -> None:
    seen = visit(browser, tmp_path / "report.html", html(verdicts.many()))
    assert seen.page.locator("#findings-table tbody tr").count() == 300
    seen.page.get_by_label("Search").nth(1).fill("customer-04711")
    assert rows(seen.page, "further-1") == ["intent accuracy where customer=customer-04711"]
    seen.assert_quiet()
    seen.page.close()


def long_table() -> str:
    """A report with 20,000 rows of deviations."""
    body = ((f"row-{n}", ("de", "nl", "én", "")[n % 4], f"{n * 7919 % 20_011:,}", "<b>x</b>") for n in range(20_000))
    table = (("id", "language", "number", "utterance"), *body)
    found = verdicts.finding(subject="shadow deviations", examples=table[:4], full=table)
    return html(dataclasses.replace(verdicts.merged(), findings=(found,)))


def cells(page: Page, column: int) -> list[str]:
    found = page.locator(f"#rows-1 tbody tr:not(.gap) td:nth-child({column})")
    return [text.strip() for text in found.all_inner_texts()]


@pytest.fixture(scope="module")
def crowded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The report with the long table, opened once."""
    seen = visit(browser, tmp_path_factory.mktemp("long") / "report.html", long_table())
    yield seen
    seen.page.close()


def test_of_a_long_table_only_what_is_seen_is_drawn(crowded: Seen) -> None:
    page = crowded.page
    assert len(cells(page, 1)) < 80
    assert cells(page, 1)[:2] == ["row-0", "row-1"]
    assert page.locator("#rows-1").get_attribute("aria-rowcount") == "20001"
    page.locator(".tall").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    page.wait_for_function("document.querySelector('#rows-1').innerText.includes('row-19999')")
    assert page.locator("#rows-1 tbody tr:not(.gap)").last.get_attribute("aria-rowindex") == "20001"
    assert page.locator("#rows-1 b").count() == 0
    crowded.assert_quiet()


def test_a_long_table_is_sorted_and_searched_by_the_keyboard(crowded: Seen) -> None:
    page = crowded.page
    page.locator("#rows-1 thead button", has_text="number").focus()
    page.keyboard.press("Enter")
    numbers = [int(text.replace(",", "")) for text in cells(page, 3)]
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    page.keyboard.press("Enter")
    assert cells(page, 3)[0] == "20,010"
    page.locator("#rows-1 thead button", has_text="language").focus()
    page.keyboard.press("Space")
    assert set(cells(page, 2)) == {"de"}
    page.keyboard.press("Enter")
    assert cells(page, 2)[0] == "nl"
    page.get_by_label("Search").nth(1).focus()
    page.keyboard.type("ROW-1234 <b> nl")
    assert cells(page, 1) == ["row-12341", "row-12345", "row-12349"]
    assert page.get_by_role("status").nth(1).inner_text() == "3 of 20,000 rows"
    page.get_by_label("Search").nth(1).fill("")
    assert len(cells(page, 1)) > 10


def test_paper_has_a_stated_part_of_a_long_table(crowded: Seen, tmp_path: Path) -> None:
    page = crowded.page
    page.evaluate("""() => addEventListener("beforeprint", () => {
        window.printed = [document.querySelectorAll("#rows-1 tbody tr:not(.gap)").length,
                          document.querySelector(".printed").textContent];
    })""")
    page.pdf(path=str(tmp_path / "report.pdf"))
    assert page.evaluate("window.printed") == [500, "Printed: 500 of 20,000 rows, as searched and sorted."]
    assert (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n") >= 10
    assert len(cells(page, 1)) < 80


def test_the_theme_is_changed_by_the_keyboard_and_kept(browser: Browser, tmp_path: Path) -> None:
    seen = visit(browser, tmp_path / "report.html", html(verdicts.blocked()))
    page, colour = seen.page, "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Theme: dark").evaluate("it => it === document.activeElement")
    assert page.evaluate(colour) == "rgb(13, 17, 23)"
    page.reload()
    assert page.evaluate(colour) == "rgb(13, 17, 23)"
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Theme").click()
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Theme").is_visible()
    page.close()


def test_without_scripts_the_page_is_whole(browser: Browser, tmp_path: Path) -> None:
    page = visit(browser, tmp_path / "report.html", html(verdicts.blocked()), java_script_enabled=False).page
    assert len(rows(page)) == 12
    assert not page.get_by_label("Search").first.is_visible()
    assert not page.get_by_role("button", name="Theme").is_visible()
    page.close()


def test_without_scripts_a_long_table_shows_its_first_rows_and_says_so(browser: Browser, tmp_path: Path) -> None:
    page = visit(browser, tmp_path / "report.html", long_table(), java_script_enabled=False).page
    assert len(cells(page, 1)) == 50
    assert page.get_by_text("the first 50 of 20,000 rows").is_visible()
    page.close()


def test_dark_and_paper_have_their_own_colours(browser: Browser, tmp_path: Path) -> None:
    page = visit(browser, tmp_path / "report.html", html(verdicts.blocked()), color_scheme="dark").page
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(13, 17, 23)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert not page.get_by_label("Search").first.is_visible()
    page.close()


@pytest.mark.parametrize("scene", ["blocked", "hostile", "many"])
def test_the_comment_is_quiet_and_fits_a_phone(browser: Browser, tmp_path: Path, scene: str) -> None:
    seen = visit(
        browser, tmp_path / "comment.html", rendered(markdown(verdicts.ALL[scene]()), unfolded=True), width=390
    )
    if seen.page.locator(".mermaid").count():
        seen.page.wait_for_selector("body[data-drawn]", timeout=60_000)
    assert not scrolls_sideways(seen.page)
    seen.assert_quiet()
    seen.page.close()


COMMENTS = {name: verdicts.ALL[name] for name in ("accepted", "blocked", "unsure")} | {"broken tokeniser": broken}


@pytest.mark.parametrize("comment", list(COMMENTS))
def test_an_ordinary_comment_is_seen_without_scrolling(browser: Browser, tmp_path: Path, comment: str) -> None:
    """Counted as Chromium draws it, and the count that all scenes are held to agrees."""
    text = markdown(COMMENTS[comment]())
    page = visit(browser, tmp_path / "comment.html", rendered(text), width=DESK).page
    drawn = seen_lines(page)
    assert drawn <= LINES
    assert abs(drawn - lines_seen(text)) <= 1
    page.close()


@pytest.mark.parametrize("scene", ["blocked", "hostile"])
def test_every_stage_is_drawn_with_its_name(browser: Browser, tmp_path: Path, scene: str) -> None:
    verdict = verdicts.ALL[scene]()
    assert verdict.plan is not None
    page = visit(browser, tmp_path / "comment.html", rendered(markdown(verdict), unfolded=True)).page
    page.wait_for_selector("body[data-drawn]", timeout=60_000)
    labels = [" ".join(text.split()) for text in page.locator(".mermaid svg .nodeLabel").all_inner_texts()]
    assert len(labels) == len(verdict.plan.stages)
    for stage in verdict.plan.stages:
        name = " ".join(clean(stage.name).split())[:12].strip()
        assert any(label.startswith(name) for label in labels), name
    assert page.locator(".mermaid svg a, .mermaid svg img, .mermaid svg script").count() == 0
    page.close()


@pytest.mark.parametrize("options", [[], ["--dark", "--width", "390"]])
def test_the_command_takes_a_picture_of_a_comment(tmp_path: Path, options: list[str]) -> None:
    source, out = tmp_path / "report.md", tmp_path / "pictures" / "out.png"
    source.write_text(markdown(verdicts.blocked()), encoding="utf-8")
    subprocess.run([sys.executable, "scripts/screenshots.py", str(source), str(out), *options], check=True, cwd=ROOT)
    width, height = struct.unpack(">II", out.read_bytes()[16:24])
    assert width == (780 if options else 1800)
    assert height > width / 2


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong for people who do not see, or not well."""
    found = Axe().run(page).response["violations"]
    return [f"{broken['id']}: {[node['html'][:120] for node in broken['nodes'][:3]]}" for broken in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scene", ["blocked", "unsure", "absent"])
def test_the_page_is_open_to_everybody(browser: Browser, tmp_path: Path, scene: str, theme: str) -> None:
    seen = visit(browser, tmp_path / "report.html", html(verdicts.ALL[scene]()), color_scheme=theme)
    assert violations(seen.page) == []
    seen.page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_with_pictures_is_quiet_and_open_to_everybody(browser: Browser, tmp_path: Path, theme: str) -> None:
    verdict = verdicts.pictured()
    text = html(verdict, draw(specifications(verdict)))
    seen = visit(browser, tmp_path / "report.html", text, color_scheme=theme)
    assert seen.page.locator("svg.vega").count() == 4
    assert violations(seen.page) == []
    seen.assert_quiet()
    seen.page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_long_table_is_open_to_everybody(browser: Browser, tmp_path: Path, theme: str) -> None:
    seen = visit(browser, tmp_path / "report.html", long_table(), color_scheme=theme)
    assert violations(seen.page) == []
    seen.page.close()


def test_the_check_for_everybody_sees_a_field_without_a_name(browser: Browser, tmp_path: Path) -> None:
    text = html(verdicts.blocked()).replace("<label>Search ", "<label>", 1)
    page = visit(browser, tmp_path / "report.html", text).page
    assert [found.partition(":")[0] for found in violations(page)] == ["label"]
    page.close()
