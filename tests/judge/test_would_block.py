"""The short way to "is anything worse?" gives the answer of the whole judgement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mergegate.facts import Comparison, Discordant, Family, Slice, Studentised
from mergegate.judge.levels import share_alpha, would_block
from mergegate.judge.state import judge
from mergegate.stats.bounds import p_drop
from tests.judge.factory import comparison, exam, policy, quiz


def drawn(rng: np.random.Generator) -> tuple[Comparison, ...]:
    """Some comparisons of which each may be worse by a little."""
    made = []
    for number in range(int(rng.integers(1, 6))):
        lost = int(rng.integers(10, 45))
        where = Slice("s", str(number)) if number else None
        made.append(comparison(Discordant(20, lost, 1000), margin=0.0, at=where))
    return tuple(made)


@pytest.mark.parametrize("seed", range(30))
def test_it_says_what_the_findings_say(seed: int) -> None:
    found = exam(*drawn(np.random.default_rng(seed)), policy_=policy(alpha=0.05))
    whole = any(judge(item, "MG301", found.policy.models["m"], do="").blocks for item in share_alpha(found))
    assert would_block(found) is whole


def test_both_answers_occur() -> None:
    assert {would_block(exam(*drawn(np.random.default_rng(seed)))) for seed in range(30)} == {True, False}


def test_what_moves_as_one_is_tested_as_one() -> None:
    """Six metrics that are one and the same, at p 0.03: too much for Holm, enough together; and for them alone."""
    ones = tuple(replace(comparison(Discordant(40, 59, 1000), margin=0.0), metric=str(number)) for number in range(6))
    found = exam(*ones, policy_=policy(alpha=0.05))
    known = replace(found.models["m"], family=Family(ones, np.ones((6, 6))))
    assert not would_block(found)
    assert would_block(replace(found, models={"m": known}))


def test_the_judge_spends_what_small_slices_cannot() -> None:
    """Ten slices of which few rows differ: at p 0.0056 there is nothing to see for Holm, and something together."""
    small = tuple(comparison(Discordant(1, 9, 250), margin=0.0, at=Slice("s", str(number))) for number in range(10))
    p = p_drop(small[0].basis, 0.0)
    assert 0.05 / 10 < p < 0.0065
    one = exam(small[0], *(replace(other, basis=Discordant(5, 5, 250)) for other in small[1:]))
    known = replace(one.models["m"], family=replace(one.models["m"].family, correlation=np.eye(10)))
    assert would_block(replace(one, models={"m": known}))


def test_a_p_value_of_just_alpha_blocks() -> None:
    at_once = exam(comparison(Studentised(-0.1, 0.0, 4.0), margin=0.0), policy_=policy(alpha=1 / 32))
    assert would_block(at_once)
    assert [item.level for item in share_alpha(at_once)] == [1 / 32]


def test_a_quiz_counts_and_identical_predictions_do_not() -> None:
    failed = quiz(*[("on", "on", "off", False)] * 12)
    assert would_block(exam(comparison(Discordant(10, 10, 1000)), quiz=failed))
    assert not would_block(exam(comparison(Discordant(0, 900, 1000)), identical=True))
    assert not would_block(exam())
