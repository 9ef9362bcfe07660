"""Expected calibration error: its value, the bias of the plain difference, and what is left after the correction."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from benchmarks._worlds import Confidences, binned

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
    assert "freed of the bias" in caution
    assert "only 12 groups" in caution


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
