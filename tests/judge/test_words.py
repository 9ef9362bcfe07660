"""What each rule tells a reader, to the letter: a finding is all that a pull request's author gets to see."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from mergegate.facts import Absent, Direction, Discordant, Estimate, Family, Finding, Joint, Slice, State, Studentised
from mergegate.facts.exam import Exam, ModelExam, Reevaluation
from mergegate.facts.history import Reuse
from mergegate.facts.target import TargetCheck
from mergegate.judge.verdict import decide
from tests.judge.factory import DAY, comparison, exam, joint, policy, quiz, target

SAME = comparison(Discordant(10, 10, 10_000))


def told(found: Exam, rule: str) -> list[Finding]:
    """All findings of one rule on an exam."""
    return [finding for finding in decide(found).findings if finding.rule == rule]


def facts(finding: Finding) -> dict[str, Any]:
    """A finding without its numbers and without what has its default."""
    plain = ("model", "subject", "state", "said", "do", "blocks", "unsure", "examples")
    nothing = Finding("", "", "", State.HELD, "")
    return {
        name: getattr(finding, name)
        for name in plain
        if name in {"model", "subject", "state", "said"} or getattr(finding, name) != getattr(nothing, name)
    }


def two_models(joint_: Joint | None = None, **of_each: Any) -> Exam:
    """An exam of the models `b` and `a`, in this order, which have all facts in common."""
    one = exam(SAME)
    names = ("b", "a")
    models = {name: ModelExam(name, Family(()), joint_ or joint(), **of_each) for name in names}
    asked = one.policy.model_copy(update={"models": dict.fromkeys(names, one.policy.models["m"])})
    return replace(one, models=models, policy=asked)


def test_evidence_that_base_lacks() -> None:
    lost = Absent("h.csv", "the remote has no such object", "run main", side="base", model="m")
    never = replace(lost, what="q.csv", do="", bootstrap=True)
    elsewhere = replace(lost, side="")
    found = told(exam(SAME, absent=(lost, never, elsewhere)), "MG001")
    assert [facts(one) for one in found] == [
        {
            "model": "m",
            "subject": "h.csv",
            "state": State.ABSENT,
            "said": "the remote has no such object",
            "do": "run main",
            "blocks": True,
        },
        {"model": "m", "subject": "q.csv", "state": State.ABSENT, "said": "the remote has no such object"},
    ]


def test_evidence_that_head_lacks() -> None:
    gone = Absent("h.csv", "the stage writes it no more", "write it", side="head", model="m")
    found = told(exam(absent=(gone, replace(gone, side="base"))), "MG002")
    assert [facts(one) for one in found] == [
        {
            "model": "m",
            "subject": "h.csv",
            "state": State.ABSENT,
            "said": "the stage writes it no more",
            "do": "write it",
            "blocks": True,
        },
    ]


def test_a_model_without_a_value_over_all_rows() -> None:
    sliced = comparison(Discordant(1, 1, 99), at=Slice("language", "nl"))
    informs = Absent("noise", "was not measured", model="m")
    [found] = told(exam(sliced, absent=(informs,)), "MG002")
    assert facts(found) == {
        "model": "m",
        "subject": "metrics",
        "state": State.ABSENT,
        "said": "no metric of the policy has a value on the holdout",
        "do": "look at the labels and predictions of the holdout",
        "blocks": True,
    }
    assert told(exam(SAME), "MG002") == []
    assert [one.model for one in told(two_models(), "MG002")] == ["a", "b"]


def test_what_waits_for_the_scheduled_training() -> None:
    waits = Absent("h.csv", "training is scheduled", "wait", model="m", scheduled=True)
    [found] = told(exam(SAME, absent=(waits, replace(waits, scheduled=False))), "MG003")
    assert facts(found) == {
        "model": "m",
        "subject": "h.csv",
        "state": State.ABSENT,
        "said": "training is scheduled",
        "do": "wait",
    }


@pytest.mark.parametrize(("went", "came"), [(1234, 0), (0, 5), (3, 4)])
def test_rows_that_came_or_went(went: int, came: int) -> None:
    [found] = told(exam(SAME, joint_=joint(567_890, only_base=went, only_head=came)), "MG201")
    assert facts(found) == {
        "model": "m",
        "subject": "holdout",
        "state": State.CANNOT_TELL,
        "said": f"{went:,} rows of base's holdout were not answered and {came:,} are new; "
        "the 567,890 rows that both answered are compared",
        "do": "see that the owner of the data knows why rows came or went",
    }
    assert told(exam(SAME), "MG201") == []


def test_too_few_of_bases_rows_block() -> None:
    [enough] = told(exam(SAME, joint_=joint(99, only_base=1)), "MG201")
    assert (enough.state, enough.blocks) == (State.CANNOT_TELL, False)
    [found] = told(exam(SAME, joint_=joint(98, only_base=2)), "MG201")
    assert facts(found) == {
        "model": "m",
        "subject": "holdout",
        "state": State.REGRESSED,
        "said": "2 rows of base's holdout were not answered and 0 are new; "
        "the 98 rows that both answered are compared (98.0% of base's, and the policy asks for 99.0%)",
        "do": "answer the rows of base's holdout, or have an owner of the data accept that they went",
        "blocks": True,
    }


def test_rows_that_were_relabelled() -> None:
    [found] = told(exam(SAME, joint_=joint(relabelled=1)), "MG202")
    assert facts(found) == {
        "model": "m",
        "subject": "holdout",
        "state": State.CANNOT_TELL,
        "said": "1 holdout rows have another label than on base",
        "do": "mend labels in a pull request of their own, approved by an owner of the data",
        "unsure": True,
    }
    assert told(exam(SAME), "MG202") == []


def test_a_holdout_that_was_used() -> None:
    [fresh] = told(exam(SAME, reuse=Reuse(1, 11, 1.1)), "MG203")
    assert facts(fresh) == {
        "model": "m",
        "subject": "holdout reuse",
        "state": State.HELD,
        "said": "this holdout has decided 1 merge, so that what it promises is 1.1 times as wide as on the first day; "
        "renew it after 11",
    }
    [due] = told(exam(SAME, reuse=Reuse(11, 11, 2.0)), "MG203")
    assert facts(due) == {
        "model": "m",
        "subject": "holdout reuse",
        "state": State.CANNOT_TELL,
        "said": "this holdout has decided 11 merges, so that what it promises is 2.0 times as wide as on the first "
        "day; renew it after 11",
        "do": "renew the holdout in a pull request of its own: new rows, or another split",
    }


def test_of_two_models_the_one_without_a_history_is_passed_over() -> None:
    both = two_models(reuse=Reuse(2, 11, 1.2))
    one = replace(both, models={**both.models, "a": replace(both.models["a"], reuse=None)})
    assert [found.model for found in told(one, "MG203")] == ["b"]
    assert [found.model for found in told(both, "MG203")] == ["a", "b"]


@pytest.mark.parametrize(
    ("basis", "after", "said", "do"),
    [
        (
            Discordant(10, 400, 10_000),
            0.861,
            "accuracy went from 0.9000 to 0.8610: worse by more than the accepted 0.01",
            "look at the rows that were right before and are wrong now",
        ),
        (Discordant(400, 10, 10_000), 0.939, "accuracy went from 0.9000 to 0.9390: better", ""),
        (Discordant(10, 10, 10_000), 0.9, "accuracy went from 0.9000 to 0.9000: within the accepted 0.01", ""),
        (
            Discordant(30, 40, 400),
            0.875,
            (
                "accuracy went from 0.9000 to 0.8750: these 400 rows cannot tell whether that "
                "is chance; a drop of 0.0521 would be seen in 4 of 5 such tests"
            ),
            "a drop of 0.05 would need about 435 rows like these; there are 400",
        ),
    ],
)
def test_a_metric(basis: Discordant, after: float, said: str, do: str) -> None:
    [found] = told(exam(comparison(basis, after=after)), "MG301")
    assert (found.model, found.subject, found.slice, found.said, found.do) == ("m", "accuracy", None, said, do)
    assert (found.before, found.after, found.margin, found.better) == (0.9, after, 0.01, "higher")


def test_a_metric_of_base_s_own_predictions() -> None:
    [found] = told(exam(comparison(Discordant(0, 0, 30)), identical=True), "MG301")
    assert found.said == "accuracy is 0.9000: the predictions are the same as base's"
    assert found.change == Estimate(0.0, 0.0, 0.0, 30, "identical predictions", 1.0, None)
    assert (found.mde, found.unsure, found.do) == (None, False, "")


def test_a_slice() -> None:
    where = Slice("language", "nl")
    [found] = told(exam(SAME, comparison(Discordant(2, 80, 500), after=0.744, at=where)), "MG302")
    assert found.said == "accuracy on language=nl went from 0.9000 to 0.7440: worse by more than the accepted 0.01"
    assert found.do == "look at the rows with language=nl that were right before and are wrong now"
    assert (found.slice, found.blocks, found.unsure) == (where, True, False)


def test_what_a_reader_must_know_of_the_method() -> None:
    few = replace(comparison(Studentised(0.0, 0.001, 9.0, 1.0)), caution="only 9 groups")
    [found] = told(exam(few), "MG301")
    assert found.said == "accuracy went from 0.9000 to 0.9000: within the accepted 0.01 (only 9 groups)"


def test_a_loss_is_told_in_its_own_direction() -> None:
    basis = Studentised(gain=-0.2, se=0.01, df=500)
    worse = replace(comparison(basis, before=0.5, after=0.7), metric="log_loss", direction=Direction.LOWER, groups=12)
    [found] = told(exam(worse), "MG301")
    assert (found.better, found.change is not None) == ("lower", True)
    assert found.change is not None
    assert (found.change.n, found.change.method, found.change.groups) == (1000, "Tango", 12)
    assert found.change.confidence == pytest.approx(0.9)
    assert (found.change.value, found.change.low, found.change.high) == pytest.approx((0.2, 0.18352, 0.21648), abs=1e-5)


def test_only_the_first_metric_shows_the_examples() -> None:
    rows = (("id", "text"), ("1", "on"))
    second = replace(SAME, metric="f1_macro")
    found = told(exam(SAME, second, joint_=joint(examples=rows)), "MG301")
    assert [(one.subject, one.examples) for one in found] == [("accuracy", rows), ("f1_macro", ())]


def test_questions_that_must_be_answered() -> None:
    header = ("id", "text", "right answer", "before", "now")
    asked = quiz(("on", None, "off", True), ("off", "off", None, True), ("a", "a", "a", True), ("b", "b", "c", False))
    [found] = told(exam(SAME, quiz=asked), "MG401")
    assert facts(found) == {
        "model": "m",
        "subject": "must-pass questions",
        "state": State.REGRESSED,
        "said": "2 of 3 must-pass questions are answered wrongly",
        "do": "make the model answer these questions rightly",
        "blocks": True,
        "examples": (header, ("q0", "say 0", "on", "(not asked)", "off"), ("q1", "say 1", "off", "off", "(no answer)")),
    }
    [right] = told(exam(SAME, quiz=quiz(("on", "on", "on", True))), "MG401")
    assert facts(right) == {
        "model": "m",
        "subject": "must-pass questions",
        "state": State.HELD,
        "said": "all 1 must-pass questions are answered rightly",
    }
    assert told(exam(SAME, quiz=quiz(("on", "on", "off", False))), "MG401") == []


def test_a_quiz() -> None:
    header = ("id", "text", "right answer", "before", "now")
    answers = [("a", "a", "a", False)] * 8 + [("a", "b", "a", False), ("a", "a", "b", False)]
    [found] = told(exam(SAME, quiz=quiz(*answers)), "MG402")
    assert facts(found) == {
        "model": "m",
        "subject": "quiz",
        "state": State.CANNOT_TELL,
        "said": "9 of 10 questions right, before 9: 1 newly failed, 1 newly passed",
        "examples": (header, ("q9", "say 9", "a", "a", "b"), ("q8", "say 8", "a", "b", "a")),
    }
    assert (found.before, found.after, found.margin) == (0.9, 0.9, 0.0)
    assert found.change is not None
    assert (found.change.n, found.change.method) == (10, "mid-p McNemar")
    assert found.mde is not None
    [worse] = told(exam(SAME, quiz=quiz(*[("a", "a", "b", False)] * 12)), "MG402")
    assert (worse.do, worse.blocks, worse.state) == ("look at the newly failed questions", True, State.REGRESSED)


def test_a_quiz_whose_failures_are_counted() -> None:
    answers = quiz(*[("a", "a", "a", False)] * 60, *[("a", "a", "b", False)] * 20)
    for limit, state in ((19, State.REGRESSED), (20, State.HELD), (21, State.HELD)):
        [found] = told(
            exam(SAME, quiz=answers, policy_=policy(quiz={"table": "q", "max_newly_failed": limit})), "MG402"
        )
        assert (found.state, found.blocks) == (state, limit < 20)


def test_a_quiz_within_its_number_of_failures_is_told_as_tested() -> None:
    one = quiz(*[("a", "a", "a", False)] * 79, ("a", "a", "b", False))
    [found] = told(exam(SAME, quiz=one, policy_=policy(quiz={"table": "q", "max_newly_failed": 5})), "MG402")
    assert (found.state, found.blocks, found.do) == (State.CANNOT_TELL, False, "")


def test_a_quiz_that_is_answered_as_before() -> None:
    [found] = told(exam(SAME, quiz=quiz(*[("a", "a", "a", False), ("b", "c", "c", False)])), "MG402")
    assert (found.state, found.examples, found.do) == (State.HELD, (), "")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (
            target(0.75, 0.72, 0.78),
            ("accuracy 0.7500 misses the floor 0.8000; the mark for 2026-12-01 is 0.8500 (0.1000 short, informs only)"),
        ),
        (
            target(0.79, 0.77, 0.81),
            (
                "accuracy 0.7900 cannot be told apart from the floor 0.8000; the mark for 2026-12-01 "
                "is 0.8500 (0.0600 short, informs only)"
            ),
        ),
        (
            target(0.85, 0.83, 0.87),
            ("accuracy 0.8500 is above the floor 0.8000; the mark for 2026-12-01 is 0.8500 (reached, informs only)"),
        ),
        (target(0.83, 0.81, 0.84, floor=None), "accuracy 0.8300 misses the mark 0.8500"),
        (target(0.90, 0.85, 0.94, floor=None), "accuracy 0.9000 is above the mark 0.8500"),
        (target(0.83, 0.80, 0.85, mark=0.8), "accuracy 0.8300 is above the floor 0.8000"),
        (
            replace(
                target(0.83, 0.81, 0.85, mark=0.8),
                next_mark=0.81,
                next_day=dt.date(2026, 12, 8),
                caution="only 9 groups",
            ),
            "accuracy 0.8300 is above the floor 0.8000; next mark 0.8100 on 2026-12-08 (only 9 groups)",
        ),
    ],
)
def test_a_target(check: TargetCheck, said: str) -> None:
    [found] = told(exam(SAME, target=check), "MG501")
    assert found.said == said


def test_a_mark_without_a_day_is_not_told() -> None:
    [found] = told(exam(SAME, target=replace(target(0.83, 0.81, 0.85, mark=0.8), next_mark=0.81)), "MG501")
    assert found.said == "accuracy 0.8300 is above the floor 0.8000"


def test_a_target_that_is_missed() -> None:
    check = TargetCheck("m", "accuracy", 0.75, 0.72, 0.78, 0.85, 0.8, 1000, DAY, 0.005, 40, "Wilson")
    [found] = told(exam(SAME, target=check), "MG501")
    change = Estimate(0.75 - 0.8, 0.72 - 0.8, 0.78 - 0.8, 1000, "Wilson", 0.99, 40)
    assert found == Finding(
        "MG501",
        "m",
        "target accuracy",
        State.REGRESSED,
        found.said,
        "improve the model, or have an owner of the policy change the mark",
        before=0.8,
        after=0.75,
        change=change,
        margin=0.0,
        blocks=True,
    )
    [held] = told(exam(SAME, target=target(0.83, 0.81, 0.85)), "MG501")
    assert (held.state, held.do, held.blocks) == (State.HELD, "", False)


def test_a_bound_on_the_mark_is_no_miss_and_is_reached() -> None:
    [found] = told(exam(SAME, target=target(0.75, 0.72, 0.8)), "MG501")
    assert found.state is State.CANNOT_TELL
    [found] = told(exam(SAME, target=target(0.85, 0.8, 0.9)), "MG501")
    assert found.state is State.HELD


def test_a_policy_that_the_pull_request_changes() -> None:
    [found] = told(exam(SAME, policy_changed=True), "MG901")
    assert facts(found) == {
        "model": "",
        "subject": "gate.yaml",
        "state": State.CANNOT_TELL,
        "said": "the pull request changes the policy; it was judged by the policy of base",
        "do": "have an owner of the policy approve the change",
        "unsure": True,
    }


def test_a_model_that_was_run_again() -> None:
    [found] = told(exam(SAME, reevaluation=Reevaluation("h.csv", done=True, rows=12_345, differing=1)), "MG902")
    assert facts(found) == {
        "model": "m",
        "subject": "predictions",
        "state": State.REGRESSED,
        "said": "the model answers 1 of 12,345 rows otherwise than claimed",
        "do": "run `mergegate run` again and commit what it writes",
        "blocks": True,
    }
    [same] = told(exam(SAME, reevaluation=Reevaluation("h.csv", done=True, rows=12_345)), "MG902")
    assert facts(same) == {
        "model": "m",
        "subject": "predictions",
        "state": State.HELD,
        "said": "base's code and the candidate's model give the claimed answers on 12,345 rows",
    }


def test_a_model_that_could_not_be_run_again() -> None:
    unable = exam(SAME, reevaluation=Reevaluation("h.csv", done=False, why_not="its code is changed"))
    [found] = told(unable, "MG903")
    assert facts(found) == {
        "model": "m",
        "subject": "predictions",
        "state": State.ABSENT,
        "said": "the predictions are as the pull request claims them: its code is changed",
        "do": "have an owner of the prediction code review it",
    }
    assert told(unable, "MG902") == []
    assert told(exam(SAME, reevaluation=Reevaluation("h.csv", done=True)), "MG903") == []


def test_tables_that_could_not_be_answered_again_for_one_reason_are_one_finding() -> None:
    def claim(subject: str, why: str) -> Reevaluation:
        return Reevaluation(f"{subject}.csv", done=False, why_not=why, subject=subject)

    also = (claim("quiz", "its code is changed"), claim("shadow", "it took too long"))
    both = exam(SAME, reevaluation=claim("predictions", "its code is changed"))
    found = told(replace(both, models={"m": replace(both.models["m"], also=also)}), "MG903")
    assert [(one.subject, one.said.rpartition(": ")[2]) for one in found] == [
        ("predictions, quiz", "its code is changed"),
        ("shadow", "it took too long"),
    ]


def test_a_retry() -> None:
    second = replace(comparison(Discordant(300, 350, 10_000)), metric="f1_macro")
    found = told(replace(exam(comparison(Discordant(300, 350, 10_000)), second, SAME), attempt=3), "MG904")
    assert [facts(one) for one in found] == [
        {
            "model": "m",
            "subject": "attempt 3",
            "state": State.CANNOT_TELL,
            "said": "an earlier head of this pull request was blocked, so that nothing may have got worse by more than "
            "its margin: it is not proven of accuracy, f1_macro at the level 0.0076 that this attempt has",
            "do": "mend the model or bring more holdout rows; pushing again makes the proof harder",
            "unsure": True,
        },
    ]
    [proven] = told(replace(exam(SAME), attempt=2), "MG904")
    assert facts(proven) == {
        "model": "m",
        "subject": "attempt 2",
        "state": State.HELD,
        "said": "an earlier head of this pull request was blocked, so that nothing may have got worse by more than its "
        "margin: it is proven at the level 0.03 that this attempt has",
    }


def test_rules_speak_of_models_in_the_order_of_their_names() -> None:
    both = two_models(joint_=joint(only_base=1, relabelled=1))
    done, not_done = Reevaluation("h.csv", done=True), Reevaluation("h.csv", done=False)
    again = [
        replace(both, models={name: replace(one, reevaluation=how) for name, one in both.models.items()})
        for how in (done, not_done)
    ]
    for found, rules in ((again[0], ("MG201", "MG202", "MG902")), (again[1], ("MG903",))):
        for rule in rules:
            assert [one.model for one in told(found, rule)] == ["a", "b"]
