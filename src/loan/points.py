"""Points of a whole table at once, and the probability that a number of points stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from loan.card import Card, Rule
    from loan.settings import Points


def points_of(card: Card, frame: pd.DataFrame) -> NDArray[Any]:
    """The points of each row, whole numbers in float64; NaN where a value is missing and the card refuses that."""
    total = np.full(len(frame), float(card.start))
    for rule in card.rules:
        total += _of_rule(rule, frame[rule.feature].to_numpy(dtype=float))
    return total


def _of_rule(rule: Rule, values: NDArray[Any]) -> NDArray[Any]:
    cuts = [entry.low for entry in rule.bins[1:]] if rule.bins[0].value is None else [1.0]
    worth = np.array([entry.points for entry in rule.bins], dtype=float)
    found = worth[np.searchsorted(np.array(cuts, dtype=float), values, side="right").clip(max=len(worth) - 1)]
    found[np.isnan(values)] = np.nan if rule.missing is None else rule.missing
    return np.asarray(found)


def probability(points: NDArray[Any], how: Points) -> NDArray[Any]:
    """Of approval, in (0, 1): `even` points are even odds, `doubling` more are twice the odds."""
    return np.asarray(expit(np.log(2) / how.doubling * (points - how.even)))
