"""Expected calibration error: its value, the bias of the plain difference, and what is left after the correction."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from benchmarks._worlds import Confidences, binned
from scipy import stats

from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import BinTable
from mergegate.stats.bounds import bounds, p_drop
from mergegate.stats.calibration import paired_ece
from mergegate.stats.paired import Paired, Undefined

CALIBRATED_AGAINST_NOT = Confidences(1.0, 1.0, shift=0.5, unlike=0.2)
BOTH_OVERCONFIDENT = Confidences(1.5, 1.5)


def paired(table: BinTable) -> Paired:
    result = paired_ece(table)
    assert isinstance(result, Paired)
    return result


def test_the_value_is_that_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    base, head = rng.random((2, 500))
    right = rng.random((2, 500)) < 0.6
    result = paired(binned(base, head, right[0], right[1]))
    for value, confidence, hit in ((result.before, base, right[0]), (result.after, head, right[1])):
        code = np.minimum((confidence * 10).astype(int), 9)
        gaps = [np.sum(hit[code == k] - confidence[code == k]) for k in range(10)]
        assert value == pytest.approx(np.abs(gaps).sum() / 500)
    assert result.n == 500


def of_rows(n: int, seed: int = 0) -> BinTable:
    """One cell for each row; the last bin of base has one row that is certain and right."""
    rng = np.random.default_rng(seed)
    base, head = rng.random((2, n)) * 0.89
    base[0] = 1.0
    right = rng.random((2, n)) < 0.5
    right[0, 0] = True
    codes = [np.minimum((part * 10).astype(np.int32), 9) for part in (base, head)]
    return BinTable(codes[0], codes[1], right[0], right[1], base, head, np.ones(n, dtype=np.int64), 10)


def side_of(code: np.ndarray, residual: np.ndarray) -> tuple[float, np.ndarray]:
    """Twice each |gap| less the folded normal's mean by SciPy; and its derivative by each row's residual."""
    total, influence = 0.0, np.zeros(len(code))
    for k in range(10):
        here = code == k
        gap, spread = residual[here].sum(), math.sqrt((residual[here] ** 2).sum())
        if spread > 0:
            total += 2 * abs(gap) - stats.foldnorm.mean(abs(gap) / spread, scale=spread)
            influence[here] = np.sign(gap) * (3 - 2 * stats.norm.cdf(abs(gap) / spread)) * residual[here]
    return total, influence


@pytest.mark.parametrize("n", [2, 3, 40])
def test_the_correction_and_its_error_are_those_of_the_folded_normal(n: int) -> None:
    table = of_rows(n)
    base, of_base = side_of(table.base_bin, table.base_right - table.base_score)
    head, of_head = side_of(table.head_bin, table.head_right - table.head_score)
    influence = (of_base - of_head) / n
    influence -= influence.mean()
    expected = math.sqrt(float(influence @ influence) * n / (n - 1) + 1 / n**2)
    result = paired(table)
    assert isinstance(result.basis, Studentised)
    assert result.basis.gain == pytest.approx((base - head) / n)
    assert (result.basis.se, result.basis.df, result.basis.limit) == pytest.approx((expected, n - 1, 1.0))
    assert (result.groups, result.method) == (None, "debiased ECE")
    assert result.caution.startswith("the change and its interval are freed of the bias of few rows in a bin;")


def test_each_row_its_own_group_is_the_same_correction_with_the_groups_error() -> None:
    table = of_rows(40)
    codes = np.arange(40, dtype=np.int32)
    alone, grouped = paired(table), paired(replace(table, cluster=codes, clusters=40))
    assert isinstance(alone.basis, Studentised)
    assert isinstance(grouped.basis, Studentised)
    assert (grouped.before, grouped.after, grouped.basis.gain) == pytest.approx(
        (alone.before, alone.after, alone.basis.gain)
    )
    assert grouped.basis.se == pytest.approx(alone.basis.se)
    assert (grouped.groups, grouped.caution, grouped.basis.limit) == (40, alone.caution, 1.0)


def test_one_row_has_a_calibration_and_no_certainty() -> None:
    result = paired(of_rows(1))
    assert isinstance(result.basis, Studentised)
    assert (result.n, result.basis.df) == (1, 0)
    assert bounds(result.basis, 0.05) == (-1.0, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("world", [CALIBRATED_AGAINST_NOT, BOTH_OVERCONFIDENT, Confidences(1.0, 1.5)])
@pytest.mark.parametrize("n", [50, 300, 3000])
def test_intervals_cover_the_truth_where_the_plain_difference_is_biased(world: Confidences, n: int) -> None:
    """At least 95 % - 3 binomial standard errors; wide where nothing is to be corrected."""
    truth, rng = world.gain(), np.random.default_rng(1)
    intervals = [bounds(paired(world.table(n, rng)).basis, 0.025) for _ in range(300)]
    assert np.mean([low <= truth <= high for low, high in intervals]) > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 300)


def test_the_plain_difference_hides_a_loss_of_calibration_and_the_corrected_one_hides_less() -> None:
    """Base is perfectly calibrated, which few rows cannot show: half of the loss is lost."""
    truth, rng = CALIBRATED_AGAINST_NOT.gain(), np.random.default_rng(1)
    results = [paired(CALIBRATED_AGAINST_NOT.table(300, rng)) for _ in range(300)]
    plain = np.mean([result.before - result.after for result in results])
    corrected = np.mean([result.basis.gain for result in results if isinstance(result.basis, Studentised)])
    assert truth < 0
    assert plain - truth > 0.5 * abs(truth)
    assert 0 < corrected - truth < 0.9 * (plain - truth)


def test_equal_calibration_is_not_blocked_and_a_worse_one_is() -> None:
    rng = np.random.default_rng(2)
    alarms = np.mean([p_drop(paired(BOTH_OVERCONFIDENT.table(500, rng)).basis, 0) <= 0.05 for _ in range(400)])
    assert alarms < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
    worse = Confidences(1.0, 1.0, shift=1.0)
    assert np.mean([p_drop(paired(worse.table(3000, rng)).basis, 0) <= 0.05 for _ in range(40)]) > 0.9


def test_copied_rows_do_not_block_equal_calibration_and_a_worse_one_is_caught() -> None:
    rng = np.random.default_rng(4)
    same = (clustered(BOTH_OVERCONFIDENT.table(100, rng), 5) for _ in range(200))
    alarms = np.mean([p_drop(paired(table).basis, 0) <= 0.05 for table in same])
    assert alarms < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)
    worse = Confidences(1.0, 1.0, shift=1.0)
    assert np.mean([p_drop(paired(clustered(worse.table(1000, rng), 3)).basis, 0) <= 0.05 for _ in range(20)]) > 0.9


def clustered(table: BinTable, copies: int) -> BinTable:
    """Every cell's rows become clusters of `copies` equal rows."""
    cells = np.repeat(np.arange(len(table.count)), table.count)
    counts = np.full(len(cells), copies, dtype=np.int64)
    share = copies / table.count
    parts = {name: getattr(table, name)[cells] for name in ("base_bin", "head_bin", "base_right", "head_right")}
    sums = {name: (getattr(table, name) * share)[cells] for name in ("base_score", "head_score")}
    codes = np.arange(len(cells), dtype=np.int32)
    return BinTable(**parts, **sums, count=counts, bins=table.bins, cluster=codes, clusters=len(cells))


