"""What is drawn is what was compared: the same marks, cells, rows and chances."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tests.contrast.joints import joint, policy

from mergegate.contrast.pictures import MOST_CELLS, confusion_picture, data_picture, power_picture, target_picture
from mergegate.contrast.target import check_target, mark_on
from mergegate.facts.comparison import Comparison, Direction, Discordant, Slice
from mergegate.facts.data import DataExam, RowDiff
from mergegate.facts.joint import Joint
from mergegate.facts.pictures import Confusion
from mergegate.facts.policy import TargetPolicy
from mergegate.stats.power import mde

START = dt.date(2026, 12, 1)
SCHEDULE = {"from": 0.8, "step": 0.01, "every": "1w", "steps": 4, "start": START}


def test_a_schedule_is_drawn_from_the_first_known_day_to_its_next_step() -> None:
    day = START + dt.timedelta(days=15)
    labels = [0, 1] * 50
    check = check_target("m", policy(target=SCHEDULE), joint(labels, labels, labels), day)
    target = TargetPolicy.model_validate(SCHEDULE)
    early = START - dt.timedelta(days=9)
    picture = target_picture(target, check, ((early, 0.7),))
    days = [on for on, _ in picture.marks]
    assert days == [early, *(START + dt.timedelta(days=n) for n in (0, 7, 14, 15, 21))]
    assert all(mark == mark_on(target, on) for on, mark in picture.marks)
    assert (picture.value, picture.past) == (1.0, ((early, 0.7),))


def test_a_mark_without_a_schedule_is_one_line() -> None:
    labels = [0, 1] * 50
    check = check_target("m", policy(target={"from": 0.8}), joint(labels, labels, labels), START)
    picture = target_picture(TargetPolicy.model_validate({"from": 0.8}), check)
    assert picture.marks == ((START, 0.8),)


def test_the_cells_that_changed_most_come_first_and_those_that_did_not_are_left_out() -> None:
    rows = [(0, 0, 1)] * 5 + [(1, 0, 0)] * 9 + [(1, 0, 1)] * 2 + [(2, 2, 0)] + [(2, 2, 2)] * 7
    label, base, head = zip(*rows, strict=True)
    picture = confusion_picture("m", joint(label, base, head, classes=("a", "b", "c")))
    assert picture is not None
    assert picture.cells == (Confusion("a", "b", 0, 5), Confusion("b", "a", 11, 9), Confusion("c", "a", 0, 1))
    assert picture.left_out == 0


def test_where_no_wrong_answer_changed_there_is_no_picture() -> None:
    assert confusion_picture("m", joint([0, 1, 1], [0, 1, 0], [0, 1, 0])) is None
    assert confusion_picture("m", joint([0, 1], [0, 1], [0, 1])) is None
    assert confusion_picture("m", Joint((), (), ())) is None


def test_of_many_cells_the_rest_is_counted() -> None:
    rng = np.random.default_rng(1)
    label, head = rng.integers(0, 30, 5_000), rng.integers(0, 30, 5_000)
    picture = confusion_picture("m", joint(label, label, head, classes=[f"{n:02d}" for n in range(30)]))
    assert picture is not None
    assert len(picture.cells) == MOST_CELLS
    assert picture.left_out == len({(a, b) for a, b in zip(label, head, strict=True) if a != b}) - MOST_CELLS


def test_the_rows_of_a_table_are_told_by_kind_and_class() -> None:
    diff = RowDiff(100, 110, 12, 2, 3, 1, classes={"a": (50, 61), "b": (30, 30), "c": (20, 19)})
    picture = data_picture(DataExam("t", "t.csv", diff=diff))
    assert picture is not None
    assert picture.moved == (("added", 12), ("removed", 2), ("relabelled", 3), ("edited", 1))
    assert picture.classes == (("a", 50, 61), ("c", 20, 19), ("b", 30, 30))
    assert data_picture(DataExam("t", "t.csv", identical=True)) is None
    assert data_picture(DataExam("t", "t.csv", diff=RowDiff(9, 9, 0, 0, 0, 0))) is None


def test_the_power_curve_goes_through_the_mde() -> None:
    basis = Discordant(30, 40, 2_000)
    one = Comparison(
        "m", "accuracy", Slice(), Direction.HIGHER, 0.9, 0.895, 2_000, None, basis, "mid-p McNemar", margin=0.005
    )  # fmt: skip
    picture = power_picture(one, 0.02)
    drops = {chance: drop for drop, chance in picture.points}
    assert drops[0.8] == pytest.approx(mde(basis, 0.02, margin=0.005))
    assert list(picture.points) == sorted(picture.points)
    assert min(drops.values()) > 0
