"""The verdict as JUnit XML, for what shows test results: GitLab, Jenkins, and most others.

A test case is one check. What blocks is a failure; what cannot be told, is absent or only informs was skipped; the
case `verdict` fails where the merge is blocked, whatever the reason. The form is the one that Jenkins describes in
its `junit-10.xsd`, kept to what all readers share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mergegate.facts import Decision, State
from mergegate.report.escape import clean, clip
from mergegate.report.story import name, reason, sentence, story, unsaid, word

if TYPE_CHECKING:
    from mergegate.facts import Finding, Verdict

_NO_XML = re.compile("[\ufffe\uffff]")
"""What XML 1.0 cannot hold and `clean` leaves."""
_LONGEST = 2_000


def junit(verdict: Verdict) -> str:
    """Write every finding, a suite for each model; UTF-8, ending in a newline."""
    suites: dict[str, list[Element]] = {"mergegate": [_whole(verdict)]}
    suites["mergegate"] += [_absent(absent.what, f"{absent.why} {absent.do}") for absent in unsaid(verdict)]
    told = story(verdict)
    for finding in (*told.telling, *told.unclear, *told.absent, *told.informing, *told.held):
        suites.setdefault(finding.model or "data", []).append(_case(finding, verdict))
    root = Element("testsuites", {"name": "mergegate"})
    for suite, cases in suites.items():
        root.append(_suite(suite, cases))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(name: str, cases: list[Element]) -> Element:
    counts = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "skipped")}
    suite = Element(
        "testsuite",
        {
            "name": _text(name), "tests": str(len(cases)), "failures": str(counts["failure"]), "errors": "0",
            "skipped": str(counts["skipped"]),
        },
    )  # fmt: skip
    suite.extend(cases)
    return suite


def _whole(verdict: Verdict) -> Element:
    case = Element("testcase", {"classname": "mergegate", "name": "verdict"})
    why = reason(verdict, story(verdict))
    if verdict.decision is Decision.BLOCK or (verdict.decision is Decision.UNSURE and not verdict.unsure_passes):
        _say(case, "failure", why, str(verdict.decision))
    elif verdict.decision is Decision.UNSURE:
        _say(case, "skipped", why)
    return case


def _absent(what: str, why: str) -> Element:
    case = Element("testcase", {"classname": "mergegate.evidence", "name": _text(what)})
    _say(case, "skipped", f"absent: {why}")
    return case


def _case(finding: Finding, verdict: Verdict) -> Element:
    attributes = {
        "classname": _text(finding.model or "data"),
        "name": _text(f"{finding.rule} {name(finding)}"),
    }
    case = Element("testcase", attributes)
    said = " ".join(part for part in (f"{sentence(finding)}.", finding.do) if part)
    if finding.blocks or (finding.unsure and not verdict.unsure_passes):
        _say(case, "failure", said, word(finding))
    elif finding.informs or finding.waived or finding.state in {State.CANNOT_TELL, State.ABSENT}:
        _say(case, "skipped", f"{word(finding)}: {said}")
    else:
        SubElement(case, "system-out").text = _text(said)
    return case


def _say(case: Element, kind: str, text: str, type_: str = "") -> None:
    """Say it in the message, which lists show, and where it is a failure in the text, which details show."""
    attributes = {"message": _text(text)} | ({"type": type_} if type_ else {})
    SubElement(case, kind, attributes).text = _text(text) if kind == "failure" else None


def _text(text: str) -> str:
    return clip(_NO_XML.sub(lambda found: f"\\u{ord(found.group()):04x}", clean(text)), _LONGEST)
