"""verdict.json keeps its contract whatever the verdict holds."""

from __future__ import annotations

import dataclasses
import json
import math
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion
from tests.report import verdicts

from mergegate.facts import Estimate
from mergegate.report.jsonfile import to_json

SCHEMA = json.loads(resources.files("mergegate.report").joinpath("verdict.schema.json").read_text(encoding="utf-8"))


def strictly(text: str) -> dict[str, Any]:
    """Parse as a strict reader does: NaN and Infinity are no JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return dict(json.loads(text, parse_constant=refuse))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("scene", verdicts.SCENES)
def test_every_verdict_is_strict_json_and_fits_the_schema(scene: str) -> None:
    text = to_json(verdicts.ALL[scene]())
    Draft202012Validator(SCHEMA).validate(strictly(text))
    assert text.isascii()


def test_the_schema_refuses_what_is_not_in_the_contract() -> None:
    document = strictly(to_json(verdicts.blocked()))
    for broken in (
        document | {"surprise": 1},
        document | {"decision": "pass"},
        {key: value for key, value in document.items() if key != "findings"},
        document | {"findings": [document["findings"][0] | {"state": "fine"}]},
    ):
        assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_the_whole_file(snapshot: SnapshotAssertion) -> None:
    assert to_json(verdicts.unsure()) == snapshot


def test_the_order_of_the_findings_does_not_matter() -> None:
    verdict = verdicts.blocked()
    turned = dataclasses.replace(verdict, findings=verdict.findings[::-1])
    assert to_json(turned) == to_json(verdict)


def test_numbers_are_kept_to_the_last_digit() -> None:
    found = [f for f in strictly(to_json(verdicts.blocked()))["findings"] if f["subject"] == "f1_macro"]
    assert found[0]["change"] == {
        "value": -0.0389, "low": -0.0497, "high": -0.0281, "n": 7512, "groups": 401, "confidence": 0.95,
        "method": "count bootstrap",
    }  # fmt: skip


def test_what_is_not_finite_is_null() -> None:
    open_ended = verdicts.finding(before=math.nan, after=math.inf, change=Estimate(0.1, -math.inf, 0.2, 5, "m"))
    found = strictly(to_json(dataclasses.replace(verdicts.merged(), findings=(open_ended,))))["findings"][0]
    assert (found["before"], found["after"], found["change"]["low"]) == (None, None, None)
    assert found["change"]["high"] == 0.2
