"""What `dvc plots` draws of the card's points: a small table beside the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 20
"""Points of one step: as many as double the odds."""


def by_points(frame: pd.DataFrame) -> pd.DataFrame:
    """For each step of `points` that has rows: how many of them lenders `approved` and `denied`, the share approved as
    `observed`, and what the card says of them on average, `promised`."""
    yes = (frame["label"] == "approve").astype(int)
    step = (frame["points"] // WIDTH * WIDTH).astype(int)
    table = pd.DataFrame({"points": step, "yes": yes, "score": frame["score"]}).groupby("points")
    counts = table["yes"].agg(["sum", "size"])
    found = {"approved": counts["sum"], "denied": counts["size"] - counts["sum"]}
    found |= {"observed": table["yes"].mean().round(4), "promised": table["score"].mean().round(4)}
    return pd.DataFrame(found).reset_index()


def write(table: pd.DataFrame, path: Path) -> None:
    """As CSV, the same bytes for the same table on every machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
