"""The logistic regression behind the points: L2 on the steps between bins, whose signs are what the domain demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from loan.settings import Feature

_BOUNDS = {"falling": (None, 0.0), "rising": (0.0, None), "free": (None, None)}
Cuts = dict[str, tuple[float, ...]]
"""The edges of each feature."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Log-odds of approval: a base, and for each feature those of its bins and of no value."""

    base: float
    bins: dict[str, tuple[float, ...]]
    """Of each bin, the first at 0."""
    missing: dict[str, float | None]
    """Of rows without a value, against the first bin; None where there are none."""


def steps(frame: pd.DataFrame, features: Sequence[Feature], cuts: Cuts) -> tuple[NDArray[Any], list[Any]]:
    """One column of 0 and 1 for each edge (is the value there or beyond?) and for each feature's missing values.

    Beside it the bounds of each column's weight.
    """
    columns, bounds = [], []
    for feature in features:
        values = frame[feature.name].to_numpy(dtype=float)
        for cut in cuts[feature.name]:
            columns.append(values >= cut)  # NaN is beyond no edge
            bounds.append(_BOUNDS[feature.monotone])
        if np.isnan(values).any():
            columns.append(np.isnan(values))
            bounds.append((None, None))
    return np.column_stack(columns).astype(float) if columns else np.empty((len(frame), 0)), bounds


def weights(rows: NDArray[Any], approved: NDArray[Any], bounds: list[Any], strength: float) -> NDArray[Any]:
    """The intercept, then a weight for each column: the least log-loss with |w|^2 / (2 `strength`), within bounds."""
    full = np.column_stack([np.ones(len(rows)), rows])
    penalty = np.full(full.shape[1], 1 / strength)
    penalty[0] = 0.0

    def loss(w: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        odds = full @ w
        value = np.logaddexp(0.0, odds).sum() - approved @ odds + 0.5 * (penalty * w * w).sum()
        return float(value), full.T @ (expit(odds) - approved) + penalty * w

    share = approved.mean()
    start = np.zeros(full.shape[1])
    start[0] = np.log(share / (1 - share))
    options = {"maxiter": 10_000, "ftol": 1e-13, "gtol": 1e-8}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *bounds], options=options)
    return np.asarray(found.x)


def fit(frame: pd.DataFrame, features: Sequence[Feature], cuts: Cuts, strength: float) -> Fit:
    """The log-odds of `frame`, whose `label` is `approve` or `deny`."""
    rows, bounds = steps(frame, features, cuts)
    approved = (frame["label"] == "approve").to_numpy(dtype=float)
    found = iter(weights(rows, approved, bounds, strength).tolist())
    base, bins, missing = next(found), {}, {}
    for feature in features:
        own = np.cumsum([0.0, *(next(found) for _ in cuts[feature.name])])
        bins[feature.name] = tuple(own.tolist())
        missing[feature.name] = next(found) if frame[feature.name].isna().any() else None
    return Fit(base, bins, missing)
