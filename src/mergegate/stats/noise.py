"""The recipe instead of the artefact: a gain with the noise of training it again."""

from __future__ import annotations

import math

import numpy as np

from mergegate.errors import UseError
from mergegate.facts.comparison import Basis, Discordant, Studentised
from mergegate.stats.bounds import limit_of

FEWEST_SEEDS = 2


def with_noise(basis: Basis, sigma: float, seeds: int) -> Studentised:
    """The gain of one recipe over another: se^2 + 2 sigma^2, since both were trained with one seed out of many.

    `sigma` is the standard deviation of the metric over `seeds` trainings of one recipe (its own unit); that it was
    estimated from few shows in the degrees of freedom, combined as Welch (1947) and Satterthwaite (1946) do.
    """
    if seeds < FEWEST_SEEDS or not sigma >= 0 or not math.isfinite(sigma):
        raise UseError(
            f"a spread of {sigma:g} over {seeds} seeds cannot be used",
            do="measure it again with `mergegate noise`, with at least 5 seeds",
        )
    gain, se, df = _moments(basis)
    rows, training = se * se, 2 * sigma * sigma
    total = rows + training
    if total == 0 or not math.isfinite(se):
        return Studentised(gain, se, df, limit_of(basis))
    combined = _combined(rows / total, df, seeds - 1)
    return Studentised(gain, math.sqrt(total), combined, limit_of(basis), fixed=math.sqrt(training))


def _combined(share: float, df: float, noise_df: float) -> float:
    """Degrees of freedom of a sum of two variances, the first of which makes up `share` of it."""
    if df == 0:
        return 0.0
    doubt = share**2 / df + (1 - share) ** 2 / noise_df
    return 1 / doubt if doubt > 0 else math.inf


def _moments(basis: Basis) -> tuple[float, float, float]:
    """Gain, standard error and degrees of freedom of any basis."""
    if isinstance(basis, Studentised):
        return basis.gain, basis.se, basis.df
    if isinstance(basis, Discordant):
        if not basis.n:
            return 0.0, math.inf, 0.0
        gain = (basis.gained - basis.lost) / basis.n
        # One more row that differs than were seen: none seen is not none possible.
        differing = (basis.gained + basis.lost + 1) / basis.n
        return gain, math.sqrt(max(differing - gain * gain, 0.0) / basis.n), max(basis.n - 1.0, 0.0)
    return basis.gain, float(np.std(basis.sorted)), math.inf
