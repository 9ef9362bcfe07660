"""The HTML report, as text: complete, inert and the same each time. What it does in a browser is in test_browser."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.report import verdicts
from tests.report.verdicts import finding

from mergegate.facts import Action, Estimate, Note, Plan, StagePlan, Verdict
from mergegate.report import embed, forest
from mergegate.report.html import html


def test_the_whole_page_but_its_style_and_script(snapshot: SnapshotAssertion) -> None:
    text = html(verdicts.blocked())
    text = re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)
    text = re.sub(r"<script>.*?</script>", "<script></script>", text, flags=re.DOTALL)
    assert re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", text) == snapshot


@pytest.mark.parametrize("scene", verdicts.SCENES)
def test_the_policy_names_the_one_script_and_the_one_style(scene: str) -> None:
    text = html(verdicts.ALL[scene]())
    for tag in ("script", "style"):
        found = re.findall(f"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in text


@pytest.mark.parametrize("scene", verdicts.SCENES)
def test_nothing_is_fetched_and_nothing_runs_from_an_attribute(scene: str) -> None:
    text = re.sub(r"<(script|style)>.*?</\1>", "", html(verdicts.ALL[scene]()), flags=re.DOTALL)
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert not [tag for tag in tags if re.search(r"\s(src|href|style|on\w+)\s*=", re.sub(r'"[^"]*"', '""', tag))]


def test_the_same_verdict_makes_the_same_page() -> None:
    assert html(verdicts.blocked()) == html(verdicts.blocked())


def test_points_share_an_axis_and_each_loss_has_its_own() -> None:
    plots = forest.forests(verdicts.improved().findings)
    assert [plot.title for plot in plots] == ["points", "log_loss"]


def test_on_the_axis_better_is_further_right_and_the_limit_lies_left_of_zero() -> None:
    for plot in forest.forests((*verdicts.improved().findings, *verdicts.blocked().findings)):
        for line in plot.lines:
            assert line.low <= line.value <= line.high
            assert line.limit is not None
            assert line.limit < plot.zero
            assert line.state != "improved" or line.value > plot.zero
            assert line.state != "regressed" or line.value < plot.zero


def test_an_interval_that_is_too_wide_is_cut_and_marked() -> None:
    narrow = [finding(change=Estimate(0.001, -0.002, 0.003, 5, "m")) for _ in range(20)]
    wide = finding(change=Estimate(-0.001, -0.6, 0.5, 5, "m"))
    line = forest.forests((*narrow, wide))[0].lines[-1]
    assert line.cut_low
    assert line.cut_high


def test_a_crowd_is_drawn_in_part_and_counted() -> None:
    plot = forest.forests(verdicts.many(500).findings)[0]
    assert len(plot.lines) == forest.MOST_LINES
    assert plot.left_out == 500 - forest.MOST_LINES


def crowd(rows: int, *words: str) -> Verdict:
    """A verdict with a table of so many rows: an id, and these words in each."""
    head = ("id", *(f"column {index}" for index in range(len(words))))
    body = tuple((f"row-{number:06d}", *words) for number in range(rows))
    shown = finding(subject="shadow deviations", examples=(head, *body[:5]), full=(head, *body))
    return dataclasses.replace(verdicts.merged(), findings=(shown,))


def embedded(text: str) -> list[object]:
    found = re.findall(r'<script type="application/json" id="rows-1-rows">(.*?)</script>', text, flags=re.DOTALL)
    return list(json.loads(found[0]))


def test_a_long_table_is_data_and_its_first_rows_stand_in_the_page() -> None:
    text = html(crowd(1_000, "de", "</script><script>alert(1)</script>"))
    ids, same, hostile = embedded(text)
    assert isinstance(ids, list)
    assert ids[:2] == ["row-000000", "row-000001"]
    assert len(ids) == 1_000
    assert same == {"each": ["de"], "rows": [0] * 1_000}
    assert isinstance(hostile, dict)
    assert hostile["each"] == ["</script><script>alert(1)</script>"]
    assert "</script><script>alert" not in text
    assert text.count("<td>row-") == embed.SHOWN


@pytest.mark.slow
def test_a_hundred_thousand_rows_fit_a_page_of_less_than_5_mb() -> None:
    text = html(crowd(100_000, "de", "HassTurnOn", "HassTurnOff", "HassTurnOff"))
    assert len(embedded(text)[0]) == 100_000  # type: ignore[arg-type]
    assert len(text.encode()) < 5_000_000


@pytest.mark.slow
def test_what_does_not_fit_is_left_out_and_counted() -> None:
    """Whatever there is of everything, the page stays small, and says what it lacks."""
    many = crowd(20_000, *(["ä<b>" * 30] * 3)).findings * 50
    long = tuple(finding(said="<" * 3_000, do="ü" * 3_000, subject=f"{number}") for number in range(900))
    notes = tuple(Note(f"note {number}", (("a",), *((f"{row}" * 90,) for row in range(900)))) for number in range(90))
    stages = tuple(StagePlan("s" * 900 + str(number), Action.RUN, ()) for number in range(3_000))
    plan = Plan("a" * 40, "b" * 40, stages)
    verdict = dataclasses.replace(verdicts.merged(), findings=(*long, *many), notes=notes, plan=plan)
    text = html(verdict)
    assert len(text.encode()) < 5_000_000
    assert re.search(r"[\d,]+ more rows are not in this page", text)
    assert re.search(r"2,[\d]+ more stages are in verdict.json only", text)
