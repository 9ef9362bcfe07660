"""The area under the ROC curve, and what one order of the rows has over another, with its interval.

E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
characteristic curves", Biometrics 44 (1988). Averages over repeats keep to it: they average each row's share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Gap:
    """How much of the area the card lacks; negative where it has more."""

    card: float
    ceiling: float
    value: float
    low: float
    """Two-sided interval of 95 %, for other applicants; not for other training rows."""
    high: float


def shares(scores: NDArray[Any], approved: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each approved row the share of denied rows below it, for each denied one of approved above; ties half."""
    yes, no = scores[approved], scores[~approved]
    return _below(np.sort(no), yes), 1 - _below(np.sort(yes), no)


def _below(ordered: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    sides = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray(sides / (2 * len(ordered)))


def gap(cards: Sequence[NDArray[Any]], ceilings: Sequence[NDArray[Any]], approved: NDArray[Any]) -> Gap:
    """Ceiling less card, averaged over repeats; each array has a score for each row, `approved` is true or false."""
    ours = [shares(scores, approved) for scores in cards]
    theirs = [shares(scores, approved) for scores in ceilings]
    sides = [np.mean([t[side] - o[side] for o, t in zip(ours, theirs, strict=True)], axis=0) for side in (0, 1)]
    error = float(np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides)))
    card, ceiling = (float(np.mean([each[0].mean() for each in found])) for found in (ours, theirs))
    reach = float(ndtri((1 + LEVEL) / 2)) * error
    return Gap(card, ceiling, ceiling - card, ceiling - card - reach, ceiling - card + reach)
