"""The ceiling: an explainable boosted model of the same features, which any card is measured against.

Additive, as the card is (no interactions, which gained nothing), but as crooked as the data say and free in its
directions: what the card loses against it is the price of a dozen plain rules. Never served, never stored: only what it
says of rows is kept.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from loan.settings import Ceiling, Feature


def chances(train: pd.DataFrame, rows: pd.DataFrame, features: Sequence[Feature], how: Ceiling) -> NDArray[Any]:
    """What a model of `train` (with `label`) says of `rows`: the probability of approval, to six digits."""
    from interpret.glassbox import ExplainableBoostingClassifier

    names = [one.name for one in features]
    model = ExplainableBoostingClassifier(
        feature_names=names, feature_types=["continuous"] * len(names), interactions=0, outer_bags=how.bags,
        random_state=how.seed, n_jobs=1,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected")  # its plots do not show them; its sums do
        model.fit(train[names].to_numpy(dtype=float), (train["label"] == "approve").to_numpy(dtype=int))
    return np.asarray(model.predict_proba(rows[names].to_numpy(dtype=float))[:, 1]).round(6)
