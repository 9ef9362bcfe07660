"""Alpha, spent over the retries of a change that was blocked."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mergegate.stats.retry import retry_level


def test_the_first_retry_has_the_largest_share_and_all_together_have_alpha() -> None:
    levels = [retry_level(0.05, attempt) for attempt in range(2, 200_000)]
    assert levels[0] == pytest.approx(0.05 * 6 / math.pi**2)
    assert levels[1] == pytest.approx(levels[0] / 4)
    assert sum(levels) == pytest.approx(0.05, rel=1e-4)
    assert sum(levels) < 0.05


def test_the_first_attempt_pays_nothing() -> None:
    with pytest.raises(ValueError, match=r"^the first attempt has nothing to pay$"):
        retry_level(0.05, 1)


def test_pushing_until_it_passes_rarely_clears_what_is_worse() -> None:
    """A drop of just the margin, measured anew with each of thirty seeds: a proof at a fixed level falls for it."""
    draw = np.random.default_rng(1)
    z = draw.standard_normal((4000, 30))
    p = 0.5 * np.vectorize(math.erfc)(z / math.sqrt(2))
    paid = np.array([retry_level(0.05, attempt) for attempt in range(2, 32)])
    assert (p <= paid).any(axis=1).mean() <= 0.05
    assert (p <= 0.05).any(axis=1).mean() > 0.7
