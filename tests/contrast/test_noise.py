"""The spread over seeds, and comparisons of recipes that hold it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.contrast.joints import joint, policy

from mergegate.contrast.noise import UNMEASURED, as_recipe, spreads
from mergegate.contrast.scores import compare_scores
from mergegate.facts.comparison import Discordant, Slice, Studentised
from mergegate.facts.joint import Joint
from mergegate.facts.noise import Noise, Spread
from mergegate.stats.bounds import bounds, p_drop
from mergegate.stats.power import MOST_ROWS, rows_needed

N = 400
HALF = Slice("half", "first")
IN_HALF = np.arange(N) < N // 2
MODEL = policy("accuracy")


def paired(base_wrong: np.ndarray, head_wrong: np.ndarray, n: int = N) -> Joint:
    label = np.zeros(n, int)
    return joint(label, base_wrong, head_wrong, slices={HALF: np.arange(n) < n // 2})


def noise(*given: Spread, seeds: int = 5) -> Noise:
    return Noise("m", "params.yaml:seed", "a" * 40, tuple(range(seeds)), seeds, given)


def test_mean_and_deviation_are_those_of_the_seeds() -> None:
    wrong = [np.arange(N) < count for count in (10, 30, 20, 44)]
    found = spreads("m", MODEL, [paired(wrong[0], one) for one in wrong])
    overall, half = found
    values = [1 - one.mean() for one in wrong]
    assert (overall.mean, overall.sigma) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert (half.slice, half.n) == (HALF, N // 2)
    assert half.sigma == pytest.approx(2 * overall.sigma)  # all errors lie in that half


def test_a_metric_without_a_value_for_some_seed_is_left_out() -> None:
    asked = policy({"name": "recall", "positive": "b"})
    without = paired(np.zeros(N, bool), np.zeros(N, bool))
    assert spreads("m", asked, [without, without]) == ()


def test_a_recipe_is_compared_with_the_rows_error_and_twice_the_noise() -> None:
    family, _ = compare_scores("m", MODEL, paired(np.arange(N) < 40, (np.arange(N) + 20) % N < 44))
    noisy = as_recipe(family, noise(Spread("accuracy", Slice(), 0.9, 0.02, N)))
    before, after = family.comparisons[0], noisy.comparisons[0]
    assert isinstance(after.basis, Studentised)
    assert isinstance(before.basis, Discordant)
    gained, lost = before.basis.gained, before.basis.lost
    rows = ((gained + lost + 1) / N - after.basis.gain**2) / N
    assert after.basis.se == pytest.approx(np.sqrt(rows + 2 * 0.02**2))
    assert after.basis.fixed == pytest.approx(0.02 * np.sqrt(2))
    assert after.method.endswith("with the noise of 5 trainings")
    low, high = bounds(after.basis, 0.05)
    inner = bounds(before.basis, 0.05)
    assert low < inner[0] < inner[1] < high


def test_a_slice_that_was_not_measured_stays_an_artefacts_and_says_so() -> None:
    family, _ = compare_scores("m", MODEL, paired(np.arange(N) < 40, np.arange(N) < 44))
    made = as_recipe(family, noise(Spread("accuracy", Slice(), 0.9, 0.02, N)))
    assert made.comparisons[1] == replace(family.comparisons[1], caution=UNMEASURED)


def test_without_noise_the_recipe_is_the_artefact() -> None:
    family, _ = compare_scores("m", MODEL, paired(np.arange(N) < 40, np.arange(N) < 44))
    still = noise(Spread("accuracy", Slice(), 0.9, 0.0, N), Spread("accuracy", HALF, 0.9, 0.0, N // 2))
    assert as_recipe(family, still).comparisons == family.comparisons


def test_noise_makes_comparisons_move_less_together() -> None:
    family, _ = compare_scores("m", MODEL, paired(np.arange(N) % 10 == 0, np.arange(N) % 9 == 0))
    assert family.correlation is not None
    made = as_recipe(family, noise(Spread("accuracy", Slice(), 0.9, 0.03, N))).correlation
    assert made is not None
    assert 0 < made[0, 1] < family.correlation[0, 1]
    assert np.diag(made) == pytest.approx([1, 1])


def test_no_number_of_rows_makes_up_for_noise() -> None:
    family, _ = compare_scores("m", MODEL, paired(np.arange(N) < 40, np.arange(N) < 44))
    wide, narrow = (
        as_recipe(family, noise(Spread("accuracy", Slice(), 0.9, sigma, N))).comparisons[0].basis
        for sigma in (0.05, 0.0005)
    )
    assert rows_needed(wide, N, 0.005, 0.05) == MOST_ROWS
    assert N < rows_needed(narrow, N, 0.005, 0.05) < 100 * N


@pytest.mark.slow
def test_trainings_that_differ_by_their_seed_alone_are_rarely_called_worse() -> None:
    """Each training errs on some rows of its own and is a little better or worse throughout."""
    draw = np.random.default_rng(3)
    rounds, level = 1200, 0.05

    def trained() -> np.ndarray:
        share = float(np.clip(0.1 + 0.03 * draw.standard_normal(), 0, 1))
        return np.asarray(draw.random(N) < share)

    artefact = recipe = 0
    for _ in range(rounds):
        base, head, *seeds = (trained() for _ in range(7))
        family, _ = compare_scores("m", MODEL, paired(base, head))
        sigma = float(np.std([one.mean() for one in seeds], ddof=1))
        made = as_recipe(family, noise(Spread("accuracy", Slice(), 0.9, sigma, N)))
        artefact += p_drop(family.comparisons[0].basis, 0.0) <= level
        recipe += p_drop(made.comparisons[0].basis, 0.0) <= level
    assert recipe / rounds <= level + 0.015
    assert artefact / rounds > 0.1
