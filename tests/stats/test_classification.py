"""Metrics of right and wrong answers: values, gradients, and intervals down to few rows and groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from benchmarks._worlds import Classifiers
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics as sk

from mergegate.facts.comparison import Discordant, Studentised
from mergegate.facts.joint import CountTable
from mergegate.stats.bootstrap import bootstrap_change
from mergegate.stats.bounds import bounds, p_drop
from mergegate.stats.classification import FALLS, gain_influence, paired_change
from mergegate.stats.confusion import OF_ALL_CLASSES, OF_ONE_CLASS, Margins, Measured, measure
from mergegate.stats.paired import Paired, Undefined

METRICS = [*OF_ALL_CLASSES, *OF_ONE_CLASS]
Codes = NDArray[np.int32]


def rows(n: int = 300, classes: int = 4, seed: int = 0) -> tuple[Codes, Codes, Codes]:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, n)
    base, head = (np.where(rng.random(n) < 0.7, label, rng.integers(0, classes, n)) for _ in range(2))
    return label.astype(np.int32), base.astype(np.int32), head.astype(np.int32)


def table(label: Codes, base: Codes, head: Codes, cluster: Codes | None = None, classes: int = 4) -> CountTable:
    """One cell for each row."""
    count = np.ones(len(label), dtype=np.int64)
    clusters = 0 if cluster is None else int(cluster.max()) + 1
    return CountTable(label, base, head, count, classes, cluster, clusters)


def paired(metric: str, counts: CountTable) -> Paired:
    result = paired_change(metric, counts, positive=1)
    assert isinstance(result, Paired)
    return result


def scikit(metric: str, label: Codes, answer: Codes) -> float:
    def rate(of_positive: bool) -> float:
        chosen = label == 1 if of_positive else label != 1
        return float(np.mean((answer[chosen] == 1) != of_positive))

    present = np.unique(label)
    of_one = {"labels": [1], "average": "macro", "zero_division": 0}
    every = {"labels": present, "average": "macro", "zero_division": 0}
    score: dict[str, Callable[[], float]] = {
        "accuracy": lambda: sk.accuracy_score(label, answer),
        "balanced_accuracy": lambda: sk.balanced_accuracy_score(label, answer),
        "recall_macro": lambda: sk.recall_score(label, answer, **every),
        "precision_macro": lambda: sk.precision_score(label, answer, **every),
        "f1_macro": lambda: sk.f1_score(label, answer, **every),
        "f1_weighted": lambda: sk.f1_score(label, answer, average="weighted", zero_division=0),
        "mcc": lambda: sk.matthews_corrcoef(label, answer),
        "precision": lambda: sk.precision_score(label, answer, **of_one),
        "recall": lambda: sk.recall_score(label, answer, **of_one),
        "f1": lambda: sk.f1_score(label, answer, **of_one),
        "false_positive_rate": lambda: rate(False),
        "false_negative_rate": lambda: rate(True),
    }  # fmt: skip
    return float(score[metric]())


@pytest.mark.parametrize("metric", METRICS)
def test_values_are_scikit_learns(metric: str) -> None:
    label, base, head = rows()
    result = paired(metric, table(label, base, head))
    assert result.before == pytest.approx(scikit(metric, label, base))
    assert result.after == pytest.approx(scikit(metric, label, head))


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("metric", METRICS)
def test_numbers_are_pythons_own(metric: str, clustered: bool) -> None:
    """What reaches a report or a JSON file has no type of NumPy's."""
    result = paired(metric, table(*rows(), np.arange(300, dtype=np.int32) // 5 if clustered else None))
    numbers = [result.before, result.after]
    if isinstance(result.basis, Studentised):
        numbers += [result.basis.gain, result.basis.se, result.basis.df]
    assert {type(number) for number in numbers} == {float}


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
@pytest.mark.parametrize("metric", METRICS)
def test_a_class_that_is_only_answered_never_labelled_changes_nothing_but_the_errors(metric: str) -> None:
    label, base, head = rows(classes=3)
    base = np.where(base == 2, 3, base).astype(np.int32)
    result = paired(metric, table(label, base, head))
    assert result.before == pytest.approx(scikit(metric, label, base))


@pytest.mark.parametrize("metric", METRICS)
def test_influence_is_the_derivative_of_the_metric_by_a_rows_weight(metric: str) -> None:
    label, answer, _ = rows(120)

    def value(weights: NDArray[np.float64]) -> Measured:
        measured = measure(metric, Margins.of(label, answer, weights, 4), 1)
        assert isinstance(measured, Measured)
        return measured

    exact = value(np.ones(120)).at(label, answer)
    assert exact.sum() == pytest.approx(0, abs=1e-12)
    for row in range(0, 120, 10):
        step = np.zeros(120)
        step[row] = 1e-5
        numeric = (value(1 + step).value - value(1 - step).value) / 2e-5
        assert exact[row] == pytest.approx(numeric, abs=1e-8)


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        ("recall", "no row has the positive label"),
        ("f1", "no row has the positive label"),
        ("precision", "a model never gives the positive answer"),
        ("false_negative_rate", "no row has the positive label"),
        ("mcc", "all rows have one label"),
    ],
)
def test_a_metric_without_a_value_says_why(metric: str, why: str) -> None:
    zeros = np.zeros(5, dtype=np.int32)
    result = paired_change(metric, table(zeros, zeros, zeros), positive=1)
    assert result == Undefined(why)


