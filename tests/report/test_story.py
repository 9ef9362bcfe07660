"""What is told first, and in which words."""

from __future__ import annotations

import dataclasses

import pytest
from tests.report import verdicts
from tests.report.verdicts import BASE, HEAD, finding

from mergegate.facts import Absent, Decision, Estimate, Finding, Slice, State, Verdict
from mergegate.report.remarks import remarks
from mergegate.report.story import also, reason, sentence, story


def why(verdict: Verdict) -> str:
    return reason(verdict, story(verdict))


def test_a_block_is_explained_by_the_number_its_interval_the_limit_and_the_rows() -> None:
    assert why(verdicts.blocked()) == (
        "intent accuracy fell 0.913 → 0.871 (−4.2 points, 95 % −5.1 to −3.3; limit −0.5; 7,512 rows in 401 groups)"
    )


def test_what_else_moved_is_named_and_what_held_is_counted() -> None:
    verdict = verdicts.blocked()
    assert also(verdict, story(verdict)) == (
        "Also: f1_macro −3.9 points, quiz 78 → 74, accuracy where language=de −12.0 points, 1 more regressed, "
        "1 more improved. 4 checks held, 2 slices too small to tell, 1 piece of evidence absent."
    )


def test_models_are_named_where_there_are_two() -> None:
    other = finding(model="loan", subject="auc", state=State.IMPROVED, change=Estimate(0.02, 0.01, 0.03, 400, "DeLong"))
    verdict = Verdict(Decision.BLOCK, BASE, HEAD, findings=(other, verdicts.fallen()))
    assert also(verdict, story(verdict)) == "Also: loan auc +2.0 points."


def test_a_doubt_is_told_as_a_doubt() -> None:
    assert why(verdicts.unsure()).startswith(
        "cannot tell whether intent accuracy got worse: 0.913 → 0.908 (−0.5 points"
    )
    lead, said = remarks(verdicts.unsure())[-1]
    assert (lead, said) == ("Unsure.", "The evidence cannot tell; the policy lets it merge.")
    strict = dataclasses.replace(verdicts.unsure(), unsure_passes=False)
    assert remarks(strict)[-1][1] == "The evidence cannot tell; the policy blocks the merge until it can tell."


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (verdicts.merged(), "nothing to rerun, 6 checks held"),
        (dataclasses.replace(verdicts.merged(), plan=verdicts.RETRAINED), "nothing got worse, 6 checks held"),
        (dataclasses.replace(verdicts.merged(), findings=(finding(),)), "nothing to rerun, 1 check held"),
        (Verdict(Decision.MERGE, BASE, HEAD), "nothing that is judged changed"),
        (Verdict(Decision.MERGE, BASE, HEAD, plan=verdicts.UNCHANGED), "nothing to rerun"),
        (verdicts.bootstrap(), "first run, nothing to compare with yet"),
        (
            Verdict(Decision.BLOCK, BASE, HEAD, absent=(Absent("the model", "nobody pushed it."),)),
            "evidence is absent: the model (nobody pushed it)",
        ),
        (Verdict(Decision.UNSURE, BASE, HEAD), "the evidence cannot tell"),
    ],
)
def test_verdicts_without_a_number_are_explained_in_words(verdict: Verdict, said: str) -> None:
    assert why(verdict) == said


def test_an_improvement_leads_a_merge_in_the_order_of_the_policy() -> None:
    first, second = story(verdicts.improved()).telling
    assert [first.subject, second.subject] == ["log_loss", "accuracy"]
    assert why(verdicts.improved()).startswith("improved: intent log_loss fell 0.312 → 0.251 (−0.061, ")


def test_what_decides_comes_before_what_does_not_and_all_rows_before_slices() -> None:
    told = story(verdicts.blocked()).telling
    assert [(f.subject, str(f.slice or "")) for f in told] == [
        ("accuracy", "all rows"),
        ("f1_macro", "all rows"),
        ("quiz", ""),
        ("accuracy", "language=de"),
        ("accuracy", "language=nl"),
        ("accuracy", "domain=weather"),
    ]


def test_a_rule_without_a_number_speaks_for_itself() -> None:
    missing = Finding("MG203", "intent", "coverage", State.REGRESSED, "12 rows have no answer.", blocks=True)
    assert sentence(missing) == "12 rows have no answer"
    assert why(Verdict(Decision.BLOCK, BASE, HEAD, findings=(verdicts.fallen(), missing))) == sentence(missing)


def test_no_finding_is_lost_or_told_twice() -> None:
    for make in verdicts.ALL.values():
        verdict = make()
        told = story(verdict)
        assert len(told.telling) + len(told.unclear) + len(told.held) + len(told.absent) == len(verdict.findings)


def test_a_slice_that_decides_nothing_is_not_told_first() -> None:
    doubt = finding(state=State.CANNOT_TELL, slice=Slice("a", "b"))
    assert story(Verdict(Decision.MERGE, BASE, HEAD, findings=(doubt,))).unclear == (doubt,)


def test_a_change_of_the_policy_and_a_waiver_are_told() -> None:
    verdict = dataclasses.replace(verdicts.merged(), policy_changed=True, waiver=verdicts.waived("holiday"))
    assert [lead for lead, _ in remarks(verdict)] == ["Policy changed.", "Accepted."]


def test_what_changes_in_cards_and_who_flips_are_told_of_a_few_models() -> None:
    told = tuple(
        one
        for name in ("a", "b", "c", "d", "e")
        for one in (
            Finding(
                "MG703", name, "criteria", State.HELD, "the cut-off moved", informs=True, examples=(("x",), ("y",))
            ),
            Finding("MG705", name, "flips", State.HELD, "of 9 people, 1 flips", informs=True),
        )
    )
    said = remarks(dataclasses.replace(verdicts.merged(), findings=told))
    assert said[:2] == (("Criteria changed.", "a: the cut-off moved."), ("Who flips.", "Of 9 people, 1 flips."))
    assert said[-1] == ("Criteria changed.", "2 more models: see below.")
    quiet = dataclasses.replace(told[0], examples=())
    assert remarks(dataclasses.replace(verdicts.merged(), findings=(quiet,))) == ()


def test_a_merge_that_an_owner_accepted_says_so_before_anything_else() -> None:
    assert why(verdicts.accepted()).startswith("accepted by olga: intent accuracy fell 0.913 → 0.871")
    assert "mended by #88 next week" in dict(remarks(verdicts.accepted()))["Accepted."]


def test_evidence_that_was_made_on_an_older_base_says_so_and_what_to_do() -> None:
    older = dataclasses.replace(verdicts.RETRAINED, base="0123456789ab" + "c" * 28)
    ((lead, said),) = remarks(dataclasses.replace(verdicts.improved(), plan=older))
    assert lead == "The base has moved on."
    assert "made on 0123456789ab, and it is judged against 5f22041a9c0d" in said
    assert "up to date" in said
    assert remarks(verdicts.improved()) == ()
