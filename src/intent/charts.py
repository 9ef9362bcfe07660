"""What `dvc plots` draws of the holdout: small tables beside the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

BINS = 10


def calibration(frame: pd.DataFrame) -> pd.DataFrame:
    """For each tenth of the scores that has rows, `from` 0 on: `score` and `right`, means in [0, 1], and `rows`."""
    tenth = np.minimum((frame["score"].to_numpy() * BINS).astype(int), BINS - 1) / BINS
    right = frame["label"] == frame["prediction"]
    table = pd.DataFrame({"from": tenth, "score": frame["score"], "right": right.astype(float)}).groupby("from")
    return table[["score", "right"]].mean().round(4).assign(rows=table.size()).reset_index()


def answers(frame: pd.DataFrame) -> pd.DataFrame:
    """`label` and `prediction` of each row, by label; the template `confusion` counts them."""
    return frame[["label", "prediction"]].sort_values(["label", "prediction"], kind="stable")


def write(table: pd.DataFrame, path: Path) -> None:
    """As CSV, the same bytes for the same table on every machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
