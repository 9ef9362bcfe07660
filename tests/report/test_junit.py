"""JUnit XML: the form that readers share, failures where the gate blocks, and nobody's words as markup."""

from __future__ import annotations

import dataclasses
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from tests.report import verdicts
from tests.report.test_escape import anything
from tests.tries import tries

from mergegate.facts import Absent, Decision, Finding, State
from mergegate.report.junit import junit

FORM = {
    "testsuites": (set[str](), {"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "group"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname"},
        {"time", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set[str](), {"type", "message"}, set[str]()),
    "skipped": (set[str](), {"type", "message"}, set[str]()),
    "system-out": (set[str](), set[str](), set[str]()),
}
"""Each element of Jenkins' junit-10.xsd that is used: attributes that must and that may stand, and children."""


def check(element: Element) -> None:
    """Hold an element to the form, and all below it."""
    must, may, children = FORM[element.tag]
    assert must <= set(element.keys()) <= must | may
    assert {child.tag for child in element} <= children
    for child in element:
        check(child)


def read(text: str) -> Element:
    root = fromstring(text.encode("utf-8"))  # noqa: S314 - our own text
    assert root.tag == "testsuites"
    check(root)
    return root


@pytest.mark.parametrize("scene", [name for name in verdicts.ALL if name != "many"])
def test_every_verdict_keeps_the_form_and_its_counts_are_right(scene: str) -> None:
    for suite in read(junit(verdicts.ALL[scene]())):
        assert int(suite.attrib["tests"]) == len(suite)
        for kind, name in (("failure", "failures"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{kind}"))


def failing(text: str) -> list[str]:
    return [case.attrib["name"] for case in read(text).iter("testcase") if case.find("failure") is not None]


def test_what_blocks_fails_and_nothing_else_does() -> None:
    assert failing(junit(verdicts.merged())) == []
    assert failing(junit(verdicts.accepted())) == []
    assert failing(junit(verdicts.blocked()))[:2] == ["verdict", "MG301 intent accuracy"]


def test_an_open_question_is_skipped_and_fails_where_the_policy_blocks_it() -> None:
    assert failing(junit(verdicts.unsure())) == []
    strict = dataclasses.replace(verdicts.unsure(), unsure_passes=False)
    assert failing(junit(strict)) == ["verdict", "MG301 intent accuracy"]


def test_a_block_for_want_of_evidence_alone_is_a_failure() -> None:
    verdict = dataclasses.replace(
        verdicts.merged(), decision=Decision.BLOCK, findings=(), absent=(Absent("rows", "they are gone"),)
    )
    assert failing(junit(verdict)) == ["verdict"]


@settings(max_examples=tries(25, 60), deadline=None)
@given(anything, anything, anything)
def test_nobody_s_words_are_markup(one: str, two: str, three: str) -> None:
    finding = Finding(one, two, three, State.REGRESSED, one + "\ufffe\x00]]>", do=two, blocks=True)
    verdict = dataclasses.replace(verdicts.merged(), findings=(finding,), absent=(Absent(one, two, three),))
    root = read(junit(verdict))
    assert sum(1 for _ in root.iter("testcase")) == 3
