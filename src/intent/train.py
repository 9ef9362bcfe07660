"""The stage `train`: a linear classifier on the rows that are not held out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.svm import LinearSVC

from intent import engine, features, settings, tables
from intent.faults import StageError, run_stage
from intent.model import Model, softmax
from mergegate.split import holdout_mask

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ROWS = Path("work/intent/train.parquet")
MODEL = Path("models/intent/model.npz")
_DECIMALS = 4
"""Weights are rounded so that the last bits of another processor's arithmetic do not make another model."""


def _classifier(how: settings.Train) -> LinearSVC:
    return LinearSVC(C=how.C, max_iter=how.iterations, random_state=how.seed)


def _model(svc: LinearSVC, sharpness: float, seen: settings.Features) -> Model:
    # Of two classes scikit-learn fits one; spelled out, it is the first one's mirror.
    weights, bias = (svc.coef_, svc.intercept_) if len(svc.classes_) > 2 else (
        np.vstack([-svc.coef_, svc.coef_]), np.hstack([-svc.intercept_, svc.intercept_])
    )  # fmt: skip
    return Model(
        weights.round(_DECIMALS).astype(np.float32),
        bias.round(_DECIMALS).astype(np.float32),
        tuple(str(name) for name in svc.classes_),
        sharpness,
        seen,
    )


def _sharpness(model: Model, rows: Any, answers: NDArray[Any]) -> float:
    """The factor that makes margins on unseen rows most likely (temperature scaling, Guo et al. 2017), in [0.1, 50]."""
    known = {name: index for index, name in enumerate(model.classes)}
    usable = np.array([answer in known for answer in answers], dtype=bool)
    if not usable.any():
        return 1.0
    margins = model.margins(rows[usable])
    truth = np.array([known[answer] for answer in answers[usable]])

    def loss(log_factor: float) -> float:
        chances = softmax(margins * np.exp(log_factor))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    best = minimize_scalar(loss, bounds=(np.log(0.1), np.log(50)), method="bounded")
    return round(float(np.exp(best.x)), 2)


def fit(frame: pd.DataFrame, how: settings.Train, seen: settings.Features) -> Model:
    """The model of `frame`; its probabilities are calibrated on a fifth of the groups, then it is fitted on all."""
    answers = frame["intent"].to_numpy(dtype=str)
    if len(set(answers)) < 2:
        raise StageError(
            "there is just one intent to learn", where=ROWS, do="look at the split: params.yaml, section `split`"
        )
    rows = features.matrix(frame, seen)
    aside = np.array(holdout_mask(frame["group"], salt="calibration", share=0.2), dtype=bool)
    known = ~aside
    apart = aside.any() and len(set(answers[known])) > 1
    data = [(rows, answers), *([(rows[known], answers[known])] if apart else [])]
    whole, *first = engine.fitted([_classifier(how) for _ in data], data, how.backend)
    sharpness = _sharpness(_model(first[0], 1.0, seen), rows[aside], answers[aside]) if apart else 1.0
    return _model(whole, sharpness, seen)


def main() -> None:
    """Read the training rows, write the model."""
    frame = tables.read_parquet(ROWS, tables.UTTERANCES)
    model = fit(frame, settings.read(settings.Train), settings.read(settings.Features))
    model.save(MODEL)
    print(f"· trained on {len(frame):,} rows: {len(model.classes)} intents, {MODEL.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    run_stage(main)