def test_copies_of_rows_in_clusters_add_nothing() -> None:
    table = CALIBRATED_AGAINST_NOT.table(2000, np.random.default_rng(3))
    alone, copied = paired(table), paired(clustered(table, 5))
    assert bounds(copied.basis, 0.025) == pytest.approx(bounds(alone.basis, 0.025), abs=1e-3)
    assert (copied.groups, copied.n, copied.method) == (2000, 10_000, "debiased ECE, clustered")
    assert copied.influence is not None
    assert copied.influence.sum() == pytest.approx(0, abs=1e-9)


def test_few_groups_are_said_beside_the_correction() -> None:
    table = clustered(CALIBRATED_AGAINST_NOT.table(12, np.random.default_rng(3)), 2)
    caution = paired(table).caution
    assert caution == (
        "the change and its interval are freed of the bias of few rows in a bin; before and after are not; "
        "only 12 groups: the interval is as wide as so few allow"
    )


def test_rows_that_agree_wholly_do_not_pretend_to_certainty() -> None:
    table = Confidences(1.0, 1.0, unlike=0.0).table(100, np.random.default_rng(3))
    low, high = bounds(paired(table).basis, 0.025)
    assert low < 0 < high


def test_confidence_of_one_is_certain() -> None:
    right = np.ones(30, dtype=bool)
    result = paired(binned(np.ones(30), np.ones(30), right, ~right))
    assert (result.before, result.after) == (0.0, 1.0)
    assert p_drop(result.basis, 0) < 0.001


def test_no_rows_have_no_calibration() -> None:
    table = Confidences().table(5, np.random.default_rng(0))
    columns = ("base_bin", "head_bin", "base_right", "head_right", "base_score", "head_score", "count")
    nothing = replace(table, **{name: getattr(table, name)[:0] for name in columns})
    assert paired_ece(nothing) == Undefined("there are no rows")
