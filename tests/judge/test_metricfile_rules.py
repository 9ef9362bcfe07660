"""Numbers of metrics files: which way is worse, by how much, and what a number that is gone means."""

from __future__ import annotations

import pytest

from mergegate.facts import Decision, Finding, Policy, Revision, State, Verdict
from mergegate.facts.exam import Exam
from mergegate.facts.metricfile import MetricFilePolicy, MetricMove, Reading
from mergegate.judge.verdict import decide

ASKED = {"file": "m.json", "key": "acc", "better": "higher", "tolerance": 0.01}


def judged(before: Reading, after: Reading, *, stage: str = "evaluate", **asked: object) -> Verdict:
    policy = Policy.model_validate({"version": 1, "metrics": [ASKED | asked]})
    move = MetricMove(policy.metrics[0], before, after, stage)
    revision = Revision("main", "0" * 40)
    return decide(Exam(policy, revision, revision, metrics=(move,)))


def one(verdict: Verdict) -> Finding:
    [found] = [finding for finding in verdict.findings if finding.rule.startswith("MG8")]
    return found


@pytest.mark.parametrize(
    ("before", "after", "better", "state"),
    [
        (0.90, 0.88, "higher", State.REGRESSED),
        (0.80, 0.79, "higher", State.HELD),  # 0.8 - 0.79 is 0.010000000000000009
        (0.90, 0.91, "higher", State.IMPROVED),
        (0.90, 0.90, "higher", State.HELD),
        (0.30, 0.32, "lower", State.REGRESSED),
        (0.30, 0.31, "lower", State.HELD),
        (0.30, 0.29, "lower", State.IMPROVED),
        (0.0, 0.0, "lower", State.HELD),
        (-1e300, 1e300, "lower", State.REGRESSED),
    ],
)
def test_a_number_regresses_only_beyond_its_tolerance_in_the_worse_direction(
    before: float, after: float, better: str, state: State
) -> None:
    verdict = judged(Reading(before), Reading(after), better=better)
    found = one(verdict)
    assert (found.rule, found.state, found.better) == ("MG801", state, better)
    assert found.blocks == (state is State.REGRESSED) == (verdict.decision is Decision.BLOCK)
    assert (found.before, found.after, found.margin, found.change) == (before, after, 0.01, None)
    assert bool(found.do) == found.blocks


def test_a_number_is_told_with_what_it_was_and_what_is_accepted() -> None:
    assert one(judged(Reading(0.9), Reading(0.85))).said == (
        "acc of m.json went from 0.9 to 0.85: 0.05 worse, and the tolerance is 0.01"
    )
    assert one(judged(Reading(0.9), Reading(0.9))).said == "acc of m.json is 0.9, as on base"
    assert one(judged(Reading(0.9), Reading(0.895))).said == (
        "acc of m.json went from 0.9 to 0.895: within the tolerance of 0.01"
    )
    assert one(judged(Reading(0.9), Reading(0.95), stage="")).said == (
        "acc of m.json went from 0.9 to 0.95: better; no stage writes the file, so it says what somebody committed"
    )
    assert judged(Reading(0.9), Reading(0.9)).question == "numbers in metrics files"


def test_a_number_that_is_gone_blocks_and_one_that_base_lacks_does_not() -> None:
    gone, new = Reading(None, "m.json has no acc"), Reading(0.9)
    lost = judged(new, gone)
    assert lost.decision is Decision.BLOCK
    assert (one(lost).rule, one(lost).state, one(lost).blocks) == ("MG802", State.ABSENT, True)
    assert one(lost).said == "m.json has no acc; on base it was 0.9"
    assert one(lost).do
    came = judged(gone, new)
    assert came.decision is Decision.MERGE
    assert one(came).said == "it is 0.9 now; base had none (m.json has no acc)"
    never = judged(gone, gone)
    assert never.decision is Decision.MERGE
    assert one(never).said == "m.json has no acc; base had none either"
    assert not one(never).do


def test_a_number_can_be_named_once_and_nothing_at_all_is_no_policy() -> None:
    with pytest.raises(ValueError, match="stands twice in `metrics`"):
        Policy.model_validate({"version": 1, "metrics": [ASKED, ASKED]})
    with pytest.raises(ValueError, match="nothing to judge"):
        Policy.model_validate({"version": 1})
    assert MetricFilePolicy.model_validate(ASKED).name == "acc of m.json"
