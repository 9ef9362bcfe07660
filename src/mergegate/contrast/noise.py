"""The spread of a recipe's metrics over seeds, and what it does to a comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mergegate.contrast.scores import compare_scores
from mergegate.facts.comparison import Family
from mergegate.facts.noise import Spread
from mergegate.stats.noise import with_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mergegate.facts.comparison import Comparison, Slice, Studentised
    from mergegate.facts.joint import Joint
    from mergegate.facts.noise import Noise
    from mergegate.facts.policy import ModelPolicy

UNMEASURED = "its training noise was not measured: judged as this artefact"


def spreads(name: str, model: ModelPolicy, joints: Sequence[Joint]) -> tuple[Spread, ...]:
    """Mean and standard deviation of every metric, over all rows and in each slice.

    Each joint pairs one training's table (as head) with any one table as base. What has no value with some seed is
    left out.
    """
    values: dict[tuple[str, Slice], list[float]] = {}
    rows: dict[tuple[str, Slice], int] = {}
    for joint in joints:
        for one in compare_scores(name, model, joint)[0].comparisons:
            values.setdefault((one.metric, one.slice), []).append(one.after)
            rows[one.metric, one.slice] = one.n
    return tuple(
        Spread(metric, where, float(np.mean(seen)), _deviation(seen), rows[metric, where])
        for (metric, where), seen in values.items()
        if len(seen) == len(joints)
    )


def _deviation(seen: Sequence[float]) -> float:
    """From the first value, so that values that are all the same give 0 and not its last digits."""
    return float(np.std(np.array(seen) - seen[0], ddof=1))


def as_recipe(family: Family, noise: Noise) -> Family:
    """The same comparisons as of two recipes instead of two artefacts: wider by what training again would move.

    A slice (or a metric) whose spread was not measured stays a comparison of artefacts and says so. How comparisons
    move together is known of the rows alone: their correlation shrinks by the share that the rows have in each
    variance, so that noise counts as independent, which is the side on which the false-block rate holds.
    """
    made = [_noisy(one, noise) for one in family.comparisons]
    if family.correlation is None:
        return Family(tuple(comparison for comparison, _ in made), None)
    weight = np.sqrt([share for _, share in made])
    correlation: NDArray[np.float64] = family.correlation * np.outer(weight, weight)
    np.fill_diagonal(correlation, 1.0)
    return Family(tuple(comparison for comparison, _ in made), correlation)


def _noisy(one: Comparison, noise: Noise) -> tuple[Comparison, float]:
    """The comparison with noise, and the rows' share of its variance."""
    spread = noise.of(one.metric, one.slice)
    if spread is None:
        return replace(one, caution="; ".join(filter(None, [one.caution, UNMEASURED]))), 1.0
    if spread.sigma == 0:
        return one, 1.0
    basis: Studentised = with_noise(one.basis, spread.sigma, len(noise.seeds))
    training = min(2 * spread.sigma**2 / basis.se**2, 1.0) if basis.se > 0 else 0.0
    method = f"{one.method}, with the noise of {len(noise.seeds)} trainings"
    return replace(one, basis=replace(basis, fixed=spread.sigma * 2**0.5), method=method), 1.0 - training
