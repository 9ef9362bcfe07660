"""Every metric of the policy is compared over all rows and in each slice; what has no value is said to have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, recall_score
from tests.contrast.joints import joint, policy

from mergegate.contrast.scores import MOST_CORRELATED, compare_scores
from mergegate.facts.comparison import Direction, Discordant, Slice, Studentised
from mergegate.facts.joint import BinTable, MomentTable, ScoreTable
from mergegate.stats.bounds import p_drop

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAW = np.random.default_rng(7)
N = 600
LABEL = DRAW.integers(0, 3, N)
BASE = np.where(DRAW.random(N) < 0.2, DRAW.integers(0, 3, N), LABEL)
HEAD = np.where(DRAW.random(N) < 0.3, DRAW.integers(0, 3, N), LABEL)
HALF = Slice("half", "first")
IN_HALF = np.arange(N) < N // 2
ABC = ("a", "b", "c")


def test_before_and_after_are_scikit_learns_overall_and_in_a_slice() -> None:
    found = joint(LABEL, BASE, HEAD, classes=ABC, slices={HALF: IN_HALF})
    family, absent = compare_scores("m", policy("accuracy", "f1_macro", {"name": "recall", "positive": "b"}), found)
    assert absent == ()
    values = {(one.metric, one.slice): (one.before, one.after) for one in family.comparisons}
    for slice_, rows in ((Slice(), np.ones(N, bool)), (HALF, IN_HALF)):
        y, answers = LABEL[rows], (BASE[rows], HEAD[rows])
        assert values["accuracy", slice_] == pytest.approx([accuracy_score(y, a) for a in answers])
        assert values["f1_macro", slice_] == pytest.approx([f1_score(y, a, average="macro") for a in answers])
        recalls = [recall_score(y, a, labels=[1], average="macro") for a in answers]
        assert values["recall of b", slice_] == pytest.approx(recalls)


def test_comparisons_stand_in_the_policys_order_and_carry_what_a_judge_needs() -> None:
    found = joint(LABEL, BASE, HEAD, classes=ABC, slices={HALF: IN_HALF})
    model = policy({"name": "f1_macro", "margin": 0.01}, "false_negative_rate", positive="a")
    family, _ = compare_scores("intent", model, found)
    assert [(one.metric, str(one.slice)) for one in family.comparisons] == [
        ("f1_macro", "all rows"),
        ("f1_macro", "half=first"),
        ("false_negative_rate", "all rows"),
        ("false_negative_rate", "half=first"),
    ]
    first, last = family.comparisons[0], family.comparisons[-1]
    assert (first.model, first.margin, first.direction, first.n) == ("intent", 0.01, Direction.HIGHER, N)
    assert last.direction is Direction.LOWER
    assert isinstance(first.basis, Studentised)
    assert isinstance(last.basis, Discordant)
    assert first.method


def test_the_gain_is_positive_where_head_is_better_whatever_the_metric() -> None:
    found = joint(LABEL, LABEL[::-1], LABEL, classes=ABC)
    family, _ = compare_scores("m", policy("accuracy", "false_positive_rate", positive="c"), found)
    for one in family.comparisons:
        assert p_drop(one.basis, 0.0) > 0.99
        assert (one.change > 0) == (one.direction is Direction.HIGHER)


def test_a_class_that_no_row_has_makes_an_absence_with_its_reason() -> None:
    found = joint([0, 0, 1], [0, 0, 1], [0, 1, 1], classes=ABC)
    family, absent = compare_scores("m", policy("accuracy", {"name": "recall", "positive": "c"}), found)
    assert [one.metric for one in family.comparisons] == ["accuracy"]
    assert len(absent) == 1
    assert absent[0].what == "recall of c of m"
    assert absent[0].why
    assert absent[0].do


def test_slices_without_a_value_are_counted_in_one_line_of_each_metric() -> None:
    slices = {Slice("s", str(value)): np.equal(LABEL, value) for value in range(3)}
    found = joint(LABEL, BASE, HEAD, classes=ABC, slices=slices)
    family, absent = compare_scores("m", policy({"name": "recall", "positive": "b"}), found)
    assert [str(one.slice) for one in family.comparisons] == ["all rows", "s=1"]
    assert [one.what for one in absent] == ["recall of b of m in 2 of 3 slices"]


def test_a_metric_of_one_class_without_a_class_says_so() -> None:
    family, absent = compare_scores("m", policy("precision"), joint(LABEL, BASE, HEAD, classes=ABC))
    assert family.comparisons == ()
    assert "positive class" in absent[0].why


def test_the_positive_class_may_be_written_as_any_type() -> None:
    found = joint([0, 1, 1], [0, 1, 0], [0, 1, 1], classes=("0", "1"))
    family, _ = compare_scores("m", policy({"name": "recall", "positive": "1.0"}), found)
    assert (family.comparisons[0].before, family.comparisons[0].after) == (0.5, 1.0)


def repeated(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row five times, as a group of five copies."""
    return np.repeat(values, 5)


