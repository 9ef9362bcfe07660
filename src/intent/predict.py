"""The stage `predict`: what the model says of the held-out rows. It needs the model, the rows, and no params."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from intent import features, model, tables
from intent.faults import run_stage

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = Path("models/intent/model.npz")
ROWS = Path("work/intent/holdout.parquet")
PREDICTIONS = Path("predictions/intent/holdout.parquet")


def predictions(frame: pd.DataFrame, fitted: model.Model, keep: Sequence[str]) -> pd.DataFrame:
    """`id`, `label`, `prediction`, `score` (the probability of the predicted class), then the columns to `keep`."""
    answers, scores = fitted.answer(features.matrix(frame, fitted.features))
    table = pd.DataFrame({"id": frame["id"], "label": frame["intent"], "prediction": answers, "score": scores.round(6)})
    return pd.concat([table, frame[list(keep)]], axis=1).sort_values("id", ignore_index=True)


def main() -> None:
    """Read model and holdout, write the evidence."""
    frame = tables.read_parquet(ROWS, tables.UTTERANCES)
    tables.write_parquet(predictions(frame, model.load(MODEL), ("group", "language", "domain")), PREDICTIONS)
    print(f"· answered {len(frame):,} held-out utterances")


if __name__ == "__main__":
    run_stage(main)
