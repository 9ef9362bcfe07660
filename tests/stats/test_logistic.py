"""How well columns tell a yes or no: against scikit-learn; what tells nothing, and what stands in for a group."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mergegate.facts.comparison import Studentised
from mergegate.stats.bounds import bounds, p_gain
from mergegate.stats.logistic import FOLDS, auc_of, dummies, fit, of_codes, unseen_scores
from mergegate.stats.paired import Paired, Undefined

Floats = NDArray[np.float64]


def folds(rows: int) -> NDArray[np.int32]:
    return (np.arange(rows) % FOLDS).astype(np.int32)


def auc(columns: Floats, yes: NDArray[np.bool_]) -> tuple[Paired, Studentised]:
    found = auc_of(unseen_scores(columns, yes, folds(len(yes))), yes)
    assert not isinstance(found, Undefined)
    return found


def test_the_fit_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(400, 5))
    yes = rng.random(400) < 1 / (1 + np.exp(-(columns @ np.array([1.0, -2.0, 0.0, 0.5, 0.0]) - 0.7)))
    intercept, weights = fit(columns, yes, ridge=2.0)
    known = LogisticRegression(C=0.5, tol=1e-10, max_iter=1_000).fit(columns, yes)
    assert weights == pytest.approx(known.coef_[0], abs=1e-5)
    assert intercept == pytest.approx(known.intercept_[0], abs=1e-5)
    assert fit(columns, yes, ridge=2.0, steps=20)[1] == pytest.approx(weights, abs=1e-12)
    assert fit(columns, yes, ridge=2.0, steps=1)[1] != pytest.approx(weights, abs=1e-3)


def test_the_fit_stays_finite_where_a_column_tells_everything() -> None:
    yes = np.arange(100) < 40
    _, weights = fit(yes[:, None].astype(np.float64), yes)
    assert np.isfinite(weights).all()
    assert auc(yes[:, None].astype(np.float64), yes)[0].after == 1.0


def test_columns_that_tell_nothing_are_seldom_called_better_than_chance() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        values = dummies(rng.normal(size=500))
        found.append(p_gain(auc(values, rng.random(500) < 0.2)[1]))
    assert np.mean(np.array(found) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_stand_in_is_found_though_its_relation_is_no_straight_line_and_the_bounds_hold_the_truth() -> None:
    """The group lives at both ends of the town: 90 % of it beyond 1, as 20 % of all others; the AUC is 0.85."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(100):
        yes = rng.random(800) < 0.3
        far = rng.random(800) < np.where(yes, 0.9, 0.2)
        values = rng.choice([-1, 1], size=800) * np.where(far, 2.0, 0.5) + rng.normal(scale=0.05, size=800)
        value, basis = auc(dummies(values), yes)
        low, high = bounds(basis, 0.025)
        held += low + 0.5 <= 0.85 <= high + 0.5
        assert value.after > 0.75
        assert p_gain(basis) < 1e-6
    assert held >= 80


def test_what_is_missing_is_a_value_too() -> None:
    yes = np.arange(200) % 4 == 0
    values = np.where(yes, np.nan, np.arange(200.0))
    assert auc(dummies(values), yes)[0].after == 1.0
    assert dummies(np.full(10, np.nan)).shape == (10, 0)
    assert dummies(np.ones(10)).shape == (10, 0)


def test_codes_become_centred_columns_without_those_that_all_rows_share() -> None:
    columns = of_codes(np.array([0, 1, 1, 3]), 5)
    assert columns.shape == (4, 3)
    assert columns.sum(axis=0) == pytest.approx(np.zeros(3))
    assert of_codes(np.zeros(4, dtype=np.intp), 3).shape == (4, 0)


def test_what_one_more_column_tells_is_compared_on_the_same_rows() -> None:
    """A column that tells nothing more is seldom called better; one that does is."""
    rng = np.random.default_rng(4)
    better = []
    for _ in range(300):
        yes = rng.random(400) < 0.3
        known = yes[:, None] + rng.normal(0, 1, (400, 1))
        old = unseen_scores(known, yes, folds(400))
        new = unseen_scores(np.column_stack([known, rng.normal(size=400)]), yes, folds(400))
        found = auc_of(new, yes, against=old)
        assert isinstance(found, tuple)
        better.append(p_gain(found[1]))
    assert np.mean(np.array(better) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)
    more = unseen_scores(np.column_stack([known, yes + rng.normal(0, 0.7, 400)]), yes, folds(400))
    found = auc_of(more, yes, against=old)
    assert isinstance(found, tuple)
    assert (found[0].before < found[0].after, p_gain(found[1]) < 1e-4) == (True, True)


def test_without_a_column_or_without_a_fold_that_can_be_learnt_from_nothing_is_told() -> None:
    yes = np.arange(40) % 2 == 0
    assert auc(np.empty((40, 0)), yes)[0].after == 0.5
    assert auc_of(np.ones(4), np.ones(4, dtype=np.bool_)) == Undefined("every row has the positive label")
    lone = np.arange(10) == 0
    scores = unseen_scores(np.ones((10, 1)), lone, np.where(lone, 0, 1).astype(np.int32))
    assert scores[0] == 0.0
    clustered = auc_of(yes * 1.0, yes, (np.arange(40, dtype=np.int32) // 2, 20))
    assert isinstance(clustered, tuple)
    assert clustered[0].groups == 20
