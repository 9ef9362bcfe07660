"""Rows in groups, for each kind of statistic: by definition, whatever the groups' codes, and never surer than rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from benchmarks._worlds import moments, scores
from numpy.typing import NDArray

from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import BinTable, CountTable, MomentTable, ScoreTable
from mergegate.stats.bounds import p_drop
from mergegate.stats.calibration import paired_ece
from mergegate.stats.classification import gain_influence, paired_change
from mergegate.stats.clusters import cluster_error
from mergegate.stats.confusion import OF_ALL_CLASSES, OF_ONE_CLASS
from mergegate.stats.moments import Transform, paired_moments
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.ranking import paired_ranking
from mergegate.stats.sums import sum_by

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
SIZES = np.array([1, 2, 3, 5, 8, 13, 40, 1, 6, 21])
"""Ten uneven groups, 100 rows."""
N = int(SIZES.sum())


def groups() -> Codes:
    return np.repeat(np.arange(len(SIZES), dtype=np.int32), SIZES)


def classified(cluster: Codes, clusters: int) -> CountTable:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, N)
    base, head = (np.where(rng.random(N) < 0.7, label, rng.integers(0, 3, N)) for _ in range(2))
    codes = [code.astype(np.int32) for code in (label, base, head)]
    return CountTable(codes[0], codes[1], codes[2], np.ones(N, dtype=np.int64), 3, cluster, clusters)


def ranked(cluster: Codes, clusters: int) -> ScoreTable:
    table = scores(N, np.random.default_rng(0), share=0.4, base=1.0, head=0.8, alike=0.5)
    return ScoreTable(table.positive, table.base, table.head, cluster, clusters)


def lost(cluster: Codes, clusters: int) -> MomentTable:
    base, head = np.random.default_rng(0).gamma(2, size=(2, N))
    return moments(base, 3 * head, cluster, clusters)


def confident(cluster: Codes, clusters: int) -> BinTable:
    """One cell for each row."""
    rng = np.random.default_rng(0)
    base, head = rng.random((2, N))
    right = rng.random((2, N)) < 0.6
    codes = [np.minimum((part * 10).astype(np.int32), 9) for part in (base, head)]
    count = np.ones(N, dtype=np.int64)
    return BinTable(codes[0], codes[1], right[0], right[1], base, head, count, 10, cluster, clusters)


Made = Callable[[Codes, int], Paired | Undefined]


def of_answers(metric: str) -> Made:
    return lambda cluster, clusters: paired_change(metric, classified(cluster, clusters), positive=1)


KINDS: dict[str, Made] = {
    **{name: of_answers(name) for name in (*OF_ALL_CLASSES, *OF_ONE_CLASS)},
    "auc": lambda *groups: paired_ranking("auc", ranked(*groups)),
    "average_precision": lambda *groups: paired_ranking("average_precision", ranked(*groups)),
    "mean": lambda *groups: paired_moments(lost(*groups), limit=40.0),
    "root_mean": lambda *groups: paired_moments(lost(*groups), transform="root_mean", limit=40.0),
    "explained": lambda *groups: paired_moments(lost(*groups), transform="explained", label_variance=40.0, limit=40.0),
    "ece": lambda *groups: paired_ece(confident(*groups)),
}
METHODS = {"auc": "DeLong, clustered", "average_precision": "influence function, clustered"}
METHODS |= {"ece": "debiased ECE, clustered"}
LIMITS = {"mean": 40.0, "root_mean": 40.0, "explained": 40.0, "mcc": 2.0}


def made(kind: str, cluster: Codes, clusters: int) -> Paired:
    result = KINDS[kind](cluster, clusters)
    assert isinstance(result, Paired)
    return result


def basis_of(result: Paired) -> Studentised:
    assert isinstance(result.basis, Studentised)
    return result.basis


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_ten_groups(kind: str) -> None:
    result = made(kind, groups(), len(SIZES))
    asked = np.ones(N, dtype=bool)
    if kind in {"recall", "false_negative_rate", "false_positive_rate"}:
        label = classified(groups(), len(SIZES)).label
        asked = label != 1 if kind == "false_positive_rate" else label == 1
    here = len(np.unique(groups()[asked]))
    assert (result.n, result.groups) == (asked.sum(), here)
    assert result.method == METHODS.get(kind, "cluster-robust t")
    assert result.caution.endswith(f"only {here} groups: the interval is as wide as so few allow")
    assert basis_of(result).limit == LIMITS.get(kind, 1.0)
    falls = -1 if kind in {"false_positive_rate", "false_negative_rate", "mean", "root_mean", "ece"} else 1
    if kind != "ece":  # of which only the gain is freed of its bias
        assert basis_of(result).gain == pytest.approx(falls * (result.after - result.before))


@pytest.mark.parametrize("kind", KINDS)
def test_groups_without_a_row_on_the_slice_do_not_count(kind: str) -> None:
    """The codes are of the whole table; a slice has only some of them."""
    plain = made(kind, groups(), len(SIZES))
    apart = made(kind, 2 * groups() + 1, 2 * len(SIZES) + 5)
    assert apart.basis == plain.basis
    assert (apart.groups, apart.n, apart.caution) == (plain.groups, plain.n, plain.caution)
    assert apart.influence is not None
    assert plain.influence is not None
    assert np.array_equal(apart.influence[1:21:2], plain.influence)
    assert not apart.influence[::2].any()
    assert len(apart.influence) == 25


@pytest.mark.parametrize("kind", KINDS)
def test_what_groups_add_to_the_gain_sums_to_nothing_and_is_its_error(kind: str) -> None:
    """The error is CR2's of these sums, but for what classification and calibration add for the unseen."""
    result = made(kind, groups(), len(SIZES))
    assert result.influence is not None
    assert result.influence.sum() == pytest.approx(0, abs=1e-12)
    se, df = cluster_error(result.influence, SIZES.astype(float))
    if kind in {"auc", "average_precision", "mean", "root_mean", "explained"}:
        assert (basis_of(result).se, basis_of(result).df) == pytest.approx((se, df))
    elif kind in {"accuracy", "mcc", "f1_weighted", "ece"}:
        assert se < basis_of(result).se < 1.5 * se


