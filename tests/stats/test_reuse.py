"""How a holdout wears out: against the bound written out, and against selection that is simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mergegate.stats.reuse import WORN, renew_after, wear


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("decisions", [0, 1, 7, 40])
def test_wear_is_the_ratio_of_two_hoeffding_bounds_over_all_transcripts(decisions: int, alpha: float) -> None:
    rows = 5000
    worn = math.sqrt(math.log(2 * 3**decisions / alpha) / (2 * rows))
    fresh = math.sqrt(math.log(2 / alpha) / (2 * rows))
    assert wear(decisions, alpha) == pytest.approx(worn / fresh)


@pytest.mark.parametrize(("alpha", "merges"), [(0.05, 11), (0.01, 15), (0.1, 9), (0.3, 6)])
def test_a_holdout_is_due_with_the_first_merge_that_halves_its_promise(alpha: float, merges: int) -> None:
    assert renew_after(alpha) == merges
    assert wear(merges - 1, alpha) < WORN <= wear(merges, alpha)


def test_the_promise_holds_for_who_keeps_whatever_looks_better() -> None:
    """Coin-tossing models, of which the better looking is kept each time: main's value drifts from its truth of 0.5."""
    draw = np.random.default_rng(5)
    rows, alpha, merges = 400, 0.05, 11
    fresh = math.sqrt(math.log(2 / alpha) / (2 * rows))
    drifted, broken = [], 0
    for _ in range(400):
        kept = draw.random(rows) < 0.5
        for _ in range(merges):
            changed = draw.random(rows) < 0.2
            candidate = np.where(changed, draw.random(rows) < 0.5, kept)
            kept = candidate if candidate.mean() > kept.mean() else kept
        drifted.append(kept.mean() - 0.5)
        broken += abs(kept.mean() - 0.5) > wear(merges, alpha) * fresh
    assert np.mean(drifted) > 0.03
    assert broken / 400 <= alpha
