"""An owner's acceptance reaches what a person may accept, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mergegate.facts import Absent, Decision, Discordant, Verdict
from mergegate.facts.waiver import Acceptance
from mergegate.judge.rules import RULES
from mergegate.judge.verdict import decide
from mergegate.judge.waive import WAIVABLE
from tests.judge.factory import comparison, exam, only, policy, quiz, reevaluated

HEAD = "d" * 40
WORSE = comparison(Discordant(gained=0, lost=80, n=1000), after=0.82)
SAME = comparison(Discordant(gained=0, lost=0, n=1000))


def acceptance(**changes: Any) -> Acceptance:
    usual = {
        "schema_version": 1, "head": HEAD, "asked": True, "author": "mallory", "by": "olga", "role": "maintain",
        "reason": "worth it until May", "at": "2026-11-22T05:00:00Z", "where": "https://example.org/7",
    }  # fmt: skip
    return Acceptance.model_validate(usual | changes)


def judged(*comparisons: Any, accepted: Acceptance | None = None, **facts: Any) -> Verdict:
    return decide(dataclasses.replace(exam(*comparisons, **facts), acceptance=accepted or acceptance()))


def test_an_accepted_regression_merges_and_stays_what_it_is() -> None:
    found = judged(WORSE)
    drop = only(found, "MG301")
    assert found.decision is Decision.MERGE
    assert (str(drop.state), drop.blocks, drop.waived) == ("regressed", False, True)
    assert found.waiver is not None
    assert (found.waiver.by, found.waiver.covers) == ("olga", ("MG301 m accuracy",))
    assert "olga (maintain) accepts commit dddddddddddd: worth it until May" in only(found, "MG905").said
    assert found.to_accept == ""


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"absent": (Absent("h.csv", "gone", side="base"),)}, "MG001"),
        ({"absent": (Absent("h.csv", "not written", side="head"),)}, "MG002"),
        ({"quiz": quiz(("on", "on", "off", True))}, "MG401"),
        ({"reevaluation": reevaluated(3)}, "MG902"),
    ],
)
def test_what_nobody_may_accept_still_blocks_beside_what_was_accepted(facts: dict[str, Any], rule: str) -> None:
    found = judged(WORSE, **facts)
    assert found.decision is Decision.BLOCK
    assert [one.rule for one in found.findings if one.blocks] == [rule]
    assert only(found, "MG301").waived
    assert found.to_accept == "", "writing another comment would not help"


def test_a_changed_policy_stays_unsure_whoever_accepts() -> None:
    found = judged(WORSE, policy_changed=True)
    assert found.decision is Decision.UNSURE
    assert not only(found, "MG901").waived


def test_only_rules_that_measured_something_worse_may_be_accepted() -> None:
    """Written out, so that nothing becomes acceptable by the way."""
    assert {
        "MG201", "MG207", "MG208", "MG209", "MG301", "MG302", "MG304", "MG305", "MG402", "MG501",
        "MG601", "MG701", "MG702", "MG705", "MG706", "MG709", "MG711", "MG712", "MG801", "MG904",
    } == WAIVABLE  # fmt: skip
    assert {rule.code for rule in RULES} >= WAIVABLE


@pytest.mark.parametrize(
    ("asked", "waiver", "said"),
    [
        ({"missing": "olga gave no reason", "by": "", "reason": ""}, {}, "olga gave no reason"),
        ({"role": "write"}, {}, "has the role `write` here, and the policy asks for `maintain`"),
        ({"role": "read"}, {"role": "write"}, "has the role `read` here"),
        ({"role": "maintain"}, {"role": "admin"}, "asks for `admin`"),
        ({"author": "Olga"}, {}, "opened this pull request"),
        ({}, None, "lets nobody accept anything"),
    ],
)
def test_an_acceptance_that_lacks_something_accepts_nothing_and_says_what(
    asked: dict[str, str], waiver: dict[str, Any] | None, said: str
) -> None:
    found = judged(WORSE, accepted=acceptance(**asked), policy_=policy_with(waiver))
    assert (found.decision, found.waiver) == (Decision.BLOCK, None)
    assert said in only(found, "MG905").said
    assert not any(one.waived for one in found.findings)


@pytest.mark.parametrize(
    ("asked", "waiver"), [({"role": "write"}, {"role": "write"}), ({"author": "olga"}, {"by_author": True})]
)
def test_the_policy_may_let_others_accept(asked: dict[str, str], waiver: dict[str, Any]) -> None:
    assert judged(WORSE, accepted=acceptance(**asked), policy_=policy_with(waiver)).decision is Decision.MERGE


def policy_with(waiver: dict[str, Any] | None) -> Any:
    tree = policy().model_dump(mode="json", by_alias=True)
    return type(policy()).model_validate(tree | {"waiver": waiver})


def test_nobody_asked_says_nothing_but_how_to_ask() -> None:
    found = judged(WORSE, accepted=Acceptance(schema_version=1, head=HEAD))
    assert found.to_accept == HEAD
    assert not [one for one in found.findings if one.rule == "MG905"]
    assert judged(SAME, accepted=Acceptance(schema_version=1, head=HEAD)).to_accept == ""
    assert judged(WORSE, accepted=Acceptance(schema_version=1, head=HEAD), policy_=policy_with(None)).to_accept == ""


def test_a_label_where_nothing_got_worse_covers_nothing() -> None:
    found = judged(SAME)
    assert found.decision is Decision.MERGE
    assert found.waiver is not None
    assert found.waiver.covers == ()
