"""Whole reports whose every word is hostile: parsed back, there is nothing in them that is not ours.

A case is a verdict; `hostile.json` and made-up texts stand wherever a pull request's words can. `make fuzz` asks for
100,000 of them.
"""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.report import verdicts
from tests.report.gfm import parse
from tests.report.test_escape import FRAGMENTS

from mergegate.cli.pictures import draw
from mergegate.facts import (
    Absent,
    Action,
    Decision,
    Estimate,
    Finding,
    Note,
    Plan,
    Reason,
    Revision,
    RunRecord,
    Slice,
    StagePlan,
    StageRun,
    State,
    Verdict,
)
from mergegate.report.escape import clean, length
from mergegate.report.html import html
from mergegate.report.jsonfile import to_json
from mergegate.report.markdown import markdown
from mergegate.report.mermaid import mermaid
from mergegate.report.specs import specifications
from mergegate.report.terminal import terminal

CASES = int(os.environ.get("MERGEGATE_FUZZ_REPORT", "40"))
PARTS = 8
"""So that a long run can be shared among processes."""
CORPUS: list[str] = json.loads((Path(__file__).parent / "hostile.json").read_text(encoding="utf-8"))
EVERYWHERE = [*range(0x20, 0x250), *range(0x2000, 0x2070), *range(0xFE00, 0xFE10), 0x1F600, 0xE0041, 0xD800, 0xFFFE]
OURS_IN_HTML = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "strong", "main", "section",
    "div", "svg", "line", "text", "g", "circle", "table", "thead", "tbody", "tr", "th", "td", "label", "input", "span",
    "script", "br", "code", "small", "footer", "details", "summary", "button", "path", "rect", "figure", "figcaption",
}  # fmt: skip


