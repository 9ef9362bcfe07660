"""AUC and average precision: against brute force and scikit-learn; coverage, false alarms, planted regressions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from benchmarks._worlds import scores
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from loan.auc import gap
from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import ScoreTable
from mergegate.stats.bounds import bounds, p_drop
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.ranking import levelled, paired_ranking, repeated_auc

METRICS = ["auc", "average_precision"]
SCIKIT = {"auc": sk.roc_auc_score, "average_precision": sk.average_precision_score}


def paired(metric: str, table: ScoreTable) -> Paired:
    result = paired_ranking(metric, table)
    assert isinstance(result, Paired)
    return result


def error(result: Paired) -> float:
    assert isinstance(result.basis, Studentised)
    return result.basis.se


def tied(n: int = 200, seed: int = 0) -> ScoreTable:
    """Scores rounded so that many are equal."""
    table = scores(n, np.random.default_rng(seed), share=0.3, base=1.0, head=0.8, alike=0.5)
    return ScoreTable(table.positive, np.round(table.base, 1), np.round(table.head, 1))


@pytest.mark.parametrize("metric", METRICS)
def test_values_are_scikit_learns(metric: str) -> None:
    table = tied()
    result = paired(metric, table)
    assert result.before == pytest.approx(SCIKIT[metric](table.positive, table.base))
    assert result.after == pytest.approx(SCIKIT[metric](table.positive, table.head))


def test_delongs_error_is_that_of_its_definition() -> None:
    """Structural components by brute force over all pairs (DeLong, DeLong, Clarke-Pearson 1988)."""
    table = tied(120)
    components = []
    for score in (table.base, table.head):
        one, zero = score[table.positive][:, None], score[~table.positive][None, :]
        kernel = (one > zero) + 0.5 * (one == zero)
        components.append((kernel.mean(axis=1), kernel.mean(axis=0)))
    ones, zeros = (components[1][side] - components[0][side] for side in (0, 1))
    expected = math.sqrt(ones.var(ddof=1) / len(ones) + zeros.var(ddof=1) / len(zeros))
    assert error(paired("auc", table)) == pytest.approx(expected)


def test_delongs_error_of_two_positive_rows_is_that_of_its_definition() -> None:
    positive = np.array([True, False, True, False, False, False])
    base, head = np.array([5.0, 4.0, 1.0, 2.0, 0.5, 0.2]), np.array([3.0, 4.0, 2.5, 2.0, 3.5, 0.2])
    parts = []
    for score in (base, head):
        above = score[positive][:, None] > score[~positive][None, :]
        parts.append((above.mean(axis=1), above.mean(axis=0)))
    ones, zeros = (parts[1][side] - parts[0][side] for side in (0, 1))
    result = paired("auc", ScoreTable(positive, base, head))
    assert error(result) == pytest.approx(math.sqrt(ones.var(ddof=1) / 2 + zeros.var(ddof=1) / 4))
    assert (result.n, result.groups, result.method, result.caution) == (6, None, "DeLong", "")


@pytest.mark.parametrize(("positives", "negatives"), [(2, 9), (5, 20), (12, 2), (7, 0)])
def test_the_error_of_an_average_precision_is_that_of_its_derivative_by_each_rows_weight(
    positives: int, negatives: int
) -> None:
    """By scikit-learn's weighted value; positives and negatives spread about their own means, with their own n - 1."""
    n = positives + negatives
    positive = np.arange(n) < positives
    base, head = np.random.default_rng(n).normal(size=(2, n)) + positive

    def gain(weights: np.ndarray) -> float:
        values = [sk.average_precision_score(positive, score, sample_weight=weights) for score in (base, head)]
        return float(values[1] - values[0])

    steps = 1e-5 * np.eye(n)
    influence = np.array([(gain(1 + step) - gain(1 - step)) / 2e-5 for step in steps])
    variance = 0.0
    for kind in (influence[positive], influence[~positive]):
        if len(kind):
            variance += len(kind) * (kind.mean() ** 2 + kind.var(ddof=1))
    result = paired("average_precision", ScoreTable(positive, base, head))
    assert error(result) == pytest.approx(math.sqrt(variance), rel=1e-5)
    assert (result.n, result.groups, result.method) == (n, None, "influence function")
    assert isinstance(result.basis, Studentised)
    assert result.basis.limit == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_the_error_is_the_jackknifes(metric: str) -> None:
    table = tied(200)
    keep = ~np.eye(200, dtype=bool)
    left_out = np.array([
        SCIKIT[metric](table.positive[rows], table.head[rows]) - SCIKIT[metric](table.positive[rows], table.base[rows])
        for rows in keep
    ])  # fmt: skip
    expected = math.sqrt(199 / 200 * np.sum((left_out - left_out.mean()) ** 2))
    assert error(paired(metric, table)) == pytest.approx(expected, rel=0.06)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_levels_share_ties_as_scipys_dense_ranks(values: list[int]) -> None:
    score = np.array(values, dtype=float)
    found = levelled(ScoreTable(score > 0, score, -score))
    assert np.array_equal(found.base, stats.rankdata(values, method="dense") - 1)
    assert np.array_equal(found.head, stats.rankdata(-score, method="dense") - 1)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [0.5, 0.02], ids=["many rows", "few rows"])
