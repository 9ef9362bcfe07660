"""A difference is shared among the changes that made it, exactly and without remainder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergegate.contrast.shapley import shapley, subsets

NAMES = ("code", "data", "params")


def test_every_subset_is_named_once_the_smallest_first() -> None:
    found = list(subsets(NAMES))
    assert len(found) == len(set(found)) == 8
    assert [len(some) for some in found] == sorted(len(some) for some in found)


def test_the_gloves_of_the_textbook_are_shared_as_it_says() -> None:
    """One left glove, two right ones, a pair is worth 1: 4/6 for the left, 1/6 for each right."""
    values = {some: float("left" in some and len(some) > 1) for some in subsets(("left", "right", "other"))}
    found = shapley(("left", "right", "other"), values)
    assert found == pytest.approx({"left": 4 / 6, "right": 1 / 6, "other": 1 / 6})


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_the_parts_sum_up_to_the_whole(numbers: list[float]) -> None:
    values = dict(zip(subsets(NAMES), numbers, strict=True))
    assert sum(shapley(NAMES, values).values()) == pytest.approx(values[frozenset(NAMES)] - values[frozenset()])


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4))
def test_what_adds_nothing_gets_nothing(numbers: list[float]) -> None:
    some = dict(zip(subsets(("code", "params")), numbers, strict=True))
    values = {mix: some[mix - {"data"}] for mix in subsets(NAMES)}
    assert shapley(NAMES, values)["data"] == pytest.approx(0)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_what_adds_up_gets_what_it_adds(numbers: list[float]) -> None:
    own = dict(zip(NAMES, numbers, strict=True))
    values = {mix: sum(own[name] for name in mix) for mix in subsets(NAMES)}
    assert shapley(NAMES, values) == pytest.approx(own)
