"""The worlds of the benchmark are what they say, and its shortcut for groups is the gate's own statistic."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks._ceiling import power_over_ceiling
from benchmarks._contestants import CONTESTANTS
from benchmarks._pull_requests import ARMS, _clustered, play
from benchmarks._worlds import Classifiers, Confidences

from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import CountTable
from mergegate.stats.classification import paired_change
from mergegate.stats.paired import Paired


def test_a_group_statistic_of_the_benchmark_is_that_of_the_gate() -> None:
    sums = np.array([2.0, -1.0, 0.0, 3.0, -2.0, 0.0])
    cells = [(group, value) for group, total in enumerate(sums) for value in [np.sign(total)] * int(abs(total))]
    cells += [(group, 0.0) for group, total in enumerate(sums) for _ in range(10 - int(abs(total)))]
    cluster, change = (np.array(part) for part in zip(*cells, strict=True))
    label = np.ones(60, dtype=np.int32)
    table = CountTable(
        label, (change <= 0).astype(np.int32), (change >= 0).astype(np.int32), np.ones(60, dtype=np.int64), 2,
        cluster.astype(np.int32), 6,
    )  # fmt: skip
    result = paired_change("accuracy", table)
    assert isinstance(result, Paired)
    assert isinstance(result.basis, Studentised)
    ours = _clustered(sums, 10)
    assert (ours.gain, ours.se, ours.df) == pytest.approx((result.basis.gain, result.basis.se, result.basis.df))


@pytest.mark.parametrize(("arm", "gain"), [("drop of 2 points", -0.02), ("groups of 10, drop of 3 points", -0.03),
                                           ("one 5 % slice down 10 points", -0.005), ("seeds only", 0.0)])  # fmt: skip
def test_an_arms_true_change_is_what_it_says(arm: str, gain: float) -> None:
    checks = play(ARMS[arm], 5000, 200, np.random.default_rng(1))
    assert checks.gain.mean() == pytest.approx(gain, abs=0.002)
    assert checks.p.shape[1] == 23


def test_identical_artefacts_are_blocked_by_nobody() -> None:
    checks = play(ARMS["identical artefacts"], 500, 20, np.random.default_rng(1))
    assert not any(rule(checks).any() for rule in CONTESTANTS.values())


def test_the_true_gain_of_a_world_is_that_of_many_rows() -> None:
    world = Classifiers.of([0.5, 0.3, 0.2], 0.8, 0.2, [0.0, -0.05, 0.1])
    result = paired_change("f1_macro", world.table(4_000_000, np.random.default_rng(2)))
    assert isinstance(result, Paired)
    assert result.after - result.before == pytest.approx(world.gain("f1_macro"), abs=0.001)


def test_a_models_true_calibration_error_is_that_of_many_rows() -> None:
    table = Confidences(1.0, 1.5).table(1_000_000, np.random.default_rng(2))
    sides = ((table.base_bin, table.base_right, table.base_score), (table.head_bin, table.head_right, table.head_score))
    gaps = [np.bincount(code, table.count * right - score, 10) for code, right, score in sides]
    before, after = (float(np.abs(gap).sum() / 1_000_000) for gap in gaps)
    assert before - after == pytest.approx(Confidences(1.0, 1.5).gain(), abs=0.003)


def test_no_test_is_above_the_ceiling() -> None:
    ours, best = power_over_ceiling(500, 0.08, 0.03, 0.03)
    assert 0.95 * best < ours <= best * 1.02