@pytest.mark.parametrize("transform", ["mean", "root_mean", "explained"])
def test_a_groups_part_of_a_mean_loss_is_that_of_the_definition(transform: Transform) -> None:
    base, head = np.random.default_rng(0).gamma(2, size=(2, N))
    head *= 3
    slopes = {"mean": (1.0, 1.0), "explained": (1 / 40, 1 / 40)}
    slopes["root_mean"] = (0.5 / math.sqrt(base.mean()), 0.5 / math.sqrt(head.mean()))
    of_base, of_head = slopes[transform]
    each = (of_base * (base - base.mean()) - of_head * (head - head.mean())) / N
    found = made(transform, groups(), len(SIZES)).influence
    assert found == pytest.approx(sum_by(groups(), each, len(SIZES)))


@pytest.mark.parametrize("metric", ["f1", "false_negative_rate", "f1_macro"])
def test_influence_alone_is_the_one_of_the_whole_comparison(metric: str) -> None:
    table = classified(groups(), len(SIZES))
    alone = gain_influence(metric, table, positive=1)
    assert isinstance(alone, np.ndarray)
    assert alone == pytest.approx(made(metric, groups(), len(SIZES)).influence)


def copies(kind: str, n: int, worse: float, rng: np.random.Generator) -> Paired:
    """`n` groups of 5 equal rows; nothing changed where `worse` is 0."""
    code = np.repeat(np.arange(n, dtype=np.int32), 5)
    if kind in {"auc", "average_precision"}:
        own = scores(n, rng, share=0.4, base=1.2, head=1.2 - worse, alike=0.6)
        result = paired_ranking(kind, ScoreTable(own.positive[code], own.base[code], own.head[code], code, n))
    else:
        base, head = rng.standard_normal((2, n)) ** 2
        table = moments(base[code], ((1 + worse) ** 2 * head)[code], code, n)
        transform: Transform = "root_mean" if kind == "root_mean" else "mean"
        result = paired_moments(table, transform=transform)
    assert isinstance(result, Paired)
    return result


@pytest.mark.parametrize("kind", ["auc", "average_precision", "mean", "root_mean"])
def test_copied_rows_do_not_block_what_is_unchanged_and_what_is_worse_is_caught(kind: str) -> None:
    """5 % and three standard errors of 600 tables; as rows, copies of five would be blocked five times as often."""
    rng = np.random.default_rng(11)
    alarms = np.mean([p_drop(copies(kind, 60, 0.0, rng).basis, 0) <= 0.05 for _ in range(600)])
    assert alarms < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 600)
    assert np.mean([p_drop(copies(kind, 300, 0.8, rng).basis, 0) <= 0.05 for _ in range(30)]) > 0.9