def words(rng: random.Random) -> str:
    """A text from the corpus, several of it, or made of pieces that mean something to a parser."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(CORPUS)
    if kind == 1:
        return "".join(rng.choices(CORPUS, k=2))
    if kind == 2:
        return "".join(rng.choices(FRAGMENTS, k=rng.randrange(1, 15)))
    return "".join(chr(code) for code in rng.choices(EVERYWHERE, k=rng.randrange(1, 25)))


def verdict_of(rng: random.Random) -> Verdict:
    """A verdict of two or three findings, with a plan and notes, whose every text is hostile."""

    def text() -> str:
        return words(rng)

    def finding(state: State) -> Finding:
        return Finding(
            rule=text(), model=text(), subject=text(), state=state, said=text(), do=text(),
            slice=Slice(text() or "x", text()), before=rng.choice((0.9, None)), after=rng.choice((0.8, 12.0)),
            change=Estimate(-0.1, -0.2, 0.05, 10, text()) if rng.random() < 0.6 else None, margin=0.01,
            blocks=state is State.REGRESSED, examples=((text(), text()), (text(), text()), (text(),)),
            full=((text(), text()), *((text(), text()) for _ in range(60))) if rng.random() < 0.3 else (),
        )  # fmt: skip

    stages = tuple(StagePlan(text(), rng.choice(list(Action)), (Reason(text(), text(), text(), text()),)) for _ in "ab")
    sha = "".join(rng.choices("0123456789abcdef", k=40))
    return Verdict(
        rng.choice(list(Decision)), Revision(text(), sha), Revision(text(), text(), dirty=True),
        findings=tuple(finding(state) for state in rng.sample(list(State), k=rng.randrange(1, 3))),
        absent=(Absent(text(), text(), text()),), notes=(Note(text(), ((text(), text()), (text(), text()))),),
        plan=Plan(sha, sha, stages), run=RunRecord((StageRun(stages[0].name, text()),)), policy_digest=text(),
        policy_changed=rng.random() < 0.3, waiver=verdicts.waived(text()) if rng.random() < 0.2 else None,
        question=text(), to_accept=rng.choice(("", sha)), pictures=verdicts.drawable(text()),
    )  # fmt: skip


def check_comment(verdict: Verdict) -> None:
    """The first line is our verdict, tables keep their shape, and no element, link, person or picture is foreign."""
    text = markdown(verdict)
    page = parse(text)
    assert page.foreign() == []
    assert re.match(f"## . mergegate: {verdict.decision.value} — ", text)
    assert page.tags[0] == "h2"
    assert page.tags.count("h2") == 1
    assert page.tags.count("details") == page.tags.count("summary")
    for rows in page.tables:
        assert {len(row) for row in rows} == {len(rows[0])}
    assert length(text) <= 60_000


class Elements(HTMLParser):
    """The elements of a page, as a browser would make them of escaped text."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self.scripts = 0
        self.data = 0
        """Elements that hold JSON, which no browser runs."""
        self.rows: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Everything that is not ours is kept."""
        data = dict(attrs) == {"type": "application/json", "id": f"{dict(attrs).get('id')}"}
        self.scripts += tag == "script" and not data
        self.data += tag == "script" and data
        named = [name for name, _ in attrs]
        bad = [name for name in named if name.startswith("on") or name in {"src", "href", "style", "srcdoc", "action"}]
        self.foreign += [tag] * (tag not in OURS_IN_HTML) + bad

    def handle_data(self, data: str) -> None:
        """What is in an element for data is JSON, and nothing else."""
        if self.cdata_elem == "script" and data.startswith("[") and len(self.rows) < self.data:
            self.rows.append(json.loads(data))

    def handle_comment(self, data: str) -> None:
        """We write none."""
        self.foreign.append(data)

    def handle_pi(self, data: str) -> None:
        """Nor these."""
        self.foreign.append(data)


def check_page(verdict: Verdict, drawn: dict[str, str] | None = None) -> None:
    """One script, which is ours, and no element or attribute that could run or fetch anything."""
    text = html(verdict, drawn)
    page = Elements()
    page.feed(text)
    page.close()
    assert page.foreign == []
    assert page.scripts == 1
    assert len(page.rows) == page.data
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    text.encode("utf-8")


def check_terminal(verdict: Verdict) -> None:
    """No control sequence but our colours, and no more lines than ours."""
    plain = terminal(verdict, width=100, colour=False)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", plain)
    plain.encode("utf-8")


def check_graph(verdict: Verdict) -> None:
    """Every line is a node in its quotes, an edge or one of our settings."""
    assert verdict.plan is not None
    shapes = (r"  s\d+(?:\[|\(\[|\{\{|\[\[|\(|>)+\"[^\"`<>]*<br>[^\"`<>]*\"(?:\]|\)|\}|\])+(?::::\w+)?",
              r"  s\d+ --> s\d+", r"  classDef [\w :#,-]+", r"  accTitle: [\w ]+")  # fmt: skip
    for line in mermaid(verdict.plan, verdict.run).splitlines()[1:]:
        assert any(re.fullmatch(shape, line) for shape in shapes), line


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_report_of_hostile_words_holds_anything_that_is_not_ours(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    rng = random.Random(f"inert {part}")
    record_property("cases", max(1, CASES // PARTS))
    for _ in range(max(1, CASES // PARTS)):
        verdict = verdict_of(rng)
        try:
            check_comment(verdict)
            check_page(verdict)
            check_terminal(verdict)
            check_graph(verdict)
            json.loads(to_json(verdict))
        except AssertionError:
            sys.stderr.write(f"{verdict!r}\n")
            raise


@pytest.mark.slow
def test_each_text_of_the_corpus_is_met_in_each_place() -> None:
    """The random cases may miss some."""
    for text in CORPUS:
        verdict = _all_of(text)
        check_comment(verdict)
        check_page(verdict)
        check_terminal(verdict)
        check_graph(verdict)


def _all_of(text: str) -> Verdict:
    findings = tuple(
        Finding(rule=text, model=text, subject=text, state=state, said=text, do=text, slice=Slice(text or "x", text),
                before=0.9, after=0.8, blocks=state is State.REGRESSED, examples=((text, text), (text,)))
        for state in State
    )  # fmt: skip
    stage = StagePlan(text, Action.RUN, (Reason(text, text, text, text),))
    return Verdict(
        Decision.BLOCK, Revision(text, text), Revision(text, text), findings=findings, policy_digest=text,
        absent=(Absent(text, text, text),), notes=(Note(text, ((text, text), (text, text))),), question=text,
        plan=Plan(text, text, (stage,)), run=RunRecord((StageRun(text, text),)), to_accept="a" * 40,
        waiver=verdicts.waived(text), pictures=verdicts.drawable(text),
    )  # fmt: skip


@pytest.mark.slow
def test_what_vega_draws_of_hostile_words_is_shapes_and_text() -> None:
    """Of a text in ten of the corpus; a long run takes them all."""
    for text in CORPUS[:: 1 if CASES > 1_000 else len(CORPUS) // 10]:
        verdict = _all_of(text)
        drawn = draw(specifications(verdict))
        assert set(drawn) == {"target-1", "confusion-1", "data-1", "power-1"}
        check_page(verdict, drawn)


def test_the_check_sees_what_is_not_inert() -> None:
    """So the silence of the others is not for want of looking."""
    for foreign in ("@octocat", "[x](y)", "![x](y)", "<b>x</b>", "#1", "https://x.de", "[^1]\n\n[^1]: x", ":tada:"):
        assert parse(f"| a |\n| --- |\n| {foreign} |\n").foreign() != [], foreign
    page = Elements()
    page.feed("<p onclick=x><img src=y><!-- z -->")
    assert page.foreign == ["onclick", "img", "src", " z "]


def test_a_name_in_a_command_stays_one_argument_when_it_is_pasted(tmp_path: Path) -> None:
    """As the report shows it: quoted for a shell, then cleaned for the terminal."""
    shown = [clean(shlex.quote(text)) for text in CORPUS if text]
    script = "".join(f"printf '%s\\n' {one}\n" for one in shown)
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    assert done.stderr == b""
    assert done.returncode == 0
    assert len(lines) == len(shown)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_error_that_quotes_a_hostile_file_sends_nothing_to_the_terminal(tmp_path: Path) -> None:
    """The command's own errors, too, are text that strangers wrote."""
    policy = tmp_path / "gate.yaml"
    policy.write_text('version: 1\nmodels: {"\\e]0;owned\\a\\e[2J": {holdout: 7}}\n', encoding="utf-8")
    table = tmp_path / "a.csv"
    table.write_text("id,label,prediction\n1,a,a\n", encoding="utf-8")
    command = [sys.executable, "-m", "mergegate", "compare", str(table), str(table), "--policy", str(policy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "\\x1b]0;owned" in done.stderr
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stderr)
