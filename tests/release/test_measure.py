"""The intervals of a model card hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, t

from mergegate.facts import CountTable, Joint, Slice
from mergegate.facts.joint import MomentTable, ScoreTable
from mergegate.facts.policy import ModelPolicy
from mergegate.release.measure import measures


def policy(*metrics: str) -> ModelPolicy:
    return ModelPolicy.model_validate(
        {"holdout": "h.csv", "positive": "1", "metrics": [{"name": name} for name in metrics]}
    )


def joint(label: np.ndarray, answer: np.ndarray, cluster: np.ndarray | None = None) -> Joint:
    label, answer = label.astype(np.int32), answer.astype(np.int32)
    own = None if cluster is None else cluster.astype(np.int32)
    table = CountTable(
        label, answer, answer, np.ones(len(label), np.int64), 2, own, 0 if own is None else int(own.max()) + 1
    )
    return Joint(("0", "1"), (Slice(),), (table,), n=len(label))


def test_accuracy_has_the_interval_of_clopper_and_pearson() -> None:
    """As SciPy has it."""
    label = np.ones(200)
    (found,) = measures(policy("accuracy"), joint(label, np.arange(200) >= 17))
    exact = binomtest(183, 200).proportion_ci(0.95, "exact")
    assert (found.value, found.n) == (183 / 200, 200)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_an_auc_lies_within_its_interval_and_within_one() -> None:
    """A model that orders all but one pair rightly cannot be better than perfect."""
    positive = np.arange(40) >= 20
    score = np.arange(40.0)
    score[[19, 20]] = score[[20, 19]]
    whole = joint(positive, positive)
    scored = Joint(whole.classes, whole.slices, whole.counts, scores=(ScoreTable(positive, score, score),), n=40)
    (found,) = measures(policy("auc"), scored)
    assert found.value == pytest.approx(1 - 1 / 400)
    assert found.low is not None
    assert found.high is not None
    assert 0.9 < found.low < found.value < found.high <= 1


def test_a_mean_loss_of_independent_rows_has_an_interval_only_where_its_spread_is_known() -> None:
    """Student's t where the squares are there; else the value alone, and it says so."""
    loss = np.array([0.1, 0.4, 0.2, 0.9, 0.3])

    def table(squares: bool) -> MomentTable:
        total, square = np.array([loss.sum()]), np.array([float(loss @ loss)])
        return MomentTable(np.array([5]), total, total, np.zeros(1), head_sq=square if squares else None)

    whole = joint(np.ones(5), np.ones(5))
    for squares in (True, False):
        made = Joint(whole.classes, whole.slices, whole.counts, moments={"log_loss": (table(squares),)}, n=5)
        (found,) = measures(policy("log_loss"), made)
        assert found.value == pytest.approx(loss.mean())
        if squares:
            ends = t.interval(0.95, 4, loss.mean(), loss.std(ddof=1) / 5**0.5)
            assert (found.low, found.high) == pytest.approx((max(ends[0], 0), ends[1]))
        else:
            assert (found.low, found.high, found.method) == (None, None, "no interval")


@pytest.mark.parametrize("clustered", [False, True])
def test_the_interval_of_f1_covers_the_truth_as_often_as_it_says(clustered: bool) -> None:
    """Of 300 holdouts about 95 % (92 to 98.5) have the truth inside, with groups of ten that answer alike, too."""
    rng = np.random.default_rng(1)
    inside = 0
    truth = 0.8  # of macro-F1, where both classes are as frequent and as often right
    for _ in range(300):
        groups = 150
        label = rng.integers(0, 2, groups)
        right = rng.random(groups) < truth
        answer = np.where(right, label, 1 - label)
        copies = 10 if clustered else 4
        if clustered:
            label, answer = np.repeat(label, copies), np.repeat(answer, copies)
            cluster = np.repeat(np.arange(groups), copies)
        else:
            label = rng.integers(0, 2, groups * copies)
            answer = np.where(rng.random(groups * copies) < truth, label, 1 - label)
            cluster = None
        (found,) = measures(policy("f1_macro"), joint(label, answer, cluster))
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= truth <= found.high
    assert 276 <= inside <= 296
