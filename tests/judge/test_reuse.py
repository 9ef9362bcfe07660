"""What is said of a holdout that was used often."""

from __future__ import annotations

from mergegate.facts import Decision, Discordant, State
from mergegate.facts.history import Reuse
from tests.judge.factory import comparison, only, verdict

SAME = comparison(Discordant(10, 10, 10_000))


def test_a_holdout_within_its_budget_is_told_among_what_held() -> None:
    found = only(verdict(SAME, reuse=Reuse(1, 11, 1.1)), "MG203")
    assert (found.state, found.blocks, found.unsure, found.do) == (State.HELD, False, False, "")
    assert "has decided 1 merge, " in found.said
    assert "renew it after 11" in found.said


def test_a_holdout_that_is_due_is_told_openly_and_blocks_nothing() -> None:
    made = verdict(SAME, reuse=Reuse(11, 11, 2.0))
    found = only(made, "MG203")
    assert made.decision is Decision.MERGE
    assert found.state is State.CANNOT_TELL
    assert "11 merges" in found.said
    assert "renew the holdout" in found.do


def test_without_a_history_nothing_is_said() -> None:
    assert [one for one in verdict(SAME).findings if one.rule == "MG203"] == []
