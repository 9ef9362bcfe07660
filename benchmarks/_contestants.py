"""Ways to decide whether a pull request is blocked: what people use today, and mergegate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from mergegate.stats.multiplicity import family_p, family_weights, weighted_holm

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks._pull_requests import Checks
    from numpy.typing import NDArray

    Blocked = NDArray[np.bool_]

ALPHA = 0.05


def dropped_at_all(checks: Checks) -> Blocked:
    return checks.gain < 0


def dropped_a_point(checks: Checks) -> Blocked:
    return checks.gain < -0.01


def any_slice_dropped_two_points(checks: Checks) -> Blocked:
    return np.asarray((checks.gain < -0.02) | (checks.slice_gain < -0.02).any(axis=1))


def unpaired_z(checks: Checks) -> Blocked:
    """Two proportions, as if measured on different rows."""
    base, head = checks.base_right / checks.rows, checks.head_right / checks.rows
    error = np.sqrt((base * (1 - base) + head * (1 - head)) / checks.rows)
    return np.asarray(head - base < float(ndtri(ALPHA)) * error)


def intervals_disjoint(checks: Checks) -> Blocked:
    """Head's 95 % Wilson interval lies wholly below base's."""
    low = _wilson(checks.base_right / checks.rows, checks.rows, -1)
    return np.asarray(_wilson(checks.head_right / checks.rows, checks.rows, 1) < low)


def _wilson(share: NDArray[np.float64], n: int, side: int) -> NDArray[np.float64]:
    z = float(ndtri(0.975))
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.asarray((share + z * z / (2 * n) + side * half) / (1 + z * z / n))


def mcnemar_uncorrected(checks: Checks) -> Blocked:
    """Every check at 5 %."""
    return np.asarray((checks.mcnemar_p <= ALPHA).any(axis=1))


def mcnemar_overall(checks: Checks) -> Blocked:
    """All rows only, at 5 %."""
    return np.asarray(checks.mcnemar_p[:, 0] <= ALPHA)


def half_and_holm(checks: Checks) -> Blocked:
    """Half of alpha over all rows, half by Holm over the rest."""
    size = checks.mcnemar_p.shape[1]
    weights = np.where(checks.overall, 0.5, 0.5 / (size - 1))
    return np.asarray((checks.mcnemar_p <= ALPHA * weights).any(axis=1))


def mergegate_with_holm(checks: Checks) -> Blocked:
    """What mergegate does where correlations are unknown."""
    weights = family_weights(checks.overall)
    return np.array([bool(np.any(p <= weighted_holm(p, weights, ALPHA))) for p in checks.p])


def mergegate(checks: Checks) -> Blocked:
    """Weighted step-down max-T; the correlation is estimated anew in each pull request that needs it."""
    rng = np.random.default_rng(0)
    weights = family_weights(checks.overall)
    share = (checks.p / weights).min(axis=1)
    blocked = share * weights.sum() <= ALPHA
    for index in np.flatnonzero(~blocked & (share * weights.max() <= ALPHA)):
        correlation = checks.correlation(int(index))
        attained = checks.attained(int(index))
        blocked[index] = family_p(checks.p[index], checks.overall, correlation, ALPHA, rng, attained=attained) <= ALPHA
    return np.asarray(blocked)


CONTESTANTS: dict[str, Callable[[Checks], Blocked]] = {
    "dropped at all": dropped_at_all,
    "dropped over 1 point": dropped_a_point,
    "any slice down 2 points": any_slice_dropped_two_points,
    "unpaired z": unpaired_z,
    "95 % intervals disjoint": intervals_disjoint,
    "McNemar, uncorrected": mcnemar_uncorrected,
    "McNemar, all rows only": mcnemar_overall,
    "half overall, half Holm": half_and_holm,
    "mergegate without correlations": mergegate_with_holm,
    "mergegate": mergegate,
}
