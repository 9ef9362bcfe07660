"""The chance that at least one of many correlated normals is extreme, precise from few draws.

Importance sampling of a union ("at least one rare event", Owen, Maximov, Chertkov, Electronic Journal of Statistics
13:231-276, 2019): each draw makes one event happen on purpose and counts how many others happened with it. The error
is a small fraction of the result however rare the events are, so that thresholds are stable with thousands of draws
where plain simulation takes millions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.stats.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 4096


class Union:
    """Events {Z_j <= quantile(p_j)} of standard normals with a given correlation, at any probabilities p."""

    def __init__(self, correlation: Floats, rng: np.random.Generator, draws: int = DRAWS) -> None:
        """Draw once; all later questions use the same draws, so that the answer is smooth in the probabilities."""
        # Single precision: a draw needs no more, and a question is as fast as its arrays can be read.
        self._correlation = correlation.astype(np.float32)
        self._normals = (rng.standard_normal((draws, len(correlation))) @ _root(correlation).T).astype(np.float32)
        self._which = (rng.permutation(draws) + rng.random(draws)) / draws
        self._depth = (rng.permutation(draws) + rng.random(draws)) / draws

    def probability(self, p: Floats) -> float:
        """Chance of at least one event; `p`, shape (m,), holds the chance of each, in [0, 1)."""
        total = float(p.sum())
        if total == 0:
            return 0.0
        forced = np.minimum(np.searchsorted(np.cumsum(p) / total, self._which), len(p) - 1)
        rows = np.arange(len(forced))
        target = ndtri(self._depth * p[forced]).astype(np.float32)
        moved = (target - self._normals[rows, forced])[:, None] * self._correlation[forced]
        happened = self._normals + moved <= ndtri(p).astype(np.float32)
        happened[rows, forced] = True
        return min(total * float((1 / happened.sum(axis=1)).mean()), 1.0)


def _root(correlation: Floats) -> Floats:
    """A matrix A with A A' = correlation: Cholesky's; where some move as one, of eigenvectors, which cost far more."""
    try:
        return np.asarray(np.linalg.cholesky(correlation))
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(correlation)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
