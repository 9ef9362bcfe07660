"""A target is missed only where the upper bound of head's value lies below the mark of the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.contrast.joints import joint, policy

from mergegate.contrast.target import check_target, mark_on
from mergegate.errors import UseError
from mergegate.facts.joint import ScoreTable
from mergegate.facts.policy import TargetPolicy
from mergegate.stats.target import wilson

DAY = dt.date(2026, 12, 1)


def target(**parts: Any) -> dict[str, Any]:
    return {"from": 0.8, "step": 0.01, "every": "1w", "steps": 10, "start": DAY} | parts


@pytest.mark.parametrize(
    ("day", "mark"),
    [
        (dt.date(2020, 1, 1), 0.80),
        (DAY, 0.80),
        (DAY + dt.timedelta(6), 0.80),
        (DAY + dt.timedelta(7), 0.81),
        (DAY + dt.timedelta(27), 0.83),
        (DAY + dt.timedelta(70), 0.90),
        (DAY + dt.timedelta(7000), 0.90),
    ],
)
def test_the_mark_rises_by_a_step_after_each_interval_until_the_last(day: dt.date, mark: float) -> None:
    assert mark_on(TargetPolicy.model_validate(target()), day) == mark


@pytest.mark.parametrize("every", ["1d", "1w", "10d"])
def test_a_clock_that_is_hours_wrong_around_a_step_is_one_step_off_at_most(every: str) -> None:
    """A day more or less, whichever way: with a floor the step only informs, so that no verdict hangs on it."""
    schedule = TargetPolicy.model_validate(target(every=every))
    marks = [mark_on(schedule, DAY + dt.timedelta(day)) for day in range(-2, 100)]
    steps = {round(later - sooner, 12) for sooner, later in pairwise(marks)}
    assert steps == {0.0, 0.01}


def test_days_and_weeks() -> None:
    by_days = TargetPolicy.model_validate(target(every="10d"))
    assert mark_on(by_days, DAY + dt.timedelta(9)) == 0.80
    assert mark_on(by_days, DAY + dt.timedelta(10)) == 0.81
    assert mark_on(TargetPolicy.model_validate(target(every="2w")), DAY + dt.timedelta(14)) == 0.81


def test_a_mark_never_exceeds_one_and_stays_without_a_start() -> None:
    assert mark_on(TargetPolicy.model_validate(target(step=0.5)), DAY + dt.timedelta(700)) == 1.0
    assert mark_on(TargetPolicy.model_validate(target(start=None)), DAY + dt.timedelta(700)) == 0.8


def rows(right: int, wrong: int) -> tuple[list[int], list[int], list[int]]:
    """Head has `right` rows right; base has all wrong, and must not matter."""
    n = right + wrong
    return [0] * n, [1] * n, [0] * right + [1] * wrong


def test_accuracy_is_bounded_by_wilsons_score_bounds() -> None:
    model = policy(target=target(floor=0.7))
    found = check_target("m", model, joint(*rows(85, 15)), DAY, level=0.05)
    assert (found.value, found.n, found.mark, found.floor, found.required) == (0.85, 100, 0.8, 0.7, 0.7)
    assert (found.low, found.high) == wilson(85, 100, 0.05)
    assert (found.low, found.high) == pytest.approx((0.7819, 0.8994), abs=5e-4)
    assert found.groups is None
    assert found.method == "Wilson"
    assert (found.next_mark, found.next_day) == (0.81, DAY + dt.timedelta(7))


def test_a_smaller_level_widens_the_bounds() -> None:
    model = policy(target=target())
    wide = check_target("m", model, joint(*rows(85, 15)), DAY, level=0.001)
    narrow = check_target("m", model, joint(*rows(85, 15)), DAY, level=0.1)
    assert wide.low < narrow.low < 0.85 < narrow.high < wide.high


def test_copies_in_a_group_prove_no_more_than_one_of_them() -> None:
    alone = check_target("m", policy(target=target()), joint(*rows(85, 15)), DAY)
    copied = [np.repeat(values, 10) for values in rows(85, 15)]
    grouped = check_target("m", policy(target=target()), joint(*copied, group=np.repeat(np.arange(100), 10)), DAY)
    assert grouped.groups == 100
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high), abs=0.01)
    plain = check_target("m", policy(target=target()), joint(*copied), DAY)
    assert plain.high - plain.low < 0.4 * (grouped.high - grouped.low)


@pytest.mark.parametrize("metric", ["f1_macro", "balanced_accuracy", "mcc", "f1_weighted"])
def test_the_bounds_of_any_metric_cover_its_true_value(metric: str) -> None:
    draw = np.random.default_rng(11)

    def one(n: int) -> tuple[Any, Any, Any]:
        label = draw.integers(0, 2, n)
        return label, label[::-1], np.where(draw.random(n) < 0.2, 1 - label, label)

    model = policy(target=target(metric=metric))
    truth = check_target("m", model, joint(*one(400_000)), DAY).value
    found = [check_target("m", model, joint(*one(200)), DAY, level=0.05) for _ in range(300)]
    below = sum(check.high < truth for check in found) / len(found)
    above = sum(check.low > truth for check in found) / len(found)
    assert 0.01 <= below <= 0.10
    assert 0.01 <= above <= 0.10


def test_an_auc_has_a_mark_too() -> None:
    draw = np.random.default_rng(3)
    positive = draw.random(400) < 0.5
    score = draw.normal(positive * 1.5)
    found = replace(joint([0], [0], [0]), scores=(ScoreTable(positive, draw.random(400), score),), sampled=None)
    model = policy("auc", score="score", positive="a", target=target(metric="auc"))
    check = check_target("m", model, found, DAY)
    assert check.low < check.value < check.high <= 1
    assert 0.02 < check.high - check.low < 0.12
    assert check.value == pytest.approx(0.856, abs=0.05)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("brier", "less of it is better"),
        ("accuracies", "is no classification metric"),
        ("recall", "has no value"),
    ],
)
def test_a_target_that_cannot_be_checked_is_named_with_its_remedy(metric: str, words: str) -> None:
    with pytest.raises(UseError, match=words) as raised:
        check_target("m", policy(target=target(metric=metric)), joint(*rows(5, 5)), DAY)
    assert raised.value.do


def test_a_model_without_a_target_has_none_to_check() -> None:
    with pytest.raises(UseError, match="has no target"):
        check_target("m", policy(), joint(*rows(5, 5)), DAY)


def test_a_schedule_that_has_ended_or_runs_past_the_calendar_has_no_next_mark() -> None:
    ended = check_target("m", policy(target=target()), joint(*rows(5, 5)), DAY + dt.timedelta(70))
    assert (ended.next_mark, ended.next_day) == (None, None)
    late = target(every="999w", steps=1000, step=0.0001, start=dt.date(9990, 1, 1))
    past = check_target("m", policy(target=late), joint(*rows(5, 5)), dt.date(9990, 1, 2))
    assert (past.next_mark, past.next_day) == (None, None)
