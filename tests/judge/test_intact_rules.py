"""What a reader is told of a pull request that touches its own judge, and what that decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mergegate.facts import Decision, Discordant, Finding, State, Verdict
from mergegate.facts.exam import Reevaluation
from mergegate.facts.intact import ClaimedMetrics, EditedRows, Intact, Odd
from mergegate.judge.verdict import decide
from tests.judge.factory import comparison, exam

SAME = comparison(Discordant(10, 10, 10_000))


def judged(*again: Reevaluation, **found: Any) -> Verdict:
    plain = exam(SAME, also=again)
    return decide(replace(plain, intact=Intact(known=True, **found)))


def told(found: Verdict, rule: str) -> list[Finding]:
    return [one for one in found.findings if one.rule == rule]


def test_nothing_found_is_nothing_said() -> None:
    found = judged()
    assert not [one for one in found.findings if one.rule > "MG906"]
    assert found.decision is Decision.MERGE


def test_each_table_that_was_answered_again_has_its_own_finding() -> None:
    found = judged(
        Reevaluation("q.csv", done=True, rows=30, subject="quiz"),
        Reevaluation("s.csv", done=True, rows=30, differing=2, subject="shadow"),
    )
    assert [(one.subject, one.state, one.blocks) for one in told(found, "MG902")] == [
        ("quiz", State.HELD, False), ("shadow", State.REGRESSED, True),
    ]  # fmt: skip


def test_a_model_that_ought_to_have_run_blocks() -> None:
    found = judged(Reevaluation("q.csv", done=False, why_not="it is a pickle", subject="quiz", failed=True))
    [one] = told(found, "MG906")
    assert (one.subject, one.state, one.blocks) == ("quiz", State.ABSENT, True)
    assert one.said == "the claimed answers could not be checked: it is a pickle"
    assert told(found, "MG903") == []


def test_changed_prediction_code_is_left_open_where_nobody_owns_it() -> None:
    again = Reevaluation("h.csv", done=False, why_not="the pull request changes a.py, b.py", code=("a.py", "b.py"))
    [owned] = told(judged(again, owners={"a.py": "@o", "b.py": "@o"}), "MG903")
    assert (owned.unsure, owned.do) == (False, "have an owner of the prediction code review it")
    [partly] = told(judged(again, owners={"a.py": "@o"}), "MG903")
    assert partly.unsure
    assert partly.do.endswith("CODEOWNERS names none for b.py")
    unseen = replace(exam(SAME, also=(again,)), intact=Intact())
    [blind] = told(decide(unseen), "MG903")
    assert (blind.unsure, blind.do.partition("; ")[2]) == (True, "the commit was not there to see whose it is")


def test_metrics_that_were_not_computed_block_and_those_of_changed_code_wait() -> None:
    wrong = ClaimedMetrics("m.json", (("accuracy", "0.99", "0.90"),))
    failed = ClaimedMetrics("n.json", why_not="base's code could not run this evidence", failed=True)
    changed = ClaimedMetrics("o.json", why_not="the pull request changes e.py", code=("e.py",))
    fine = ClaimedMetrics("p.json")
    [twice] = told(judged(metrics=(ClaimedMetrics("q.json", (("a", "1", "2"), ("b", "1", "2"))),)), "MG907")
    assert twice.said == "2 values of q.json are not what base's code computes (a 1, computed 2)"
    found = told(judged(metrics=(wrong, failed, changed, fine)), "MG907")
    assert [(one.subject, one.state, one.blocks, one.unsure) for one in found] == [
        ("m.json", State.REGRESSED, True, False),
        ("n.json", State.ABSENT, True, False),
        ("o.json", State.ABSENT, False, True),
    ]
    assert found[0].said == "a value of m.json is not what base's code computes (accuracy 0.99, computed 0.90)"
    assert found[0].examples == (("value", "committed", "computed"), ("accuracy", "0.99", "0.90"))
    assert found[2].said == "o.json is as the pull request claims it: the pull request changes e.py"
    [beyond] = told(judged(metrics=(replace(changed, beyond=True, code=()),)), "MG907")
    assert (beyond.informs, beyond.state, beyond.blocks, beyond.unsure) == (True, State.HELD, False, False)
    [owned] = told(judged(metrics=(changed,), owners={"e.py": "@o"}), "MG907")
    assert not owned.unsure


def test_what_the_lock_files_show() -> None:
    found = judged(groundless=(("model.json", "train"),), other=("holdout.csv",))
    [groundless], [other] = told(found, "MG908"), told(found, "MG909")
    assert (groundless.blocks, groundless.unsure) == (False, True)
    assert "stage train" in groundless.said
    assert (other.subject, other.blocks) == ("holdout.csv", True)


def test_a_weakened_stage_names_the_owner_to_ask_or_says_that_there_is_none() -> None:
    [owned] = told(judged(weakened=(("train", "is frozen"),), owners={"dvc.yaml": "@o"}), "MG910")
    assert (owned.subject, owned.said, owned.unsure) == ("stage train", "the stage train is frozen", True)
    assert owned.do == "@o own dvc.yaml and have to approve it"
    [nobody] = told(judged(weakened=(("train", "is frozen"),)), "MG910")
    assert nobody.do == "have an owner of it approve the change; CODEOWNERS names none for dvc.yaml: name one"


def test_an_odd_file_blocks_only_where_it_has_no_honest_use() -> None:
    found = told(judged(odd=(Odd("link", "it leads out", blocks=True), Odd(".env", "tools read it"))), "MG911")
    assert [(one.state, one.blocks, one.unsure) for one in found] == [
        (State.REGRESSED, True, False), (State.CANNOT_TELL, False, True),
    ]  # fmt: skip
    assert found[0].do == "take it out"


def test_owners_are_named_and_that_decides_nothing() -> None:
    found = judged(owners={f"{n:02}.py": "@o" for n in range(12)})
    [one] = told(found, "MG912")
    assert found.decision is Decision.MERGE
    assert one.informs
    assert "00.py (@o), 01.py (@o)" in one.said
    assert one.said.endswith("09.py (@o) and 2 more")
    [single] = told(judged(owners={"a.py": "@o"}), "MG912")
    assert single.said.endswith("a.py (@o)")


def test_code_that_a_stage_does_not_depend_on_is_one_finding_with_all_its_stages() -> None:
    found = told(judged(undeclared=(("train", "b.py"), ("train", "a.py"), ("predict", "b.py"))), "MG914")
    assert [(one.subject, one.unsure, one.blocks) for one in found] == [("a.py", True, False), ("b.py", True, False)]
    assert found[0].said == "train imports a.py and does not depend on it: its changes made nothing run again"
    assert found[1].said == "train, predict import b.py and do not depend on it: its changes made nothing run again"
    [many] = told(judged(undeclared=tuple((f"s{n:02}", "c.py") for n in range(12))), "MG914")
    assert "s09 and 2 more import c.py" in many.said


def test_edited_held_out_rows_leave_it_open() -> None:
    [one] = told(judged(edited=(EditedRows("m", 3, ("text", "area")),)), "MG913")
    assert (one.model, one.unsure) == ("m", True)
    assert one.said == "3 held-out rows keep their id and differ in text, area"