def test_other_reasons_for_no_value() -> None:
    ones, mixed = np.ones(4, dtype=np.int32), np.array([0, 1, 0, 1], dtype=np.int32)
    none = np.zeros(0, dtype=np.int32)
    assert paired_change("false_positive_rate", table(ones, ones, ones), positive=1) == Undefined(
        "every row has the positive label"
    )
    assert paired_change("mcc", table(mixed, mixed, ones)) == Undefined("a model gives one answer to all rows")
    assert paired_change("accuracy", table(none, none, none)) == Undefined("there are no rows")
    assert paired_change("recall", table(mixed, mixed, ones)) == Undefined("the policy names no positive class")
    assert gain_influence("accuracy", table(mixed, mixed, ones)) == Undefined("the rows have no clusters")
    grouped = (
        table(none, none, none, cluster=none)
        if len(none)
        else replace(table(ones, ones, ones), cluster=ones, clusters=2)
    )
    assert isinstance(gain_influence("mcc", grouped), Undefined)


@pytest.mark.parametrize(
    ("metric", "n", "gained", "lost"),
    [("accuracy", 6, 1, 2), ("recall", 3, 0, 1), ("false_negative_rate", 3, 0, 1), ("false_positive_rate", 3, 1, 1)],
)
def test_a_yes_or_no_per_row_is_counted(metric: str, n: int, gained: int, lost: int) -> None:
    label = np.array([1, 1, 1, 0, 0, 0], dtype=np.int32)
    base = np.array([1, 1, 0, 1, 0, 0], dtype=np.int32)
    head = np.array([1, 0, 0, 0, 0, 1], dtype=np.int32)
    result = paired(metric, table(label, base, head, classes=2))
    assert result.basis == Discordant(gained, lost, n)
    assert (result.n, result.groups, result.method) == (n, None, "mid-p McNemar, Tango")
    sign = -1 if metric in FALLS else 1
    assert sign * (result.after - result.before) == pytest.approx((gained - lost) / n)


@pytest.mark.parametrize(
    "metric", ["balanced_accuracy", "f1_macro", "f1_weighted", "mcc", "precision", "precision_macro"]
)
def test_the_delta_method_has_the_bootstraps_error(metric: str) -> None:
    counts = Classifiers.of([0.5, 0.3, 0.2], 0.85, 0.1, -0.01).table(20_000, np.random.default_rng(1))
    basis = paired(metric, counts).basis
    assert isinstance(basis, Studentised)
    drawn = bootstrap_change(metric, counts, np.random.default_rng(2), positive=1)
    assert not isinstance(drawn, Undefined)
    assert basis.gain == pytest.approx(drawn.gain)
    assert basis.se == pytest.approx(drawn.sorted.std(), rel=0.06)
    assert bounds(basis, 0.025) == pytest.approx(bounds(drawn, 0.025), abs=basis.se * 0.25)


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "false_negative_rate"])
def test_the_cluster_robust_error_is_the_cluster_bootstraps(metric: str) -> None:
    counts = Classifiers.of([0.6, 0.4], 0.85, 0.12, -0.01).grouped(np.full(400, 10), 0.5, np.random.default_rng(1))
    result = paired(metric, counts)
    assert isinstance(result.basis, Studentised)
    drawn = bootstrap_change(metric, counts, np.random.default_rng(2), positive=1)
    assert not isinstance(drawn, Undefined)
    assert result.basis.gain == pytest.approx(drawn.gain)
    assert result.basis.se == pytest.approx(drawn.sorted.std(), rel=0.08)


def test_the_count_space_bootstrap_is_scipys_row_by_row() -> None:
    label, base, head = rows(400)
    drawn = bootstrap_change("accuracy", table(label, base, head), np.random.default_rng(3), replicates=4000)
    assert not isinstance(drawn, Undefined)
    change = (head == label).astype(float) - (base == label)
    rng = np.random.default_rng(4)
    expected = stats.bootstrap((change,), np.mean, n_resamples=4000, method="percentile", rng=rng)
    assert bounds(drawn, 0.025) == pytest.approx(tuple(expected.confidence_interval), abs=0.004)


