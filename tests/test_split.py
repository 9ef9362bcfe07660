"""The stable split: no row's side depends on other rows."""

from __future__ import annotations

import hashlib
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergegate.split import holdout_mask, in_holdout, position
from tests.tries import tries

KEYS = st.text(max_size=8)
ROWS = st.lists(KEYS, max_size=12)


def moved(keys: list[str], others: list[str], shuffled: list[str], share: float) -> list[str]:
    """The keys whose side changes when `others` are appended, every second row is deleted, or rows are reordered."""
    salt = "s"
    before = dict(zip(keys, holdout_mask(keys, salt=salt, share=share), strict=True))
    found: list[str] = []
    for after in (keys + others, others + keys, keys[::2], shuffled):
        sides = dict(zip(after, holdout_mask(after, salt=salt, share=share), strict=True))
        found += [key for key in before if key in sides and sides[key] is not before[key]]
    return found


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[str], list[str], list[str], float]:
    keys = draw(ROWS)
    return keys, draw(ROWS), draw(st.permutations(keys)), draw(st.sampled_from([0.01, 0.25, 0.5, 0.99]))


@given(changes())
@settings(max_examples=tries(50, 300), deadline=None)
def test_appending_deleting_or_reordering_other_rows_moves_no_key(change: Any) -> None:
    assert moved(*change) == []


@pytest.mark.slow
@given(st.integers(0, 2**64))
@settings(max_examples=10_000, deadline=None)
def test_appending_deleting_or_reordering_other_rows_moves_no_key_in_10_000_cases(seed: int) -> None:
    """Lists out of one drawn number: an order of magnitude quicker than lists drawn piece by piece."""
    draws = random.Random(seed)
    keys = [str(draws.getrandbits(6)) for _ in range(draws.randrange(12))]
    others = [str(draws.getrandbits(6)) for _ in range(draws.randrange(12))]
    assert moved(keys, others, draws.sample(keys, len(keys)), draws.choice([0.01, 0.25, 0.5, 0.99])) == []


@given(KEYS, KEYS, st.floats(0.01, 0.98), st.floats(0.001, 0.01))
@settings(max_examples=tries(50, 200), deadline=None)
def test_a_larger_share_only_adds_to_the_holdout(key: str, salt: str, share: float, more: float) -> None:
    assert not in_holdout(key, salt=salt, share=share) or in_holdout(key, salt=salt, share=share + more)


@given(KEYS, KEYS)
@settings(max_examples=tries(50, 200), deadline=None)
def test_a_position_lies_in_the_unit_interval_whatever_the_text(key: str, salt: str) -> None:
    assert 0 <= position(key, salt=salt) < 1


def test_the_position_is_the_one_that_the_definition_gives() -> None:
    """Written out once more, so that a change of the hash, which would move every row, cannot go unseen."""
    digest = hashlib.sha256(b"\x00\x00\x00\x00\x00\x00\x00\x02" + "é".encode() + "ü".encode()).digest()
    assert position("ü", salt="é") == int.from_bytes(digest[:8], "big") / 2**64


def test_salt_and_key_cannot_be_confused() -> None:
    assert position("bc", salt="a") != position("c", salt="ab")


def test_the_share_is_kept_over_many_keys_and_another_salt_is_another_holdout() -> None:
    keys = [f"group {number}" for number in range(20_000)]
    one, other = (holdout_mask(keys, salt=salt, share=0.25) for salt in ("one", "other"))
    five_sigma = 5 * math.sqrt(0.25 * 0.75 * len(keys))
    assert abs(sum(one) - 5_000) < five_sigma
    both = sum(first and second for first, second in zip(one, other, strict=True))
    assert abs(both - 1_250) < 5 * math.sqrt(0.0625 * 0.9375 * len(keys)), "the two salts should be independent"


def test_rows_of_one_key_share_a_side() -> None:
    assert len(set(holdout_mask(["same"] * 100, salt="s", share=0.5))) == 1


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        in_holdout("key", salt="s", share=share)


def test_a_number_is_not_taken_for_its_text() -> None:
    number: Any = 1
    with pytest.raises(AttributeError):
        in_holdout(number, salt="s", share=0.5)