def test_rows_of_a_slice_compare_alike_whether_ranked_alone_or_with_all_others(metric: str, share: float) -> None:
    table = scores(2000, np.random.default_rng(3), share=0.3, base=1.0, head=0.8, alike=0.5)
    rows = np.random.default_rng(4).random(2000) < share

    def of(all_rows: ScoreTable) -> Paired:
        return paired(metric, ScoreTable(all_rows.positive[rows], all_rows.base[rows], all_rows.head[rows]))

    alone, shared = of(table), of(levelled(table))
    assert (shared.before, shared.after, shared.basis) == (alone.before, alone.after, alone.basis)


@pytest.mark.parametrize("metric", METRICS)
def test_all_rows_compare_alike_by_scores_and_by_levels(metric: str) -> None:
    table = tied()
    by_score, by_level = paired(metric, table), paired(metric, levelled(table))
    assert (by_level.before, by_level.after, by_level.basis) == (by_score.before, by_score.after, by_score.basis)


@pytest.mark.parametrize("metric", METRICS)
def test_clusters_of_one_row_are_independent_rows_and_copies_add_nothing(metric: str) -> None:
    table = tied(2000)
    codes = np.arange(2000, dtype=np.int32)
    alone = paired(metric, ScoreTable(table.positive, table.base, table.head, codes, 2000))
    assert error(alone) == pytest.approx(error(paired(metric, table)), rel=0.01)
    five = np.repeat(codes, 5)
    fivefold = ScoreTable(table.positive[five], table.base[five], table.head[five], five, 2000)
    copied = paired(metric, fivefold)
    assert error(copied) == pytest.approx(error(alone), rel=0.01)
    assert (copied.groups, copied.n) == (2000, 10_000)
    assert copied.influence is not None
    assert copied.influence.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_constant_scores_are_no_better_than_chance(metric: str) -> None:
    positive = np.arange(20) < 8
    result = paired(metric, ScoreTable(positive, np.zeros(20), np.ones(20)))
    assert result.before == pytest.approx(0.5 if metric == "auc" else 0.4)
    assert p_drop(result.basis, 0) == 1.0


def test_a_ranking_without_a_value_says_why() -> None:
    ones, zeros = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
    score = np.arange(4.0)
    assert paired_ranking("auc", ScoreTable(zeros, score, score)) == Undefined("no row has the positive label")
    assert paired_ranking("auc", ScoreTable(ones, score, score)) == Undefined("every row has the positive label")
    assert paired("average_precision", ScoreTable(ones, score, score)).before == 1.0


def test_one_positive_row_proves_nothing() -> None:
    positive, score = np.arange(30) == 29, np.arange(30.0)
    assert paired("auc", ScoreTable(positive, score, -score)).basis == Studentised(-1.0, math.inf, 0.0, 1.0)
    assert p_drop(paired("average_precision", ScoreTable(positive, score, -score)).basis, 0) == 1.0
    assert p_drop(paired("auc", ScoreTable(positive, score, -score)).basis, 0) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("n", "share"), [(60, 0.5), (300, 0.2)])
def test_intervals_cover_the_truth(metric: str, n: int, share: float) -> None:
    """95 % +- 3 binomial standard errors and a point over 400 tables; the truth from a million rows."""
    large = scores(10**6, np.random.default_rng(9), share=share, base=1.2, head=0.9, alike=0.6)
    whole = paired(metric, large)
    truth, rng, inside = whole.after - whole.before, np.random.default_rng(7), 0
    for _ in range(400):
        table = scores(n, rng, share=share, base=1.2, head=0.9, alike=0.6)
        low, high = bounds(paired(metric, table).basis, 0.025)
        inside += low <= truth <= high
    assert 0.91 <= inside / 400 <= 0.985


