"""Made-up pairs of models: alike where nothing was asked for, worse by just what was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.contrast.joints import joint, policy

from mergegate.contrast.calibrate import false_blocks, power
from mergegate.contrast.scores import compare_scores
from mergegate.contrast.simulate import Drop, World, alike
from mergegate.facts.comparison import Discordant, Slice, Studentised
from mergegate.facts.joint import BinTable, Joint, MomentTable, ScoreSlices, ScoreTable
from mergegate.facts.quiz import Quiz, QuizItem
from mergegate.stats.bounds import p_drop

N = 900
DRAW = np.random.default_rng(11)
LABEL = DRAW.integers(0, 3, N)
BASE = np.where(DRAW.random(N) < 0.2, (LABEL + 1) % 3, LABEL)
HEAD = np.where(DRAW.random(N) < 0.15, (LABEL + 1) % 3, BASE)
ABC = ("a", "b", "c")
HALVES = {Slice("half", "first"): np.arange(N) < N // 2, Slice("half", "second"): np.arange(N) >= N // 2}


def rows() -> Joint:
    """Each row a unit, as calibration reads rows that are independent."""
    found = joint(LABEL, BASE, HEAD, classes=ABC, slices=HALVES).sampled
    assert found is not None
    return found


def groups() -> Joint:
    return joint(LABEL, BASE, HEAD, classes=ABC, slices=HALVES, group=np.arange(N) // 5)


def lost(made: Joint, index: int = 0) -> float:
    """Share of right answers that head has fewer than base."""
    table = made.counts[index]
    right = [(table.count * (table.label == answer)).sum() for answer in (table.base, table.head)]
    return float(right[0] - right[1]) / table.n


def differing(made: Joint) -> float:
    table = made.counts[0]
    return float(table.count[table.base != table.head].sum()) / table.n


@pytest.mark.slow
@pytest.mark.parametrize("psi", [None, 0.1])
@pytest.mark.parametrize("made", [rows, groups])
def test_two_that_are_alike_are_as_good_as_each_other_on_average(made: object, psi: float | None) -> None:
    assert callable(made)
    world = World(made(), grouped=made is groups, psi=psi)
    rng = np.random.default_rng(1)
    gaps = np.array([[lost(world.pair(rng), index) for index in range(3)] for _ in range(400)])
    assert np.abs(gaps.mean(axis=0) / (gaps.std(axis=0) / np.sqrt(len(gaps)))).max() < 4
    assert gaps.std(axis=0).min() > 0


def test_observed_disagreement_is_kept_and_simulated_disagreement_is_as_asked() -> None:
    rng = np.random.default_rng(2)
    seen = World(rows(), grouped=False, psi=None).pair(rng)
    assert differing(seen) == pytest.approx(float(np.mean(BASE != HEAD)))
    asked = World(rows(), grouped=False, psi=0.1)
    assert np.mean([differing(asked.pair(rng)) for _ in range(100)]) == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("psi", [None, 0.05])
def test_a_drop_is_as_large_as_asked_where_it_was_asked(psi: float | None) -> None:
    rng = np.random.default_rng(3)
    world = World(rows(), grouped=False, psi=psi)
    everywhere = [world.pair(rng, Drop(0.04)) for _ in range(200)]
    assert np.mean([lost(made) for made in everywhere]) == pytest.approx(0.04, abs=0.005)
    second = [world.pair(rng, Drop(0.1, slice=2)) for _ in range(200)]
    assert np.mean([lost(made, 2) for made in second]) == pytest.approx(0.1, abs=0.008)
    assert np.mean([lost(made, 1) for made in second]) == pytest.approx(0, abs=0.008)


@pytest.mark.parametrize("made", [rows, groups])
def test_slices_and_the_whole_tell_the_same_story(made: object) -> None:
    assert callable(made)
    found = World(made(), grouped=made is groups, psi=0.2).pair(np.random.default_rng(4), Drop(0.05))
    whole, *parts = (round(lost(found, index) * found.counts[index].n) for index in range(3))
    assert whole == sum(parts)


def test_wrong_answers_are_the_ones_that_base_gives() -> None:
    found = World(rows(), grouped=False, psi=0.3).pair(np.random.default_rng(5))
    table = found.counts[0]
    for answer in (table.base, table.head):
        assert set(((answer - table.label) % 3).tolist()) == {0, 1}


def test_rows_are_judged_as_rows_and_groups_as_groups() -> None:
    rng = np.random.default_rng(6)
    by_row, _ = compare_scores("m", policy("accuracy"), World(rows(), grouped=False, psi=None).pair(rng))
    by_group, _ = compare_scores("m", policy("accuracy"), World(groups(), grouped=True, psi=None).pair(rng))
    assert isinstance(by_row.comparisons[0].basis, Discordant)
    assert isinstance(by_group.comparisons[0].basis, Studentised)
    assert by_row.correlation is not None
    assert by_group.correlation is not None


def test_more_rows_than_are_correlated_by_are_judged_all_the_same() -> None:
    many = np.zeros(12_000, int)
    units = joint(many, many, (np.arange(12_000) % 20 == 0).astype(int)).sampled
    assert units is not None
    made = World(units, grouped=False, psi=None).pair(np.random.default_rng(7))
    assert made.counts[0].n == 12_000
    assert made.sampled is not None
    assert made.sampled.counts[0].n == 5_000


def test_losses_scores_and_bins_are_exchanged_with_the_answers() -> None:
    unit = np.arange(N, dtype=np.int32)
    base, head = DRAW.random(N), DRAW.random(N)
    ones = np.ones(N, np.int64)
    moments = MomentTable(ones, base, head, (head - base) ** 2, unit, N)
    bins = BinTable(
        (base * 10).astype(np.int32), (head * 10).astype(np.int32), BASE == LABEL, HEAD == LABEL, base, head, ones, 10,
        unit, N,
    )  # fmt: skip
    whole = ScoreTable(LABEL == 0, base, head, unit, N)
    sliced = ScoreSlices(whole, (HALVES[Slice("half", "first")].astype(np.int8),), (None, (0, 1), (0, 0)))
    full = replace(rows(), moments={"brier": (moments,) * 3}, bins=(bins,) * 3, scores=sliced)
    for grouped in (True, False):
        found = World(full, grouped=grouped, psi=None).pair(np.random.default_rng(8))
        swapped = found.scores[0].base == head
        assert 0.4 < swapped.mean() < 0.6
        assert np.array_equal(found.scores[0].head, np.where(swapped, base, head))
        assert np.array_equal(found.bins[0].base_right, np.where(swapped, HEAD == LABEL, BASE == LABEL))
        assert np.array_equal(found.bins[0].head_bin, (np.where(swapped, base, head) * 10).astype(np.int32))
        assert found.moments["brier"][0].base.sum() == pytest.approx(np.where(swapped, head, base).sum())
        asked = policy("accuracy", "brier", "auc", "ece", score="score", positive="a")
        family, absent = compare_scores("m", asked, found)
        assert absent == ()
        assert len(family.comparisons) == 12


def quiz() -> Quiz:
    items = [QuizItem(f"q{n}", "", "on", "on" if n % 4 else "off", "on", must_pass=n < 8) for n in range(80)]
    return Quiz("m", tuple(items))


@pytest.mark.slow
@pytest.mark.parametrize("psi", [None, 0.2])
def test_a_quiz_of_two_that_are_alike_is_as_good_on_average_and_must_pass_items_stay(psi: float | None) -> None:
    rng = np.random.default_rng(9)
    made = [alike(quiz(), rng, psi) for _ in range(300)]
    gaps = np.array([one.after - one.before for one in made])
    assert abs(gaps.mean()) < 4 * gaps.std() / np.sqrt(len(gaps))
    assert gaps.std() > 0
    assert all(
        item.head == item.base == known.base
        for one in made
        for item, known in zip(one.items[:8], quiz().items[:8], strict=True)
    )


def decide(made: dict[str, Joint]) -> bool:
    family, _ = compare_scores("m", policy("accuracy"), made["m"])
    return p_drop(family.comparisons[0].basis, 0.0) <= 0.05


@pytest.mark.slow
def test_what_is_alike_is_blocked_as_often_as_alpha_says_and_drops_ever_more_often() -> None:
    worlds = {"m": World(rows(), grouped=False, psi=0.1)}
    rng = np.random.default_rng(10)
    rate = false_blocks(worlds, decide, 800, rng)  # type: ignore[arg-type]
    assert (rate.runs, rate.drop, rate.where) == (800, 0.0, "")
    assert 0.025 < rate.rate < 0.07
    assert rate.low < rate.rate < rate.high
    curve = list(power(worlds, decide, 60, rng))  # type: ignore[arg-type]
    overall = [one.rate for one in curve if one.where == "all rows"]
    assert overall[-1] == 1
    assert overall[0] < 0.4
    assert [one.drop for one in curve if one.where == "half=second"] == [0.02, 0.05, 0.1, 0.15, 0.2]


def test_a_model_without_answers_has_no_power_curve() -> None:
    unit = np.arange(N, dtype=np.int32)
    base, head = DRAW.random(N), DRAW.random(N)
    numbers = MomentTable(np.ones(N, np.int64), base, head, (head - base) ** 2, unit, N)
    bare = Joint((), (Slice(),), (), moments={"absolute_error": (numbers,)}, label_variance=(1.0,))
    worlds = {"m": World(bare, grouped=False, psi=None)}
    model = policy("mae", task="regression")

    def worse(made: object) -> bool:
        assert isinstance(made, dict)
        family, _ = compare_scores("m", model, made["m"])
        return p_drop(family.comparisons[0].basis, 0.0) <= 0.05

    rng = np.random.default_rng(12)
    assert 0.02 < false_blocks(worlds, worse, 600, rng).rate < 0.085
    assert list(power(worlds, worse, 5, rng)) == []
