"""Is a share of groups what chance makes of it?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from mergegate.stats.share import chance_of_share


@pytest.mark.parametrize(("held", "groups"), [(0, 40), (3, 40), (10, 40), (40, 40), (390, 1537)])
def test_it_is_twice_the_smaller_exact_tail(held: int, groups: int) -> None:
    tails = [binomtest(held, groups, 0.25, alternative=side).pvalue for side in ("less", "greater")]
    assert chance_of_share(held, groups, 0.25) == pytest.approx(min(1.0, 2 * min(tails)), abs=1e-12)


def test_it_is_one_without_groups() -> None:
    assert chance_of_share(0, 0, 0.25) == 1.0


def test_it_calls_an_honest_share_unlikely_no_oftener_than_it_says() -> None:
    held = np.random.default_rng(1).binomial(400, 0.25, 5_000)
    chances = np.array([chance_of_share(int(one), 400, 0.25) for one in held])
    assert (chances <= 0.05).mean() <= 0.05


def test_a_quarter_that_became_a_fifth_is_seen() -> None:
    assert chance_of_share(300, 1500, 0.25) < 0.001
