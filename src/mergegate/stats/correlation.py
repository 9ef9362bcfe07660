"""How comparisons move together, from what each cluster (or row) adds to each gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def gain_correlation(
    influences: Sequence[NDArray[np.float64] | None], *, clusters: int | None = None
) -> NDArray[np.float64]:
    """Correlation of the gains, shape (m, m), from m influences of shape (clusters,); positive semidefinite.

    Entries may also stand for several alike rows: then each is its influence times the root of their number, and
    `clusters` says how many rows there are.

    None, or an influence that is 0 everywhere, correlates with nothing: the safe side, as the union of independent
    events is the larger one. Shrunk towards independence by as much as few clusters make correlations up
    (Schaefer and Strimmer, Stat Appl Genet Mol Biol 4:32, 2005).
    """
    size = len(influences)
    result = np.eye(size)
    scaled = {  # Before they become small floats, which know no 1e-40 and no 1e40.
        index: (influence / np.abs(influence).max()).astype(np.float32)
        for index, influence in enumerate(influences)
        if influence is not None and np.any(influence)
    }
    known = list(scaled)
    if len(known) < 2:
        return result
    stack = np.array([scaled[index] for index in known])
    stack /= np.linalg.norm(stack, axis=1, keepdims=True)
    correlation = np.clip((stack @ stack.T).astype(np.float64), -1.0, 1.0)
    result[np.ix_(known, known)] = _shrunk(correlation, clusters or stack.shape[1])
    return result


def _shrunk(correlation: NDArray[np.float64], clusters: int) -> NDArray[np.float64]:
    """Pull all correlations towards 0 by one factor."""
    off = correlation[~np.eye(len(correlation), dtype=bool)]
    noise = float(((1 - off**2) ** 2).sum()) / max(clusters - 1, 1)
    signal = float((off**2).sum())
    keep = max(0.0, 1 - noise / signal) if signal > 0 else 0.0
    shrunk = keep * correlation
    np.fill_diagonal(shrunk, 1.0)
    return shrunk
