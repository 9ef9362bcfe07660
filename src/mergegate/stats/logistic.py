"""How well columns tell a yes or no: a logistic regression with a ridge, and an AUC of rows that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import ScoreTable
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.ranking import paired_ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

FOLDS = 5
RIDGE = 1.0
STEPS = 50
_SETTLED = 1e-9
_FAR = 30.0
"""A linear score beyond it is a probability of 0 or 1 to thirteen digits."""


def fit(columns: Floats, yes: Bools, ridge: float = RIDGE, steps: int = STEPS) -> tuple[float, Floats]:
    """Intercept and weights, by Newton's method; minimises the log-loss plus `ridge` / 2 times the squared weights.

    `columns` has shape (n, k), `yes` (n,). The ridge keeps it finite where a column tells everything; the intercept has
    none.
    """
    rows, wide = columns.shape
    x = np.column_stack([np.ones(rows), columns])
    penalty = np.full(wide + 1, ridge)
    penalty[0] = 1e-9
    weights = np.zeros(wide + 1)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -_FAR, _FAR)))
        slope = x.T @ (yes - p) - penalty * weights
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights += step
        if float(np.abs(step).max()) < _SETTLED:
            break
    return float(weights[0]), weights[1:]


def unseen_scores(columns: Floats, yes: Bools, fold: NDArray[np.int32]) -> Floats:
    """A score for each row by a fit on the other folds; `fold` has a code in [0, FOLDS) for each row.

    The folds' intercepts stay out of the scores: they lean against the share of yes in the fold that they are scored
    on, and would make columns that tell nothing look worse than chance.
    """
    scores = np.zeros(len(yes))
    for number in range(FOLDS):
        held = fold == number
        learn = yes[~held]
        if held.any() and learn.any() and not learn.all():
            scores[held] = columns[held] @ fit(columns[~held], learn)[1]
    return scores


def auc_of(
    scores: Floats, yes: Bools, cluster: tuple[NDArray[np.int32], int] | None = None, against: Floats | None = None
) -> tuple[Paired, Studentised] | Undefined:
    """How well `scores` tell `yes`, and the basis of the AUC less 0.5; or less that of the scores `against`."""
    codes, clusters = cluster or (None, 0)
    other = np.zeros(len(yes)) if against is None else against
    found = paired_ranking("auc", ScoreTable(yes, other, scores, codes, clusters))
    if isinstance(found, Undefined):
        return found
    assert isinstance(found.basis, Studentised)  # noqa: S101 - an AUC always has this basis
    return found, found.basis


def dummies(values: Floats, bins: int = 10) -> Floats:
    """Columns for a column of numbers: one for each of at most `bins` quantile bins, and one for what is missing.

    Each is centred; what all rows share is left out. So a relation need not be a straight line to be found.
    """
    known = np.isfinite(values)
    edges = np.unique(np.quantile(values[known], np.arange(1, bins) / bins)) if known.any() else np.empty(0)
    codes = np.searchsorted(edges, np.where(known, values, 0.0), side="left")
    codes[~known] = len(edges) + 1
    return of_codes(codes, len(edges) + 2)


def of_codes(codes: NDArray[np.intp], count: int) -> Floats:
    """Centred columns for codes in [0, count); a code that no row, or every row has, gets none."""
    columns = (codes[:, None] == np.arange(count)[None, :]).astype(np.float64)
    mean = columns.mean(axis=0)
    return np.asarray((columns - mean)[:, (mean > 0) & (mean < 1)])