def test_rows_of_a_group_are_not_taken_for_independent() -> None:
    alone, _ = compare_scores("m", policy(), joint(LABEL, BASE, HEAD, classes=ABC))
    copies = joint(*map(repeated, (LABEL, BASE, HEAD)), classes=ABC, group=np.repeat(np.arange(N), 5))
    grouped, _ = compare_scores("m", policy(), copies)
    plain, _ = compare_scores("m", policy(), joint(*map(repeated, (LABEL, BASE, HEAD)), classes=ABC))
    assert grouped.comparisons[0].groups == N
    one, many, naive = (p_drop(family.comparisons[0].basis, 0.0) for family in (alone, grouped, plain))
    assert many == pytest.approx(one, rel=0.35)
    assert naive < one / 1000


@pytest.mark.parametrize("grouped", [False, True])
def test_comparisons_that_look_at_the_same_rows_are_known_to_move_together(grouped: bool) -> None:
    group = np.arange(N) // 2 if grouped else None
    other = Slice("half", "second")
    found = joint(LABEL, BASE, HEAD, classes=ABC, slices={HALF: IN_HALF, other: ~IN_HALF}, group=group)
    family, _ = compare_scores("m", policy("accuracy", "balanced_accuracy"), found)
    assert family.correlation is not None
    assert family.correlation.shape == (6, 6)
    place = {(one.metric, str(one.slice)): index for index, one in enumerate(family.comparisons)}
    overall, half, rest = (place["accuracy", name] for name in ("all rows", "half=first", "half=second"))
    balanced = place["balanced_accuracy", "all rows"]
    assert family.correlation[overall, balanced] > 0.8
    assert 0.4 < family.correlation[overall, half] < 0.9
    assert abs(family.correlation[half, rest]) < 0.1
    np.testing.assert_allclose(np.diag(family.correlation), 1)


def test_a_very_large_family_has_no_correlation() -> None:
    slices = {Slice("s", str(index)): np.arange(N) % (MOST_CORRELATED + 1) == index for index in range(N)}
    metrics = ("accuracy", "f1_macro")
    family, _ = compare_scores("m", policy(*metrics), joint(LABEL, BASE, HEAD, classes=ABC, slices=slices))
    assert len(family.comparisons) > MOST_CORRELATED
    assert family.correlation is None


def test_the_same_joint_gives_the_same_family() -> None:
    found = joint(LABEL, BASE, HEAD, classes=ABC, slices={HALF: IN_HALF})
    one, two = (compare_scores("m", policy("accuracy", "f1_macro"), found)[0] for _ in range(2))
    assert one.comparisons == two.comparisons
    np.testing.assert_array_equal(np.asarray(one.correlation), np.asarray(two.correlation))


def moments(base: float, head: float) -> MomentTable:
    n, spread = 100, 25.0
    before, after, diff_sq = (np.array([value]) for value in (base * n, head * n, spread))
    base_sq, head_sq = (np.array([n * (value**2 + 1)]) for value in (base, head))
    return MomentTable(np.array([n]), before, after, diff_sq, base_sq=base_sq, head_sq=head_sq)


def test_errors_of_a_regression_are_compared_from_their_sums() -> None:
    from dataclasses import replace

    empty = replace(joint([0], [0], [0]), counts=(), sampled=None, label_variance=(16.0,))
    losses: dict[str, tuple[MomentTable, ...]] = {
        "absolute_error": (moments(1, 2),),
        "squared_error": (moments(4, 9),),
        "pinball_0.9": (moments(3, 1),),
    }
    model = policy("mae", "rmse", "r2", {"name": "pinball", "quantile": 0.9}, task="regression")
    family, absent = compare_scores("m", model, replace(empty, moments=losses))
    assert absent == ()
    found = {one.metric: (one.before, one.after, one.direction) for one in family.comparisons}
    assert found == {
        "mae": (1, 2, Direction.LOWER),
        "rmse": (2, 3, Direction.LOWER),
        "r2": (0.75, 7 / 16, Direction.HIGHER),
        "pinball at 0.9": (3, 1, Direction.LOWER),
    }
    assert [p_drop(one.basis, 0.0) < 0.05 for one in family.comparisons] == [True, True, True, False]


def test_a_confidence_of_one_of_many_classes_is_said_to_be_that() -> None:
    from dataclasses import replace

    found = replace(joint([0], [0], [0], classes=ABC), moments={"brier": (moments(0.1, 0.2),)}, sampled=None)
    family, _ = compare_scores("m", policy("brier", score="score"), found)
    assert "of the answer being right" in family.comparisons[0].caution
    binary, _ = compare_scores("m", policy("brier", score="score"), replace(found, classes=("a", "b")))
    assert binary.comparisons[0].caution == ""


def test_ranking_and_calibration_find_their_tables() -> None:
    from dataclasses import replace

    positive = np.array([True, False, True, False])
    scores = ScoreTable(positive, np.array([0.9, 0.1, 0.8, 0.3]), np.array([0.1, 0.9, 0.8, 0.3]))
    code, yes, one = np.zeros(1, np.int32), np.ones(1, bool), np.ones(1)
    bins = BinTable(code, code, yes, ~yes, one * 90, one * 90, np.array([100]), 15)
    found = replace(joint([0], [0], [0]), scores=(scores,), bins=(bins,), sampled=None)
    family, _ = compare_scores("m", policy("auc", "ece", score="score", positive="a"), found)
    auc, ece = family.comparisons
    assert (auc.before, auc.after) == (1.0, 0.25)
    assert (ece.before, ece.after) == pytest.approx((0.1, 0.9))
    assert ece.direction is Direction.LOWER
