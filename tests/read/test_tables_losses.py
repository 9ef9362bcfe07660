"""Losses, bins, scores and variances, as NumPy computes them from the same rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.read.table_files import assert_same, policy, rows_of, write

from mergegate.facts.comparison import Slice
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.joint import Joint, MomentTable

    Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]


def columns(n: int, seed: int) -> Columns:
    """Labels, slices and groups are the same for every seed; answers and scores are not."""
    truth, draw = np.random.default_rng(n), np.random.default_rng(seed)
    return {
        "id": np.arange(n),
        "label": truth.choice(["no", "yes"], n),
        "s": truth.choice(["x", "y"], n),
        "g": truth.integers(0, 7, n),
        "prediction": draw.choice(["no", "yes"], n),
        "score": draw.random(n).round(6),
    }


def joint_of(folder: Path, base: Columns, head: Columns, **parts: Any) -> Joint:
    paths = [
        write(folder / f"{side}.parquet", rows_of({name: values.tolist() for name, values in table.items()}))
        for side, table in (("base", base), ("head", head))
    ]
    return pair(paths[0], paths[1], policy(slices=("s",), **parts))


def metrics(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def assert_sums(table: MomentTable, base: Any, head: Any) -> None:
    """The sums of a table, over all its entries, are those of two arrays of losses."""
    assert table.base_sq is not None
    assert table.head_sq is not None
    assert int(table.n.sum()) == len(base)
    expected = [base.sum(), head.sum(), ((head - base) ** 2).sum(), (base**2).sum(), (head**2).sum()]
    found = [column.sum() for column in (table.base, table.head, table.diff_sq, table.base_sq, table.head_sq)]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def log_loss(right: Any, score: Any) -> Any:
    return -np.log(np.clip(np.where(right, score, 1 - score), 1e-15, 1))


def brier_of(right: Any, score: Any) -> Any:
    return (score - right) ** 2


@pytest.mark.parametrize("positive", ["yes", None])
def test_log_loss_and_brier_are_of_the_positive_class_or_of_the_answer(tmp_path: Path, positive: str | None) -> None:
    base, head = columns(300, 1), columns(300, 2)
    base["score"][:3] = head["score"][4:8] = 1.0
    joint = joint_of(tmp_path, base, head, metrics=metrics("log_loss", "brier"), score="score", positive=positive)
    for slice_, log, brier in zip(joint.slices, joint.moments["log_loss"], joint.moments["brier"], strict=True):
        rows = np.ones(300, bool) if slice_.overall else head["s"] == slice_.value
        losses = []
        for side in (base, head):
            right = head["label"] == ("yes" if positive else side["prediction"])
            losses.append((right[rows], side["score"][rows]))
        assert_sums(log, *(log_loss(right, score) for right, score in losses))
        assert_sums(brier, *((score - right) ** 2 for right, score in losses))
        assert log.other_sq is not None
        assert brier.other_sq is not None
        logs, briers = ([of(~right, score) for right, score in losses] for of in (log_loss, brier_of))
        np.testing.assert_allclose(log.other_sq.sum(), ((logs[1] - logs[0]) ** 2).sum(), rtol=1e-9)
        np.testing.assert_allclose(brier.other_sq.sum(), ((briers[1] - briers[0]) ** 2).sum(), rtol=1e-9)


def test_losses_of_a_group_are_one_entry(tmp_path: Path) -> None:
    base, head = columns(200, 1), columns(200, 2)
    joint = joint_of(tmp_path, base, head, metrics=metrics("brier"), score="score", positive="yes", group="g")
    table = joint.moments["brier"][0]
    assert table.clusters == 7
    assert table.cluster is not None
    for code, n, total in zip(table.cluster, table.n, table.head, strict=True):
        rows = head["g"] == code
        assert n == rows.sum()
        assert total == pytest.approx(((head["score"] - (head["label"] == "yes")) ** 2)[rows].sum(), rel=1e-9)


@pytest.mark.parametrize("unit", [1e-7, 1.0, 1e9])
def test_errors_of_a_regression_in_any_unit(tmp_path: Path, unit: float) -> None:
    draw = np.random.default_rng(5)
    label = draw.normal(40, 3, 250) * unit
    base = {"id": np.arange(250), "label": label, "s": draw.choice(["x", "y"], 250)}
    head = base | {"prediction": label + draw.normal(0, unit, 250)}
    base = base | {"prediction": label + draw.normal(0, 2 * unit, 250)}
    named = [*metrics("mae", "rmse", "r2"), {"name": "pinball", "quantile": 0.9}]
    joint = joint_of(tmp_path, base, head, metrics=named, task="regression")
    assert joint.counts == ()
    assert joint.classes == ()
    for index, slice_ in enumerate(joint.slices):
        rows = np.ones(250, bool) if slice_.overall else head["s"] == slice_.value
        errors = [((label - side["prediction"]) / unit)[rows] for side in (base, head)]
        made = {name: tables[index] for name, tables in joint.moments.items()}
        assert_sums(scaled(made["absolute_error"], unit), *(abs(error) for error in errors))
        assert_sums(scaled(made["squared_error"], unit**2), *(error**2 for error in errors))
        assert_sums(scaled(made["pinball_0.9"], unit), *(np.maximum(0.9 * e, -0.1 * e) for e in errors))
        assert joint.label_variance[index] / unit**2 == pytest.approx(np.var(label[rows] / unit), rel=1e-9)


def scaled(table: MomentTable, unit: float) -> MomentTable:
    """The same sums for losses divided by `unit`."""
    from dataclasses import replace

    assert table.base_sq is not None
    assert table.head_sq is not None
    return replace(
        table,
        base=table.base / unit,
        head=table.head / unit,
        diff_sq=table.diff_sq / unit**2,
        base_sq=table.base_sq / unit**2,
        head_sq=table.head_sq / unit**2,
    )


def test_labels_that_are_all_equal_have_no_variance(tmp_path: Path) -> None:
    base = {"id": np.arange(5), "label": np.full(5, 0.1), "s": np.full(5, "x"), "prediction": np.full(5, 0.3)}
    joint = joint_of(tmp_path, base, base, metrics=metrics("r2"), task="regression")
    assert joint.label_variance == (0.0, 0.0)
    assert joint.moments["squared_error"][0].base[0] == pytest.approx(5 * 0.04)


def test_the_rows_of_a_regression_whose_error_grew_most_are_shown(tmp_path: Path) -> None:
    label = np.arange(4.0)
    base = {"id": np.arange(4), "label": label, "s": np.full(4, "x"), "prediction": label + 1}
    head = base | {"prediction": label + np.array([0.0, 5.0, 1.0, -9.0])}
    joint = joint_of(tmp_path, base, head, metrics=metrics("mae"), task="regression")
    assert joint.examples == (
        ("id", "label", "before", "now", "s"),
        ("3", "3", "4", "-6", "x"),
        ("1", "1", "2", "6", "x"),
    )


def test_bins_hold_every_row_with_its_confidence_and_whether_it_was_right(tmp_path: Path) -> None:
    base, head = columns(400, 1), columns(400, 2)
    base["score"][0], head["score"][0], head["score"][1] = 1.0, 0.0, 1.0
    joint = joint_of(tmp_path, base, head, metrics=metrics("ece"), score="score", positive="yes")
    for slice_, table in zip(joint.slices, joint.bins, strict=True):
        rows = np.ones(400, bool) if slice_.overall else head["s"] == slice_.value
        for side, bins, scores in ((base, table.base_bin, table.base_score), (head, table.head_bin, table.head_score)):
            expected = np.minimum((side["score"][rows] * table.bins).astype(int), table.bins - 1)
            np.testing.assert_array_equal(np.bincount(bins, table.count, 15), np.bincount(expected, minlength=15))
            sums = np.bincount(expected, side["score"][rows], 15)
            np.testing.assert_allclose(np.bincount(bins, scores, 15), sums, atol=1e-10)
        assert int(table.count[table.head_right].sum()) == (head["label"][rows] == "yes").sum()


def test_scores_keep_each_row_of_a_slice_with_its_label_and_cluster(tmp_path: Path) -> None:
    base, head = columns(300, 1), columns(300, 2)
    joint = joint_of(tmp_path, base, head, metrics=metrics("auc"), score="score", positive="yes", group="g")
    assert len(joint.scores) == 3
    for index, slice_ in enumerate(joint.slices):
        rows = np.ones(300, bool) if slice_.overall else head["s"] == slice_.value
        table = joint.scores[index]
        assert table.cluster is not None
        found = sorted(zip(table.positive, table.base, table.head, table.cluster, strict=True))
        wanted = zip(head["label"] == "yes", base["score"], head["score"], head["g"], rows, strict=True)
        assert found == sorted(row[:4] for row in wanted if row[4])
    assert list(joint.scores[1:][0].head) == list(joint.scores[1].head)


def test_a_ranking_needs_no_answers_and_any_finite_score(tmp_path: Path) -> None:
    base, head = columns(50, 1), columns(50, 2)
    for side in (base, head):
        del side["prediction"]
        side["score"] = (side["score"] - 0.5) * 100
    joint = joint_of(tmp_path, base, head, metrics=metrics("auc"), task="ranking", score="score", positive="yes")
    assert joint.counts == ()
    assert joint.n == 50
    assert sorted(joint.scores[0].head) == sorted(head["score"])


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_sums_do_not_depend_on_the_order_of_the_rows(tmp_path: Path, data: st.DataObject) -> None:
    score = st.floats(0, 1, allow_subnormal=False)
    row = st.tuples(st.sampled_from(["no", "yes"]), st.sampled_from(["no", "yes"]), score, score)
    rows = data.draw(st.lists(row, min_size=2, max_size=20))
    order = data.draw(st.permutations(range(len(rows))))
    joints = []
    for ids in (list(range(len(rows))), order):
        taken = [rows[key] for key in ids]
        shared = {"id": np.array(ids), "label": np.array([row[0] for row in taken]), "s": np.full(len(rows), "x")}
        shared["prediction"] = np.array([row[1] for row in taken])
        base = shared | {"score": np.array([row[2] for row in taken])}
        head = shared | {"score": np.array([row[3] for row in taken])}
        joints.append(joint_of(tmp_path, base, head, metrics=metrics("log_loss", "brier", "ece"), score="score"))
    assert_same(*joints)


def test_the_sample_is_every_row_of_a_small_table_as_its_own_cluster(tmp_path: Path) -> None:
    base, head = columns(120, 1), columns(120, 2)
    joint = joint_of(tmp_path, base, head, metrics=metrics("accuracy", "brier"), score="score", positive="yes")
    assert joint.sampled is not None
    assert joint.sampled.slices == joint.slices
    assert joint.sample is joint.sampled.counts
    for whole, sample in zip(joint.counts, joint.sample, strict=True):
        assert sample.clusters == 120
        assert sample.cluster is not None
        assert len(set(sample.cluster.tolist())) == sample.n == whole.n
    for loss, sampled in zip(joint.moments["brier"], joint.sampled.moments["brier"], strict=True):
        assert sampled.base.sum() == pytest.approx(loss.base.sum(), rel=1e-12)


def test_a_large_family_of_comparisons_is_content_with_fewer_sampled_rows(tmp_path: Path) -> None:
    n = 12_000
    table = columns(n, 1) | {"s": np.arange(n) % 150}
    names = ("accuracy", "f1_macro", "mcc", "f1_weighted", "balanced_accuracy", "recall_macro")
    joint = joint_of(tmp_path, table, table, metrics=metrics(*names))
    assert 4_700 < joint.sample[0].n <= 5_000


def test_the_sample_of_a_large_table_is_at_most_twenty_thousand_rows_like_the_others(tmp_path: Path) -> None:
    n = 30_000
    base, head = columns(n, 1), columns(n, 2)
    joint = joint_of(tmp_path, base, head)
    sample = joint.sample[0]
    assert 19_000 < sample.n <= 20_000
    assert sample.clusters == sample.n
    assert joint.counts[0].n == n
    right = float((head["label"] == head["prediction"]).mean())
    found = float(sample.count[sample.head == sample.label].sum()) / sample.n
    assert abs(found - right) < 5 * math.sqrt(0.25 / sample.n)
    assert joint.slices[1] == Slice("s", "x")
