"""The comment: whole, by snapshot; and what must hold whatever it is made of."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from tests.report import verdicts
from tests.report.gfm import LINES, closed, lines_seen, parse
from tests.report.test_escape import anything
from tests.report.told import broken
from tests.tries import tries

from mergegate.cli.out import write
from mergegate.facts import Absent, Decision, Finding, Note, Slice, State, Verdict
from mergegate.report.escape import length
from mergegate.report.markdown import COMMENT, LEAST, SUMMARY, markdown


@pytest.mark.parametrize("scene", list(verdicts.ALL))
def test_the_whole_comment(scene: str, snapshot: SnapshotAssertion) -> None:
    assert markdown(verdicts.ALL[scene]()) == snapshot


@pytest.mark.parametrize("scene", verdicts.SCENES)
def test_a_comment_is_made_of_our_elements_only_and_fits(scene: str) -> None:
    for limit in (60_000, 30_000, LEAST):
        text = markdown(verdicts.ALL[scene](), limit=limit)
        page = parse(text)
        assert page.foreign() == []
        assert length(text) <= limit
        assert page.tags[0] == "h2"
        assert page.tags.count("h2") == 1
        assert page.tags.count("details") == page.tags.count("summary")
        assert text.rstrip().endswith("</sub>")


@pytest.mark.parametrize("scene", verdicts.SCENES)
def test_every_row_of_every_table_has_the_cells_of_its_head(scene: str) -> None:
    for rows in parse(markdown(verdicts.ALL[scene]())).tables:
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows) > 1


def test_the_verdict_and_why_are_the_first_line() -> None:
    assert markdown(verdicts.blocked()).splitlines()[0] == (
        "## ⛔ mergegate: block — intent accuracy fell 0.913 → 0.871 "
        "(−4.2 points, 95 % −5.1 to −3.3; limit −0.5; 7,512 rows in 401 groups)"
    )


def test_an_ordinary_regression_is_seen_in_25_lines() -> None:
    """A metric and the two slices that it comes from, beside what held and what is too small to tell."""
    slices = (
        verdicts.slice_fallen("de", 0.921, 0.801, 0.024, 1498),
        verdicts.slice_fallen("nl", 0.9, 0.86, 0.02, 1503),
    )
    findings = (verdicts.fallen(), *slices, *verdicts.held_slices(), *verdicts.small_slices())
    text = markdown(dataclasses.replace(verdicts.blocked(), findings=findings))
    assert text.count("**regressed**") == 3
    assert lines_seen(text) <= LINES


def test_the_whole_comment_of_a_real_pull_request(snapshot: SnapshotAssertion) -> None:
    text = markdown(broken())
    assert text == snapshot
    assert lines_seen(text) <= LINES
    folds = ("What moved, in full (", "Discrepancies (", "What changed (", "Stages: ", "Absent evidence (", "Held (")
    for part in (*folds, "Criteria (", "```mermaid", "attempt 1"):
        assert part in text


def test_slices_that_moved_alike_share_a_row_where_room_is_short_and_have_their_own_below() -> None:
    told = broken()
    seen, _, folded = markdown(told).partition("<details>")
    assert "`language=en`" in seen
    assert "`domain=any`" not in seen
    assert "also domain=any −6.7 points" in seen
    assert "**regressed** MG302<br>intent accuracy<br>`domain=any` | 0.931 → 0.863" in folded
    moved = sum(finding.state is State.REGRESSED for finding in told.findings if not finding.informs)
    assert seen.count("**regressed**") == 4
    assert folded.count("**regressed**") == moved == 6


def test_what_is_said_at_length_is_cut_above_and_whole_below() -> None:
    said = "7 of 27 questions that may never be answered wrongly are, and a person would ask each of these " * 3
    one = Finding("MG401", "intent", "quiz", State.REGRESSED, said.strip(), do="mend it", blocks=True)
    seen, _, folded = markdown(dataclasses.replace(verdicts.blocked(), findings=(one,) * 6)).partition("<details>")
    assert seen.count("…<br>mend it |") == 5
    assert folded.count(f"{said.strip()}<br>mend it |") == 6


@pytest.mark.parametrize("scene", sorted(verdicts.ALL.keys() - {"hostile"}))
def test_every_comment_is_seen_without_scrolling(scene: str) -> None:
    assert lines_seen(markdown(verdicts.ALL[scene]())) <= LINES


@pytest.mark.slow
def test_ten_thousand_slices_fit_and_the_first_line_is_the_clearest_of_them() -> None:
    told = markdown(verdicts.many(10_000))
    assert length(told) <= COMMENT
    assert told.splitlines()[0] == markdown(verdicts.many(10_000)).splitlines()[0]
    assert "Held (2,500)" in told


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(
    st.integers(0, 2_000), st.integers(0, 1_000), st.integers(0, 30), st.integers(0, 1_000),
    st.sampled_from(["x", "🦊", "<b>&|`", "@a #1 "]),
)  # fmt: skip
def test_it_fits_whatever_there_is_of_everything(slices: int, absent: int, notes: int, stages: int, text: str) -> None:
    """Thousands of slices, stages and pieces of absent evidence, each with words without end."""
    said = text * 400
    verdict = dataclasses.replace(
        verdicts.many(max(slices, 1)),
        absent=tuple(Absent(f"{number} {said}", said, said) for number in range(absent)),
        notes=tuple(Note(said, ((said, said), *[(said, str(row)) for row in range(50)])) for _ in range(notes)),
        plan=dataclasses.replace(
            verdicts.UNCHANGED,
            stages=tuple(
                dataclasses.replace(verdicts.RETRAINED.stages[2], name=f"{number} {said}") for number in range(stages)
            ),
        ),
    )
    told = markdown(verdict)
    assert length(told) <= COMMENT
    assert told == markdown(verdict)
    assert told.splitlines()[0].startswith("## ⛔ mergegate: block — intent accuracy where customer=")
    assert told.count("<details>") == told.count("</details>")


def test_what_held_is_folded_and_what_fell_is_not() -> None:
    seen = closed(markdown(verdicts.blocked()))
    assert "language=de" in seen
    assert "domain=climate" not in seen
    assert "Held (4)" in seen


def test_nothing_empty_is_rendered() -> None:
    bare = Verdict(Decision.MERGE, verdicts.BASE, verdicts.HEAD, notes=(Note("Params changed", (("param",),)),))
    text = markdown(bare)
    assert "<details>" not in text
    assert "|" not in text
    assert "policy" not in text


def test_the_same_verdict_is_told_the_same_way() -> None:
    assert markdown(verdicts.blocked()) == markdown(verdicts.blocked())


def test_what_is_cut_is_said() -> None:
    text = markdown(verdicts.many())
    cut = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) more findings are not shown", text)]
    assert len(cut) == 3
    folded = text.removeprefix(text.partition("<details>")[0])
    shown = len(re.findall(r"`customer=", folded)) - len(re.findall(r"^intent accuracy, `", folded, re.MULTILINE))
    assert shown + sum(cut) == 5_000


@pytest.mark.slow
def test_what_a_comment_has_no_room_for_is_in_the_job_s_summary() -> None:
    """Parsed back, it is as inert and as whole; and an ordinary report is the same in both."""
    verdict = verdicts.many(1_500)
    comment, summary = markdown(verdict), markdown(verdict, limit=SUMMARY)
    assert length(comment) <= COMMENT < length(summary) <= SUMMARY
    assert len(summary.encode()) < 1_000_000
    assert summary.splitlines()[0] == comment.splitlines()[0]
    assert summary.count("`customer=") > 2 * comment.count("`customer=")
    page = parse(summary)
    assert page.foreign() == []
    assert all({len(row) for row in rows} == {len(rows[0])} for rows in page.tables)
    assert markdown(verdicts.blocked(), limit=SUMMARY) == markdown(verdicts.blocked())


@pytest.mark.slow
def test_the_summary_is_written_where_the_comment_left_something_out(tmp_path: Path) -> None:
    write(verdicts.many(1_500), tmp_path)
    assert (tmp_path / "summary.md").read_text("utf-8") == markdown(verdicts.many(1_500), limit=SUMMARY)
    write(verdicts.blocked(), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plots", "report.html", "report.md", "verdict.json"]


def test_sections_without_room_are_named() -> None:
    notes = tuple(Note(f"Note {number}", (("a",), ("b" * 150,))) for number in range(400))
    text = markdown(dataclasses.replace(verdicts.merged(), notes=notes), limit=LEAST)
    assert re.search(r"No room here for \d+ folded parts: see `report.html`\.", text)


def test_a_limit_that_cannot_hold_a_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        markdown(verdicts.merged(), limit=LEAST - 1)


@pytest.mark.slow
def test_the_worst_that_is_always_shown_fits_the_least_limit() -> None:
    for text in ("🦊" * 5_000, "$" * 5_000, "@" * 5_000, "|" * 5_000, "\u202e" * 5_000):
        worst = Finding(text, text, text, State.REGRESSED, text, do=text, before=0.1, after=0.2, blocks=True)
        verdict = dataclasses.replace(
            verdicts.hostile(), findings=(worst,) * 50, waiver=verdicts.waived(text), question=text,
            policy_changed=True, decision=Decision.UNSURE, bootstrap=True, policy_digest=text,
            base=dataclasses.replace(verdicts.BASE, name=text, sha=text),
            head=dataclasses.replace(verdicts.HEAD, name=text, sha=text),
        )  # fmt: skip
        assert length(markdown(verdict, limit=LEAST)) <= LEAST


@settings(max_examples=tries(25, 60), deadline=None)
@given(st.lists(anything, min_size=6, max_size=6))
def test_no_text_anywhere_makes_an_element_that_is_not_ours(texts: list[str]) -> None:
    a, b, c, d, e, f = texts
    finding = Finding(a, b, c, State.REGRESSED, d, do=e, blocks=True, examples=((a, b), (c, d), (e, f)))
    plan = dataclasses.replace(verdicts.RETRAINED, stages=(dataclasses.replace(verdicts.RETRAINED.stages[2], name=f),))
    verdict = dataclasses.replace(
        verdicts.merged(), findings=(finding,), absent=(Absent(a, c, e),), notes=(Note(b, ((d, f), (e, a))),), plan=plan
    )
    text = markdown(verdict)
    page = parse(text)
    assert page.foreign() == []
    again = [2] * text.count("<summary>What moved, in full (1)")
    assert [len(rows) for rows in page.tables] == [2, *again, 3, 2, 2, 2]


@settings(max_examples=tries(25, 40), deadline=None)
@given(st.lists(anything, min_size=6, max_size=6))
@example(["", "", "", ":0", "", ""])
@example(["", "", "", "", "", "x" * 1_000])
def test_no_text_of_a_card_makes_an_element_that_is_not_ours(texts: list[str]) -> None:
    a, b, c, d, e, f = texts
    changed = Finding("MG703", a, b, State.HELD, c, informs=True, examples=((a, b), (c, d), (e, f)))
    flips = Finding("MG705", a, d, State.REGRESSED, e, do=f, blocks=True, examples=((f, e), (d, c)), full=((a, b),) * 9)
    text = markdown(dataclasses.replace(verdicts.merged(), findings=(changed, flips), plan=None, notes=(), absent=()))
    page = parse(text)
    assert page.foreign() == []
    again = [2] * text.count("<summary>What moved, in full (1)")
    assert [len(rows) for rows in page.tables] == [2, *again, 3, 2]
    assert "7 more rows are in `report.html`" in text


def test_what_is_said_of_criteria_stands_together_and_once() -> None:
    held = Finding("MG714", "loan", "leaks", State.HELD, "no feature is known too late")
    slice_ = Finding("MG711", "loan", "approval ratio", State.CANNOT_TELL, "0.7", slice=Slice("black", "1"))
    other = Finding("MG402", "loan", "quiz", State.HELD, "the quiz held")
    text = markdown(dataclasses.replace(verdicts.merged(), findings=(held, slice_, other), notes=(), absent=()))
    assert text.count("MG714") == text.count("MG711") == 1
    assert text.index("Criteria (2)") < text.index("MG711") < text.index("MG714") < text.rindex("Held (1)")


def test_a_graph_that_nobody_could_read_is_a_table() -> None:
    stages = tuple(dataclasses.replace(verdicts.UNCHANGED.stages[0], name=f"stage-{number}") for number in range(61))
    text = markdown(dataclasses.replace(verdicts.merged(), plan=dataclasses.replace(verdicts.UNCHANGED, stages=stages)))
    assert "```mermaid" not in text
    assert "| `stage-60` | unchanged |" in text


def test_what_an_owner_has_to_write_can_be_copied() -> None:
    commit = verdicts.HEAD.sha
    last = markdown(dataclasses.replace(verdicts.blocked(), to_accept=commit)).splitlines()[-1]
    assert f"`mergegate: accept {commit} REASON`" in last
    assert "to accept it" not in markdown(verdicts.blocked())


def test_it_says_how_to_see_the_same_at_home() -> None:
    assert "`mergegate check --base 5f22041a9c0d`" in markdown(verdicts.blocked()).splitlines()[-1]