def test_the_bootstrap_leaves_out_what_has_no_value() -> None:
    label = np.array([1, 0, 0, 0, 0], dtype=np.int32)
    drawn = bootstrap_change("recall", table(label, label, label), np.random.default_rng(0), positive=1, replicates=200)
    assert not isinstance(drawn, Undefined)
    assert 50 < len(drawn.sorted) < 200
    nothing = bootstrap_change("recall", table(label, label, label), np.random.default_rng(0), positive=2)
    assert isinstance(nothing, Undefined)


def test_the_influence_of_clusters_sums_to_nothing_and_makes_the_error() -> None:
    counts = Classifiers.of([0.6, 0.4], 0.85, 0.12, -0.01).grouped(np.full(300, 5), 0.5, np.random.default_rng(1))
    result = paired("mcc", counts)
    influence = gain_influence("mcc", counts)
    assert isinstance(influence, np.ndarray)
    assert isinstance(result.basis, Studentised)
    assert result.influence == pytest.approx(influence)
    assert influence.sum() == pytest.approx(0, abs=1e-12)
    assert result.basis.se == pytest.approx(np.sqrt((influence**2).sum()), rel=0.02)
    assert (result.groups, result.caution) == (300, "")


def test_few_groups_are_said() -> None:
    counts = Classifiers.of([0.5, 0.5], 0.8, 0.2, 0).grouped(np.full(8, 10), 0.5, np.random.default_rng(1))
    assert "only 8 groups" in paired("accuracy", counts).caution


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("clustered", [False, True])
def test_one_row_or_one_group_proves_nothing(metric: str, clustered: bool) -> None:
    one = np.ones(1, dtype=np.int32)
    cluster = np.zeros(1, dtype=np.int32) if clustered else None
    result = paired_change(metric, table(one, one, one - 1, cluster, classes=2), positive=1)
    if isinstance(result, Paired):
        assert p_drop(result.basis, 0) >= 0.25
        assert bounds(result.basis, 0.025)[0] <= -0.5


def test_another_wrong_answer_is_no_false_positive() -> None:
    """Of three classes: what is answered 2 instead of 1 is mended for class 1, though it stays wrong."""
    label = np.array([0, 0, 0, 2, 2, 1], dtype=np.int32)
    base = np.array([1, 1, 0, 2, 1, 1], dtype=np.int32)
    head = np.array([2, 1, 1, 2, 2, 0], dtype=np.int32)
    result = paired("false_positive_rate", table(label, base, head, classes=3))
    assert result.basis == Discordant(gained=2, lost=1, n=5)
    assert paired("accuracy", table(label, base, head, classes=3)).basis == Discordant(gained=1, lost=2, n=6)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "precision_macro", "f1_macro"])
def test_a_class_of_one_row_weighs_like_any_other(metric: str) -> None:
    label = np.array([0, 0, 0, 0, 1, 1, 1, 2], dtype=np.int32)
    base = np.array([0, 0, 1, 0, 1, 1, 0, 2], dtype=np.int32)
    head = np.array([0, 0, 0, 0, 1, 1, 0, 1], dtype=np.int32)
    result = paired(metric, table(label, base, head, classes=3))
    assert result.before == pytest.approx(scikit(metric, label, base))
    assert result.after == pytest.approx(scikit(metric, label, head))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_small_table_gives_finite_numbers_or_a_reason(data: st.DataObject) -> None:
    classes = data.draw(st.integers(1, 4))
    n = data.draw(st.integers(1, 12))
    code = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    label, base, head = (np.array(data.draw(code), dtype=np.int32) for _ in range(3))
    cluster = None
    if data.draw(st.booleans()):
        cluster = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), dtype=np.int32)
    for metric in METRICS:
        result = paired_change(metric, table(label, base, head, cluster, classes), positive=0)
        if isinstance(result, Undefined):
            continue
        low, high = bounds(result.basis, 0.025)
        assert np.all(np.isfinite([result.before, result.after, low, high]))
        assert low <= high


def test_ten_thousand_classes_are_no_matrix() -> None:
    label, base, head = rows(50_000, classes=10_000)
    result = paired("f1_macro", table(label, base, head, classes=10_000))
    assert result.before == pytest.approx(sk.f1_score(label, base, labels=np.unique(label), average="macro"))
    assert isinstance(result.basis, Studentised)
    assert result.basis.se < 0.01


