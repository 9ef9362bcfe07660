"""The lines that are marked in a diff: which, how loudly, and that nobody's words end a command."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

from hypothesis import given, settings
from jsonschema import Draft202012Validator
from tests.report import verdicts
from tests.report.test_escape import anything
from tests.tries import tries

from mergegate.facts import Decision, Finding, State
from mergegate.facts.annotation import Annotation, Level, Place
from mergegate.report.annotations import MOST, annotate, commands, for_check

PARAM = Place("params.yaml", 3, "params.yaml:train.C 1.0 → 0.001", ("intent",))


def runner_reads(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner parses it: name, properties, message."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line, flags=re.DOTALL)
    assert found, line
    undo = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}

    def plain(text: str) -> str:
        return re.sub("%(0D|0A|3A|2C|25)", lambda one: undo.get(one.group(), "%"), text)

    properties = dict(part.split("=", 1) for part in found.group(2).split(","))
    return found.group(1), {key: plain(value) for key, value in properties.items()}, plain(found.group(3))


def test_the_param_that_reaches_a_fallen_model_is_an_error_on_its_line() -> None:
    [line] = commands(annotate(verdicts.blocked(), [PARAM])).splitlines()
    assert line.startswith("::error file=params.yaml,line=3,title=mergegate%3A intent got worse::")
    name, where, message = runner_reads(line)
    assert (name, where["file"], where["line"]) == ("error", "params.yaml", "3")
    assert message.startswith("params.yaml:train.C 1.0 → 0.001: intent accuracy fell 0.913 → 0.871 (−4.2 points, 95 %")


def test_what_reaches_no_fallen_model_is_not_marked() -> None:
    assert annotate(verdicts.blocked(), [dataclasses.replace(PARAM, models=("loan",))]) == ()
    assert annotate(verdicts.merged(), [PARAM]) == ()
    assert annotate(verdicts.improved(), [PARAM]) == ()


def test_one_of_several_causes_is_called_that_and_an_open_or_accepted_one_only_warns() -> None:
    other = dataclasses.replace(PARAM, line=4)
    assert "one of 2 changes that reach intent" in annotate(verdicts.blocked(), [PARAM, other])[0].message
    for scene in (verdicts.unsure, verdicts.accepted):
        assert [one.level for one in annotate(scene(), [PARAM])] == [Level.WARNING]


def test_a_table_and_a_card_are_marked_by_what_is_said_of_them() -> None:
    rows = Finding("MG102", "", "the phrases rows", State.REGRESSED, "too many are gone", blocks=True)
    card = Finding("MG705", "loan", "flips", State.REGRESSED, "too many flip", blocks=True)
    verdict = dataclasses.replace(verdicts.merged(), decision=Decision.BLOCK, findings=(rows, card))
    data = Place("data.dvc", 2, "data md5 1 → md5 2", ("intent",), "the phrases")
    text = Place("criteria/loan.yaml", 9, "criteria/loan.yaml changed", ("loan",), card=True)
    found = annotate(verdict, [data, text, PARAM])
    assert [(one.path, one.line) for one in found] == [("criteria/loan.yaml", 9), ("data.dvc", 2)]
    assert annotate(verdict, [dataclasses.replace(data, table="the phrase")]) == ()


def test_no_more_are_made_than_github_shows() -> None:
    places = [dataclasses.replace(PARAM, line=line) for line in range(1, 40)]
    assert len(annotate(verdicts.blocked(), places)) == MOST


@settings(max_examples=tries(30, 100), deadline=None)
@given(anything, anything, anything)
def test_nobody_s_words_end_a_command_or_start_another(path: str, title: str, message: str) -> None:
    one = Annotation(path or "x", 1, Level.ERROR, title, message)
    text = commands([one])
    assert text.count("\n") == 1
    assert "\r" not in text
    assert runner_reads(text.removesuffix("\n")) == (
        "error", {"file": path or "x", "line": "1", "title": title}, message
    )  # fmt: skip


def test_hostile_changes_are_marked_inertly_and_hostile_paths_not_at_all() -> None:
    verdict = verdicts.blocked()
    for text in verdicts.HOSTILE:
        for one in annotate(verdict, [Place(text or "x", 1, text, ("intent",))]):
            assert one.path.isprintable()
            assert one.message.isprintable()
            assert len(one.message) <= 600
    assert annotate(verdict, [Place("a\x1b[2Jb", 1, "x", ("intent",))]) == ()


def test_a_check_run_takes_them_as_they_are() -> None:
    schemas = json.loads((Path(__file__).parents[1] / "workflows" / "github_schemas.json").read_text("utf-8"))
    taken = schemas["bodies"]["POST /repos/{owner}/{repo}/check-runs"]["properties"]["output"]["properties"]
    found = json.loads(for_check(annotate(verdicts.blocked(), [PARAM])))
    assert found[0]["annotation_level"] == "failure"
    Draft202012Validator(taken["annotations"]).validate(found)
