"""Comparisons and policy become findings, findings a verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mergegate.facts import (
    Absent,
    Comparison,
    Decision,
    Direction,
    Discordant,
    Family,
    Slice,
    State,
    Studentised,
)
from mergegate.facts.exam import Exam, ModelExam, Reevaluation
from mergegate.judge.levels import comparison_alpha, quiz_comparison, share_alpha, target_level
from mergegate.judge.rules import RULES
from mergegate.judge.state import state_of
from mergegate.judge.verdict import decide
from tests.judge.factory import comparison, exam, joint, only, policy, quiz, reevaluated, target, verdict

SAME = Discordant(gained=10, lost=10, n=10_000)
LOST = Discordant(gained=10, lost=400, n=10_000)
GAINED = Discordant(gained=400, lost=10, n=10_000)
FEW = Discordant(gained=3, lost=4, n=40)


def test_a_proven_drop_blocks() -> None:
    found = verdict(comparison(LOST, before=0.9, after=0.861))
    finding = only(found, "MG301")
    assert found.decision is Decision.BLOCK
    assert (finding.state, finding.blocks) == (State.REGRESSED, True)
    assert finding.change is not None
    assert finding.change.high < -0.01
    assert "worse by more than the accepted 0.01" in finding.said
    assert finding.do


def test_nothing_moved_is_held_and_merges() -> None:
    found = verdict(comparison(SAME))
    assert found.decision is Decision.MERGE
    assert only(found, "MG301").state is State.HELD


def test_a_proven_gain_is_improved() -> None:
    found = verdict(comparison(GAINED, after=0.939))
    assert found.decision is Decision.MERGE
    assert only(found, "MG301").state is State.IMPROVED


def test_too_few_rows_are_unsure_and_say_how_many_are_needed() -> None:
    found = verdict(comparison(FEW))
    finding = only(found, "MG301")
    assert found.decision is Decision.UNSURE
    assert finding.state is State.CANNOT_TELL
    assert finding.mde is not None
    assert finding.mde > 0.05
    assert "would need about" in finding.do


def test_enough_rows_in_between_cannot_tell_and_merge() -> None:
    """The rows would have shown the drop that the policy wants to see, so the answer is no reason to stop."""
    found = verdict(comparison(Discordant(gained=480, lost=540, n=10_000)), policy_=policy(must_detect=0.03))
    assert only(found, "MG301").state is State.CANNOT_TELL
    assert found.decision is Decision.MERGE


def test_a_broken_slice_blocks_although_the_whole_improved() -> None:
    sliced = comparison(Discordant(gained=2, lost=80, n=500), at=Slice("language", "nl"))
    found = verdict(comparison(GAINED), sliced)
    assert only(found, "MG301").state is State.IMPROVED
    assert only(found, "MG302").state is State.REGRESSED
    assert found.decision is Decision.BLOCK


def test_a_small_slice_alone_never_makes_a_verdict_unsure() -> None:
    assert verdict(comparison(SAME), comparison(FEW, at=Slice("language", "nl"))).decision is Decision.MERGE


def test_identical_predictions_are_held_and_cost_no_alpha() -> None:
    found = verdict(comparison(Discordant(0, 0, 30)), identical=True)
    finding = only(found, "MG301")
    assert finding.state is State.HELD
    assert "same as base's" in finding.said
    assert found.decision is Decision.MERGE


def test_a_lower_is_better_metric_is_told_in_its_own_direction() -> None:
    worse = replace(
        comparison(Studentised(gain=-0.2, se=0.01, df=500), before=0.5, after=0.7), metric="log_loss",
        direction=type(comparison(SAME).direction).LOWER,
    )  # fmt: skip
    finding = only(verdict(worse), "MG301")
    assert finding.state is State.REGRESSED
    assert finding.change is not None
    assert finding.change.value == pytest.approx(0.2)
    assert 0.01 < finding.change.low < 0.2 < finding.change.high


def test_one_failed_must_pass_question_blocks() -> None:
    found = verdict(comparison(SAME), quiz=quiz(("on", "on", "off", True), ("off", "off", "off", True)))
    finding = only(found, "MG401")
    assert found.decision is Decision.BLOCK
    assert finding.said == "1 of 2 must-pass questions are answered wrongly"
    assert finding.examples[1] == ("q0", "say 0", "on", "on", "off")


def test_a_must_pass_question_that_head_leaves_out_has_failed() -> None:
    assert verdict(quiz=quiz(("on", "on", None, True))).decision is Decision.BLOCK


def test_one_newly_failed_question_of_many_is_shown_and_merges() -> None:
    answers = [("a", "a", "a", False)] * 79 + [("a", "a", "b", False)]
    found = verdict(comparison(SAME), quiz=quiz(*answers))
    finding = only(found, "MG402")
    assert found.decision is Decision.MERGE
    assert finding.state is State.CANNOT_TELL
    assert len(finding.examples) == 2


def test_many_newly_failed_questions_block() -> None:
    answers = [("a", "a", "a", False)] * 60 + [("a", "a", "b", False)] * 20
    assert only(verdict(quiz=quiz(*answers)), "MG402").blocks


def test_the_count_of_newly_failed_questions_decides_where_the_policy_says_so() -> None:
    answers = [("a", "a", "a", False)] * 79 + [("a", "a", "b", False)]
    strict = policy(quiz={"table": "q.csv", "max_newly_failed": 0})
    lax = policy(quiz={"table": "q.csv", "max_newly_failed": 30})
    assert verdict(quiz=quiz(*answers), policy_=strict).decision is Decision.BLOCK
    many = [("a", "a", "a", False)] * 60 + [("a", "a", "b", False)] * 20
    assert verdict(comparison(SAME), quiz=quiz(*many), policy_=lax).decision is Decision.MERGE


@pytest.mark.parametrize(
    ("check", "state", "decision"),
    [
        (target(0.75, 0.72, 0.78), State.REGRESSED, Decision.BLOCK),
        (target(0.79, 0.77, 0.81), State.CANNOT_TELL, Decision.MERGE),
        (target(0.83, 0.81, 0.85), State.HELD, Decision.MERGE),
        (target(0.83, 0.81, 0.84, floor=None), State.REGRESSED, Decision.BLOCK),
    ],
)
def test_a_target_is_missed_only_when_its_bound_is(check: object, state: State, decision: Decision) -> None:
    found = verdict(comparison(SAME), target=check)
    assert (only(found, "MG501").state, found.decision) == (state, decision)


def test_a_target_above_the_floor_tells_the_schedule() -> None:
    said = only(verdict(target=target(0.83, 0.81, 0.85)), "MG501").said
    assert "the mark for 2026-12-01 is 0.8500 (0.0200 short, informs only)" in said


def test_evidence_that_base_lost_blocks_and_that_it_never_had_does_not() -> None:
    gone = Absent("h.csv", "the remote has no such object", "run main", side="base", model="m")
    assert verdict(absent=(gone,)).decision is Decision.BLOCK
    never = replace(gone, bootstrap=True)
    found = verdict(absent=(never,))
    assert found.decision is Decision.MERGE
    assert found.bootstrap
    assert only(found, "MG001").state is State.ABSENT


def test_evidence_that_head_lacks_blocks() -> None:
    missing = Absent("h.csv", "no stage writes it", side="head", model="m")
    assert verdict(absent=(missing,)).decision is Decision.BLOCK


def test_a_changed_policy_is_told_and_needs_an_owner() -> None:
    found = verdict(comparison(SAME), policy_changed=True)
    assert found.decision is Decision.UNSURE
    assert only(found, "MG901").do


def test_predictions_that_are_not_the_models_block() -> None:
    assert verdict(comparison(SAME), reevaluation=reevaluated(3)).decision is Decision.BLOCK
    assert verdict(comparison(SAME), reevaluation=reevaluated(0)).decision is Decision.MERGE


def test_a_model_that_was_not_run_again_is_told() -> None:
    told = Reevaluation("h.csv", done=False, why_not="the pull request changes src/intent/features.py")
    found = verdict(comparison(SAME), reevaluation=told)
    assert "features.py" in only(found, "MG903").said


def test_relabelled_and_lost_rows_are_findings_of_their_own() -> None:
    found = verdict(comparison(SAME), joint_=joint(relabelled=2, only_base=5, only_head=1))
    assert "2 holdout rows" in only(found, "MG202").said
    assert "5 rows of base's holdout" in only(found, "MG201").said
    assert found.decision is Decision.UNSURE


def test_targets_and_comparisons_share_alpha() -> None:
    both = policy(target={"from": 0.8})
    assert comparison_alpha(both) + target_level(both) == pytest.approx(both.alpha)
    assert comparison_alpha(policy()) == policy().alpha


def test_levels_of_independent_checks_never_exceed_alpha_in_sum_before_a_rejection() -> None:
    slices = [comparison(SAME, at=Slice("l", str(number))) for number in range(20)]
    levels = [item.level for item in share_alpha(exam(comparison(SAME), *slices))]
    assert sum(levels) <= 0.05 + 1e-9
    assert levels[0] > 4 * max(levels[1:])


def test_a_model_of_which_no_metric_has_a_value_never_merges() -> None:
    assert only(verdict(), "MG002").blocks


def test_the_same_exam_gets_the_same_verdict() -> None:
    assert verdict(comparison(LOST), comparison(FEW)) == verdict(comparison(LOST), comparison(FEW))


@given(
    gained=st.integers(0, 300), lost=st.integers(0, 300), rest=st.integers(0, 5_000),
    margin=st.sampled_from([0.0, 0.005, 0.05]), alpha=st.floats(0.001, 0.5),
)  # fmt: skip
def test_state_and_interval_never_contradict_each_other(
    gained: int, lost: int, rest: int, margin: float, alpha: float
) -> None:
    n = gained + lost + rest
    if n == 0:
        return
    found = verdict(comparison(Discordant(gained, lost, n), margin=margin), policy_=policy(alpha=alpha))
    finding = only(found, "MG301")
    assert finding.change is not None
    low, high = finding.change.low, finding.change.high
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert finding.state is state_of(low, high, margin)
    assert (finding.state is State.REGRESSED) == (high < -margin) == finding.blocks


def test_every_rule_has_a_code_a_title_and_a_page_of_what_why_and_how() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes)
    for rule in RULES:
        page = type(rule).__doc__ or ""
        assert all(word in page for word in ("**What.**", "**Why.**", "**How to fix.**")), rule.code
        assert rule.title


@pytest.mark.parametrize(
    ("low", "high", "margin", "state"),
    [
        (-0.05, -0.02, 0.01, State.REGRESSED),
        (-0.05, -0.01, 0.01, State.CANNOT_TELL),
        (-0.05, 0.0, 0.01, State.CANNOT_TELL),
        (-0.01, 0.02, 0.01, State.CANNOT_TELL),
        (-0.01, -0.01, 0.01, State.CANNOT_TELL),
        (-0.009, 0.02, 0.01, State.HELD),
        (0.0, 0.02, 0.01, State.HELD),
        (0.0, 0.02, 0.0, State.CANNOT_TELL),
        (0.0, 0.0, 0.0, State.HELD),
        (1.0, 1.0, 0.0, State.IMPROVED),
        (1e-9, 0.02, 0.0, State.IMPROVED),
    ],
)
def test_a_state_is_what_the_interval_excludes(low: float, high: float, margin: float, state: State) -> None:
    """A bound that lies on the margin, or on 0, excludes neither."""
    assert state_of(low, high, margin) is state


def test_a_verdict_holds_what_it_was_made_of() -> None:
    gone = Absent("h.csv", "the remote has no such object", side="base", model="m")
    asked = policy(alpha=0.07, unsure="block")
    one = replace(exam(comparison(SAME), policy_=asked, absent=(gone,), policy_changed=True), attempt=3)
    found = decide(one)
    assert (found.base, found.head, found.absent, found.policy_digest) == (one.base, one.head, (gone,), "c" * 64)
    assert (found.policy_changed, found.bootstrap, found.unsure_passes) == (True, False, False)
    assert (found.alpha, found.attempt, found.question) == (0.07, 3, "this artefact")
    assert decide(exam(comparison(SAME))).unsure_passes
    assert not decide(exam(comparison(SAME))).policy_changed


def test_base_s_own_predictions_keep_the_number_of_their_groups() -> None:
    grouped = replace(comparison(Discordant(0, 0, 30)), groups=12)
    finding = only(verdict(grouped, identical=True), "MG301")
    assert finding.change is not None
    assert finding.change.groups == 12


def test_without_a_correlation_all_rows_weigh_as_much_as_the_slices_together() -> None:
    slices = [comparison(SAME, margin=0.0, at=Slice("l", name)) for name in "ab"]
    items = share_alpha(exam(comparison(SAME, margin=0.0), *slices))
    assert [item.level for item in items] == pytest.approx([0.48 * 0.05, 0.26 * 0.05, 0.26 * 0.05])
    assert [item.kind for item in items] == ["metric", "slice", "slice"]
    asked = share_alpha(exam(comparison(SAME), slices[0], quiz=quiz(*[("a", "a", "a", False)] * 80)))
    assert [item.kind for item in asked] == ["metric", "slice", "quiz"]
    assert [item.level for item in asked] == pytest.approx([0.24 * 0.05, 0.52 * 0.05, 0.24 * 0.05])


def test_slices_of_few_rows_that_differ_leave_a_part_of_alpha_to_others() -> None:
    small = [comparison(Discordant(5, 5, 250), margin=0.0, at=Slice("s", str(number))) for number in range(10)]
    one = exam(*small)
    family = replace(one.models["m"].family, correlation=np.eye(10))
    known = replace(one, models={"m": replace(one.models["m"], family=family)})
    levels = [item.level for item in share_alpha(known)]
    assert min(levels) > 1.05 * (1 - 0.95**0.1)
    assert levels == [item.level for item in share_alpha(known)]


def test_only_a_drop_larger_than_the_policys_is_too_large_to_miss() -> None:
    """Without spread the MDE is the largest possible drop, here half a point of half."""
    half = comparison(Studentised(-0.005, 0.0, 2.0, 0.5))
    assert only(verdict(half), "MG301").mde == 0.5
    assert only(verdict(half, policy_=policy(must_detect=0.49)), "MG301").unsure
    assert not only(verdict(half, policy_=policy(must_detect=0.5)), "MG301").unsure


@pytest.mark.parametrize(("limit", "unsure"), [(1.0, True), (2.0, False), (math.inf, False)])
def test_only_metrics_that_are_shares_are_held_to_the_drop_that_must_be_seen(limit: float, unsure: bool) -> None:
    """A point of a correlation or of an error in cents is not a point of accuracy."""
    finding = only(verdict(comparison(Studentised(-0.02, 0.1, 9.0, limit))), "MG301")
    assert (finding.state, finding.unsure, bool(finding.do)) == (State.CANNOT_TELL, unsure, unsure)


def test_rows_without_spread_want_new_groups() -> None:
    """Three groups that all lost alike: no number of rows like these tells more."""
    finding = only(verdict(comparison(Studentised(-0.005, 0.0, 2.0, 1.0))), "MG301")
    assert (finding.state, finding.unsure) == (State.CANNOT_TELL, True)
    assert finding.do == "add rows, in new groups, to the holdout"


def test_a_quiz_of_new_questions_alone_is_not_compared() -> None:
    new = quiz(("on", None, "off", False), ("on", None, "on", True))
    assert quiz_comparison(new) is None
    found = verdict(comparison(SAME), quiz=new)
    assert [one.rule for one in found.findings] == ["MG301", "MG401"]


def test_a_quiz_is_compared_over_the_questions_that_both_models_had() -> None:
    answers = quiz(("a", "a", "b", False), ("a", None, "a", False), ("b", "a", "b", False), ("b", "b", "b", False))
    found = quiz_comparison(answers)
    assert found == Comparison(
        "m", "quiz score", Slice(), Direction.HIGHER, 2 / 3, 2 / 3, 3, None, Discordant(1, 1, 3), "mid-p McNemar", 0.0
    )


def related(model: str, correlation: NDArray[np.float64] | None, **parts: Any) -> ModelExam:
    """A model with three metrics that are correlated so."""
    ones = tuple(replace(comparison(SAME), model=model, metric=name) for name in ("x", "y", "z"))
    return ModelExam(model, Family(ones, correlation), joint(), **parts)


def of_models(*models: ModelExam) -> Exam:
    one = exam(comparison(SAME))
    asked = one.policy.model_copy(update={"models": {model.name: one.policy.models["m"] for model in models}})
    return replace(one, policy=asked, models={model.name: model for model in models})


def levels(*models: ModelExam) -> list[float]:
    return [item.level for item in share_alpha(of_models(*models))]


def test_metrics_that_move_as_one_share_one_level_and_models_are_independent() -> None:
    """Sidak's level for two models of three metrics each that are one and the same; Holm's where nothing is known."""
    alike, apart = np.ones((3, 3)), np.eye(3)
    assert levels(related("m", alike)) == pytest.approx([0.05] * 3, rel=0.01)
    assert levels(related("m", apart)) == pytest.approx([1 - 0.95 ** (1 / 3)] * 3, rel=0.01)
    two = levels(related("a", alike), related("b", alike))
    assert two == pytest.approx([1 - 0.95 ** (1 / 2)] * 6, rel=0.01)
    assert levels(related("a", alike), related("b", None)) == pytest.approx([0.05 / 6] * 6)


def test_identical_predictions_leave_alpha_to_the_other_model() -> None:
    same, other = related("a", None, identical=True), related("b", np.ones((3, 3)))
    assert levels(same, other) == pytest.approx([0.0] * 3 + [0.05] * 3, rel=0.01)
    assert levels(same) == [0.0] * 3


def test_a_model_without_a_metric_leaves_the_others_correlation_known() -> None:
    bare = ModelExam("a", Family(()), joint())
    assert levels(bare, related("b", np.ones((3, 3)))) == pytest.approx([0.05] * 3, rel=0.01)


def test_targets_share_a_tenth_of_alpha() -> None:
    asked = policy(target={"from": 0.8})
    one = asked.models["m"]
    three = asked.model_copy(update={"models": {"a": one, "b": one, "c": policy().models["m"]}})
    assert target_level(asked) == pytest.approx(0.005)
    assert target_level(three) == pytest.approx(0.0025)
    assert comparison_alpha(three) == pytest.approx(0.045)


@pytest.mark.parametrize(("rows", "shown", "full"), [(3, 4, 0), (20, 21, 0), (50, 21, 51)])
def test_a_metric_shows_twenty_new_mistakes_and_has_all_of_them_for_the_page(rows: int, shown: int, full: int) -> None:
    table = (("id", "label"), *((f"r{number}", "a") for number in range(rows)))
    found = only(verdict(comparison(Discordant(10, 20, 1000)), joint_=replace(joint(), examples=table)), "MG301")
    assert found.examples == table[:shown]
    assert len(found.full) == full