EVEN, RARE, MANY = [0.5, 0.5], [0.5, 0.45, 0.05], [0.05] * 20
WORLDS = {
    "50 rows": (Classifiers.of(EVEN, 0.8, 0.25, 0.0), 50),
    "50 rows, a drop": (Classifiers.of(EVEN, 0.85, 0.25, -0.1), 50),
    "a rare class": (Classifiers.of(RARE, [0.9, 0.9, 0.6], [0.1, 0.1, 0.4], [0, 0, -0.1]), 400),
    "20 classes of 12 rows": (Classifiers.of(MANY, 0.8, 0.2, -0.02), 250),
}


@pytest.mark.parametrize(
    "metric", ["accuracy", "balanced_accuracy", "precision_macro", "f1_macro", "mcc", "f1_weighted"]
)
@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_intervals_cover_the_truth(world: str, metric: str) -> None:
    """95 % +- 3 binomial standard errors and 1 point for discreteness over 500 tables."""
    classifiers, n = WORLDS[world]
    truth, rng, inside = classifiers.gain(metric), np.random.default_rng(7), 0
    for _ in range(500):
        low, high = bounds(paired(metric, classifiers.table(n, rng)).basis, 0.025)
        inside += low <= truth <= high
    assert 0.91 <= inside / 500 <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["precision", "f1"])
def test_intervals_of_one_class_cover_the_truth(metric: str) -> None:
    classifiers = Classifiers.of(RARE, [0.9, 0.85, 0.6], [0.1, 0.2, 0.4], [0, -0.05, 0])
    truth, rng, inside = classifiers.gain(metric), np.random.default_rng(7), 0
    for _ in range(500):
        low, high = bounds(paired(metric, classifiers.table(100, rng)).basis, 0.025)
        inside += low <= truth <= high
    assert 0.91 <= inside / 500 <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("copied", [0.5, 0.9])
@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1_macro"])
def test_grouped_rows_do_not_block_unchanged_models(metric: str, copied: float) -> None:
    """Groups of 10: plain McNemar blocks 15 % and more; respecting them keeps 5 % + 3 binomial standard errors."""
    classifiers, rng = Classifiers.of([0.5, 0.3, 0.2], 0.85, 0.1, 0.0), np.random.default_rng(5)
    naive = robust = 0
    for _ in range(400):
        counts = classifiers.grouped(np.full(60, 10), copied, rng)
        robust += p_drop(paired(metric, counts).basis, 0) <= 0.05
        naive += p_drop(paired("accuracy", replace(counts, cluster=None, clusters=0)).basis, 0) <= 0.05
    assert robust / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert naive / 400 > 0.13


@pytest.mark.parametrize("metric", METRICS)
def test_unchanged_models_are_not_blocked(metric: str) -> None:
    """5 % + 3 binomial standard errors of 400 tables of 150 rows."""
    classifiers, rng = Classifiers.of([0.5, 0.3, 0.2], 0.8, 0.2, 0.0), np.random.default_rng(12)
    alarms = np.mean([p_drop(paired(metric, classifiers.table(150, rng)).basis, 0) <= 0.05 for _ in range(400)])
    assert alarms < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_the_bootstrap_holds_its_level_and_catches_a_drop() -> None:
    rng = np.random.default_rng(13)

    def blocked(gain: float, rows: int, times: int) -> float:
        world, found = Classifiers.of([0.5, 0.5], 0.85, 0.2, gain), []
        for _ in range(times):
            drawn = bootstrap_change("f1_macro", world.table(rows, rng), rng, replicates=200)
            assert not isinstance(drawn, Undefined)
            found.append(p_drop(drawn, 0) <= 0.05)
        return float(np.mean(found))

    assert blocked(0.0, 400, 100) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
    assert blocked(-0.15, 400, 15) == 1.0


@pytest.mark.parametrize("groups", [5, 12])
def test_few_uneven_groups_do_not_block_unchanged_models(groups: int) -> None:
    classifiers, rng = Classifiers.of(EVEN, 0.8, 0.3, 0.0), np.random.default_rng(6)
    sizes = np.arange(1, groups + 1) ** 2
    alarms = np.mean(
        [p_drop(paired("accuracy", classifiers.grouped(sizes, 0.7, rng)).basis, 0) <= 0.05 for _ in range(400)]
    )
    assert alarms < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


@pytest.mark.parametrize("metric", METRICS)
def test_a_planted_regression_is_caught_with_and_without_groups(metric: str) -> None:
    classifiers, rng = Classifiers.of([0.4, 0.4, 0.2], 0.85, 0.16, -0.1), np.random.default_rng(5)
    for counts in (classifiers.table(3000, rng), classifiers.grouped(np.full(300, 10), 0.3, rng)):
        assert p_drop(paired(metric, counts).basis, 0) < 0.01
