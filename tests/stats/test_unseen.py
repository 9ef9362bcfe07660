"""What a sample does not show of its spread: the two repairs against their definitions, written out row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks._worlds import Classifiers
from numpy.typing import NDArray

from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import CountTable
from mergegate.stats.bounds import bounds, p_drop
from mergegate.stats.classification import paired_change
from mergegate.stats.confusion import Margins, Measured, measure
from mergegate.stats.paired import Paired
from mergegate.stats.unseen import one_more, uncentred_clusters, uncentred_rows, worth_of

Floats = NDArray[np.float64]
Cell = tuple[int, int, int, int]


def counted(*cells: Cell, classes: int = 3) -> CountTable:
    """Cells of (label, base, head, rows)."""
    label, base, head, count = (np.array(column) for column in zip(*cells, strict=True))
    codes = [column.astype(np.int32) for column in (label, base, head)]
    return CountTable(codes[0], codes[1], codes[2], count.astype(np.int64), classes)


def both(metric: str, table: CountTable) -> tuple[Measured, Measured]:
    found = []
    for answer in (table.base, table.head):
        measured = measure(metric, Margins.of(table.label, answer, table.count, table.classes), 1)
        assert isinstance(measured, Measured)
        found.append(measured)
    return found[0], found[1]


def test_one_more_row_is_worth_what_those_that_moved_a_precision_were() -> None:
    """Three hits lost and two false alarms more, of 20 and 19 positive answers; what goes from 0 to 2 moves nothing."""
    table = counted((1, 1, 1, 14), (1, 1, 0, 3), (0, 1, 1, 3), (0, 0, 1, 2), (0, 0, 2, 90), (2, 2, 2, 8))
    lost, alarm = (1 - 17 / 20) / 20, (14 / 19) / 19
    known = 17 / 20 / 20
    expected = math.sqrt((known**2 + 3 * lost**2 + 2 * alarm**2) / 6)
    assert one_more(table, *both("precision", table)) == pytest.approx(expected)


def test_where_no_row_differs_one_more_is_worth_a_right_answer() -> None:
    table = counted((1, 1, 1, 6), (0, 1, 1, 4), (0, 0, 0, 7), (2, 0, 1, 0))
    assert one_more(table, *both("precision", table)) == pytest.approx(0.6 / 10)
    few = counted((1, 1, 1, 2), (0, 1, 1, 3), (0, 0, 0, 7))
    assert one_more(few, *both("precision", few)) == pytest.approx(0.6 / 5)


def test_one_more_row_of_an_accuracy_is_one_row() -> None:
    table = counted((0, 0, 0, 30), (0, 1, 0, 4), (1, 1, 0, 9), (2, 0, 1, 7))
    assert one_more(table, *both("accuracy", table)) == pytest.approx(1 / 50)


def test_where_classes_weigh_alike_a_row_is_worth_the_more_the_rarer_its_class() -> None:
    """Root mean square over rows of 1 / (3 N of the class)."""
    table = counted((0, 0, 0, 40), (1, 1, 1, 8), (2, 2, 2, 2))
    worth = worth_of(*both("balanced_accuracy", table))
    assert worth == pytest.approx([1 / 120, 1 / 24, 1 / 6])
    expected = math.sqrt((40 / 120**2 + 8 / 24**2 + 2 / 6**2) / 50)
    assert one_more(table, *both("balanced_accuracy", table)) == pytest.approx(expected)


def test_a_right_answer_is_worth_the_more_of_what_both_models_make_of_it() -> None:
    """Head gives the positive answer to fewer rows, so each of them weighs more."""
    table = counted((1, 1, 1, 6), (1, 1, 0, 2), (0, 1, 1, 2))
    assert worth_of(*both("precision", table))[1] == pytest.approx(max(8 / 10 / 10, 6 / 8 / 8))
    turned = counted((1, 1, 1, 6), (1, 0, 1, 2), (0, 1, 1, 2))
    assert worth_of(*both("precision", turned))[1] == pytest.approx(max(8 / 10 / 10, 6 / 8 / 8))


def test_answers_that_are_never_right_nor_asked_for_are_worth_nothing() -> None:
    table = counted((0, 1, 2, 5))
    assert one_more(table, *both("precision_macro", table)) == 0.0


ROWS = counted((0, 0, 0, 20), (0, 1, 0, 3), (0, 0, 2, 5), (1, 1, 1, 2), (1, 0, 1, 1), (2, 2, 0, 1), classes=4)


def test_each_classs_spread_has_its_own_n_minus_one() -> None:
    rng = np.random.default_rng(0)
    influence, worth = rng.normal(size=len(ROWS.label)), np.array([0.1, 0.2, 0.7, 0.0])
    inflated, alone = uncentred_rows(ROWS, influence, worth)
    for label in range(3):
        here = np.repeat(ROWS.label == label, ROWS.count)
        before, after = (np.repeat(values, ROWS.count)[here] for values in (influence, inflated))
        assert after.mean() == pytest.approx(before.mean())
        if len(before) > 1:
            assert after.var() == pytest.approx(before.var(ddof=1))
    differing = (3 + 5 + 1 + 1 + 1) / (32 + 2)
    assert alone == pytest.approx([0.7 * math.sqrt(differing)])


def grouped() -> tuple[CountTable, NDArray[np.int32]]:
    """Four groups; class 3 lives in the last group alone, class 2 in one row, class 1 in two groups."""
    cells = [
        (0, 0, 0, 6),
        (0, 0, 1, 2),
        (0, 1, 0, 3),
        (1, 1, 1, 4),
        (1, 1, 0, 2),
        (2, 2, 2, 1),
        (3, 3, 0, 3),
        (0, 0, 0, 9),
    ]
    plain = counted(*cells, classes=4)
    cluster = np.array([0, 1, 2, 0, 1, 2, 3, 3], dtype=np.int32)
    return CountTable(plain.label, plain.base, plain.head, plain.count, 4, cluster, 5), cluster


def test_what_a_group_brings_to_its_class_is_uncentred_by_its_share_of_the_class() -> None:
    table, cluster = grouped()
    influence = np.random.default_rng(1).normal(size=len(table.label))
    worth = np.array([0.1, 0.2, 0.5, 0.9])
    inflated, alone = uncentred_clusters(table, cluster, influence, worth)
    expected = np.zeros(5)
    for label in range(4):
        of_label = table.label == label
        n = table.count[of_label].sum()
        mean = float(table.count[of_label] @ influence[of_label]) / n
        for group in range(5):
            here = of_label & (cluster == group)
            size = table.count[here].sum()
            deviation = float(table.count[here] @ influence[here]) - mean * size
            expected[group] += mean * size + (deviation / math.sqrt(1 - size / n) if size < n else deviation)
    assert inflated == pytest.approx(expected)
    differing = (2 + 3 + 2 + 3 + 1) / (30 + 2)
    sums, rows = np.array([0, -2 - 2, 3, -3]), 2 + 3 + 2 + 3
    together = float((sums**2).sum()) / rows
    assert together > 1
    spread = differing * together
    assert sorted(alone) == pytest.approx(sorted([0.5 * math.sqrt(spread), 0.9 * math.sqrt(3 * spread)]))


def test_groups_whose_changes_cancel_count_as_rows() -> None:
    plain = counted((0, 0, 1, 2), (0, 1, 0, 2), (1, 1, 1, 3), (0, 0, 0, 5), classes=2)
    cluster = np.array([0, 0, 0, 1], dtype=np.int32)
    table = CountTable(plain.label, plain.base, plain.head, plain.count, 2, cluster, 2)
    _, alone = uncentred_clusters(table, cluster, np.zeros(4), np.array([0.1, 0.4]))
    assert alone == pytest.approx([0.4 * math.sqrt(3 * 5 / 14)])
    same = counted((0, 0, 0, 2), (0, 0, 0, 2), (1, 1, 1, 3), (0, 0, 0, 5), classes=2)
    still = CountTable(same.label, same.base, same.head, same.count, 2, cluster, 2)
    _, alone = uncentred_clusters(still, cluster, np.zeros(4), np.array([0.1, 0.4]))
    assert alone == pytest.approx([0.4 * math.sqrt(3 * 1 / 14)])


def test_a_precision_with_few_positive_answers_covers_its_truth_and_not_too_much() -> None:
    """95 % and three standard errors of 600 tables; where each row that differs counted as a hit it was 97.9 %."""
    world = Classifiers.of([0.5, 0.5], 0.8, 0.3, 0.0)
    truth, rng, inside = world.gain("precision"), np.random.default_rng(7), 0
    for _ in range(600):
        result = paired_change("precision", world.table(50, rng), positive=1)
        assert isinstance(result, Paired)
        low, high = bounds(result.basis, 0.025)
        inside += low <= truth <= high
    assert inside / 600 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 600))


@pytest.mark.parametrize("metric", ["precision", "f1", "balanced_accuracy", "f1_macro"])
def test_few_rows_do_not_block_what_is_unchanged_and_a_large_drop_is_caught(metric: str) -> None:
    rng = np.random.default_rng(9)

    def blocked(world: Classifiers, rows: int, times: int) -> float:
        found = [paired_change(metric, world.table(rows, rng), positive=1) for _ in range(times)]
        return float(np.mean([isinstance(one, Paired) and p_drop(one.basis, 0) <= 0.05 for one in found]))

    same = Classifiers.of([0.6, 0.4], 0.85, 0.15, 0.0)
    assert blocked(same, 80, 600) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 600)
    assert blocked(Classifiers.of([0.6, 0.4], 0.85, 0.2, -0.15), 400, 40) > 0.9


def test_a_class_of_one_row_is_no_certainty() -> None:
    """Nothing differs on it, and nothing is known of it."""
    table = counted((0, 0, 0, 40), (0, 0, 1, 2), (0, 1, 0, 2), (1, 1, 1, 40), (2, 2, 2, 1))
    result = paired_change("balanced_accuracy", table)
    assert isinstance(result, Paired)
    assert isinstance(result.basis, Studentised)
    assert result.basis.se > math.sqrt(5 / 87) / 3
