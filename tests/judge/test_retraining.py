"""What is said of a retraining that comes, comes late, or cannot be dated."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from mergegate.facts import Absent, Decision, Discordant, Finding, State
from mergegate.facts.retraining import Retraining
from mergegate.judge.verdict import decide
from tests.judge.factory import comparison, exam

MONDAY = dt.date(2026, 11, 23)
SAME = comparison(Discordant(10, 10, 10_000))


def told(retraining: Retraining | Absent | None) -> list[Finding]:
    made = decide(replace(exam(SAME), retraining=retraining))
    assert made.decision is Decision.MERGE, "an alarm blocks nothing"
    return [one for one in made.findings if one.rule == "MG403"]


def test_without_a_schedule_nothing_is_said() -> None:
    assert told(None) == []


@pytest.mark.parametrize(
    ("weeks", "ago", "said"),
    [
        (1, 1, "data.dvc last changed on 2026-11-22, 1 day ago; a retraining is to come every week"),
        (2, 41, "data.dvc last changed on 2026-10-13, 41 days ago; a retraining is to come every 2 weeks"),
    ],
)
def test_a_retraining_that_comes_is_told_among_what_held(weeks: int, ago: int, said: str) -> None:
    [found] = told(Retraining(weeks, MONDAY - dt.timedelta(days=ago), MONDAY))
    assert (found.state, found.said, found.do, found.blocks) == (State.HELD, said, "", False)


@pytest.mark.parametrize(("weeks", "ago"), [(1, 21), (2, 42)])
def test_after_three_periods_it_is_an_alarm(weeks: int, ago: int) -> None:
    [found] = told(Retraining(weeks, MONDAY - dt.timedelta(days=ago), MONDAY, ("a.dvc", "b.dvc")))
    assert (found.model, found.subject, found.state, found.blocks) == ("", "retraining", State.REGRESSED, False)
    every = "every week" if weeks == 1 else "every 2 weeks"
    day = "2026-11-02" if weeks == 1 else "2026-10-12"
    assert found.said == (
        f"a.dvc, b.dvc last changed on {day}, {ago} days ago: 3 periods and more without a retraining, "
        f"which is to come {every}"
    )
    assert found.do == "look at the last runs of the workflow `retrain` and at its open pull requests"


def test_a_history_that_cannot_tell_is_told() -> None:
    [found] = told(Absent("retraining", "the history is cut off", "fetch it"))
    assert (found.model, found.state, found.said, found.do) == ("", State.ABSENT, "the history is cut off", "fetch it")


@pytest.mark.parametrize(
    ("weeks", "last", "due"),
    [
        (1, "2026-11-23", False),
        (1, "2026-11-22", True),  # the Sunday of the week before
        (1, "2026-11-16", True),
        (2, "2026-11-16", False),
        (2, "2026-11-15", True),
        (2, "2026-11-11", True),  # a Wednesday: the second Monday after it, not the third
    ],
)
def test_weeks_are_counted_from_monday_to_monday(weeks: int, last: str, due: bool) -> None:
    assert Retraining(weeks, dt.date.fromisoformat(last), MONDAY).due is due
