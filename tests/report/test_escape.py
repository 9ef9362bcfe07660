"""Text that strangers wrote is shown and does nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.gfm import parse, visible
from tests.report.verdicts import HOSTILE
from tests.tries import tries

from mergegate.report.escape import clean, clip, code, fit, label, length, markup, prose

CASES = tries(40, 300)

FRAGMENTS = (
    *"|`\\*_[]()<>!#@:&$~^{}\"'=+-.\n\t\r\x00\x1b\u202e\u200b\ue000\u2028",
    "www.", "http://", "https://x.de", "a@b.de", "@me", "#1", "GH-1", ":x:", "[^1]", "[^1]:", "![", "](", "<b>", "-->",
    "<!--", "```", "~~~", "&#64;", "&lt;", "\\|", "| --- |", "</details>", "deadbeef12", "1. ", "- ", "> ", "x", " ",
    "é", "漢", "🦊", "\u0301", "\ud800",
)  # fmt: skip
anything = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join), st.sampled_from(HOSTILE)
)


def cells_of(rows: list[str]) -> list[list[str]]:
    """Put texts into a table, each once as prose and once as code, and parse it back."""
    lines = ["| a | b |", "| --- | --- |", *(f"| {prose(row) or ' '} | {code(row)} |" for row in rows)]
    page = parse("\n".join(lines) + "\n\nafter\n")
    assert page.foreign() == []
    assert len(page.tables) == 1
    return page.tables[0][1:]


@settings(max_examples=CASES, deadline=None)
@given(st.lists(anything, min_size=1, max_size=8))
def test_any_text_in_a_cell_keeps_the_table_whole_and_is_shown_as_it_is(rows: list[str]) -> None:
    cells = cells_of(rows)
    assert [visible(cell) for cell, _ in cells] == [visible(clean(row)) for row in rows]
    assert [visible(cell) for _, cell in cells] == [visible(clean(row)) or "(empty)" for row in rows]


@settings(max_examples=CASES, deadline=None)
@given(anything)
def test_any_text_at_the_start_of_a_line_stays_a_sentence(text: str) -> None:
    page = parse(f"{prose(text)}\n\nafter\n")
    assert page.foreign() == []
    assert set(page.tags) <= {"p", "span"}
    assert visible("".join(page.outside_code)) == visible(f"{clean(text)} after")


@settings(max_examples=CASES, deadline=None)
@given(anything)
def test_any_text_in_the_heading_of_a_fold_stays_in_it(text: str) -> None:
    page = parse(f"<details><summary>{markup(text)} (1)</summary>\n\nx\n\n</details>\n\nafter\n")
    assert page.foreign() == []
    assert [tag for tag in page.tags if tag != "span"] == ["details", "summary", "p", "p"]
    assert visible("".join(page.outside_code)) == visible(f"{clean(text)} (1) x after")


@settings(max_examples=CASES, deadline=None)
@given(anything)
def test_nothing_unseen_is_left(text: str) -> None:
    kept = clean(text)
    assert kept == clean(kept)
    assert "\n" not in kept
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ud800-\udfff\U000e0000-\U000e007f]", kept)
    kept.encode()


@settings(max_examples=CASES, deadline=None)
@given(anything, st.integers(min_value=30, max_value=200))
def test_what_is_fitted_has_at_most_the_size(text: str, size: int) -> None:
    for how in (prose, code, markup, label):
        assert length(fit(text, size, how)) <= size


@settings(max_examples=CASES, deadline=None)
@given(anything)
def test_a_mermaid_label_can_neither_end_its_quotes_nor_its_fence(text: str) -> None:
    assert not set('"`<>[](){}|;\n%&') & set(re.sub(r"#\d+;", "", label(text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 0.913 → 0.871 (−4.2 points)", "plain words, 0.913 → 0.871 (−4.2 points)"),
        ("f1_macro", r"f1\_macro"),
        ("0.913", "0.913"),
        ("+4 −11", "+4 −11"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("# heading", r"\# heading"),
        ("a | b", "a &#124; b"),
        ("_www.x.de", r"\_www&#8203;.x.de"),
        ("@octocat", "@&#8203;octocat"),
        ("\x1b[31mred", r"&#92;x1b\[31mred"),
    ],
)
def test_prose_changes_only_what_it_must(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_code_is_quoted_plainly_where_it_can_be() -> None:
    assert code("language=de") == "`language=de`"
    assert code("a|b") == "<code>a&#124;b</code>"
    assert code("") == "(empty)"


def test_a_cut_is_seen() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcd", 4) == "abcd"