@pytest.mark.parametrize("metric", METRICS)
def test_equal_rankings_are_not_blocked_and_a_worse_one_is(metric: str) -> None:
    rng = np.random.default_rng(5)
    same = (scores(150, rng, share=0.3, base=1.0, head=1.0, alike=0.7) for _ in range(600))
    alarms = np.mean([p_drop(paired(metric, table).basis, 0) <= 0.05 for table in same])
    assert alarms < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 600)
    worse = (scores(600, rng, share=0.3, base=1.4, head=0.9, alike=0.7) for _ in range(60))
    assert np.mean([p_drop(paired(metric, table).basis, 0) <= 0.05 for table in worse]) > 0.9


def test_one_repeat_is_delong_and_several_average_what_each_row_does() -> None:
    """Against `loan.auc`, which is written apart; and three times the same scores are those scores."""
    draw = np.random.default_rng(8)
    tables = [scores(400, draw, share=0.2, base=1.0, head=0.9, alike=0.5) for _ in range(3)]
    rows = tables[0]
    once, thrice = (repeated_auc(rows, [rows.base] * n, [rows.head] * n) for n in (1, 3))
    assert isinstance(once, Paired)
    assert isinstance(thrice, Paired)
    assert (once.before, once.after, error(once)) == pytest.approx((thrice.before, thrice.after, error(thrice)))
    assert error(once) == pytest.approx(error(paired("auc", rows)))
    noisy = [[one.head for one in tables], [one.base for one in tables]]
    found = repeated_auc(rows, noisy[1], noisy[0])
    assert isinstance(found, Paired)
    known = gap(noisy[0], noisy[1], rows.positive)
    reach = (known.high - known.low) / 2 / float(stats.norm.ppf(0.975))
    assert (found.before, found.after, error(found)) == pytest.approx((known.ceiling, known.card, reach))
    alike = ScoreTable(np.ones(4, dtype=np.bool_), rows.base[:4], rows.head[:4])
    assert isinstance(repeated_auc(alike, [alike.base], [alike.head]), Undefined)


def test_rows_of_one_group_widen_the_error_of_repeats() -> None:
    """Each row ten times over is no more evidence."""
    table = scores(200, np.random.default_rng(2), share=0.3, base=1.0, head=0.8, alike=0.5)
    positive, base, head = (np.repeat(values, 10) for values in (table.positive, table.base, table.head))
    often = ScoreTable(positive, base, head)
    grouped = replace(often, cluster=np.repeat(np.arange(200, dtype=np.int32), 10), clusters=200)
    known, found = (repeated_auc(one, [one.base], [one.head]) for one in (table, grouped))
    assert isinstance(known, Paired)
    assert isinstance(found, Paired)
    assert error(found) == pytest.approx(error(known), rel=0.03)


def cross_fitted(draw: np.random.Generator, head: float) -> Paired:
    """Two recipes on 300 rows, each fitted anew in five parts and three repeats; head's scores are as noisy as said."""
    truth = draw.normal(size=300)
    positive = draw.random(300) < 1 / (1 + np.exp(-2 - truth))

    def repeat(noise: float) -> np.ndarray:
        return truth + draw.normal(scale=noise, size=300) + np.repeat(draw.normal(scale=0.2, size=5), 60)

    sides = [[repeat(noise) for _ in range(3)] for noise in (0.7, head)]
    found = repeated_auc(ScoreTable(positive, truth, truth), *sides)
    assert isinstance(found, Paired)
    return found


def test_cross_fitted_scores_raise_a_false_alarm_as_seldom_as_they_may() -> None:
    """Two recipes that are alike in truth, 400 times: 5 % at most."""
    draw = np.random.default_rng(4)
    alarms = sum(p_drop(cross_fitted(draw, 0.7).basis, 0.0) <= 0.05 for _ in range(400))
    assert 5 <= alarms <= stats.binom.ppf(0.999, 400, 0.05)


def test_a_cross_fitted_recipe_that_ranks_worse_is_caught() -> None:
    draw = np.random.default_rng(5)
    assert np.mean([p_drop(cross_fitted(draw, 3.0).basis, 0.0) <= 0.05 for _ in range(60)]) > 0.9
