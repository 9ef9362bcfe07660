"""The short way to "is anything worse?" gives the answer of the whole judgement."""

from __future__ import annotations

import numpy as np
import pytest

from mergegate.facts import Comparison, Discordant, Slice
from mergegate.judge.levels import share_alpha, would_block
from mergegate.judge.state import judge
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


def test_a_quiz_counts_and_identical_predictions_do_not() -> None:
    failed = quiz(*[("on", "on", "off", False)] * 12)
    assert would_block(exam(comparison(Discordant(10, 10, 1000)), quiz=failed))
    assert not would_block(exam(comparison(Discordant(0, 900, 1000)), identical=True))
    assert not would_block(exam())
