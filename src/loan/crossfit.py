"""The stage `loan-crossfit`: the gap to the ceiling over all training rows, each judged by a card made without it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from loan import settings, tables, train
from loan.auc import Gap, gap
from loan.faults import StageError, run_stage
from loan.points import points_of

if TYPE_CHECKING:
    import pandas as pd

ROWS = Path("work/loan/train.parquet")
FOLDS = Path("work/loan/ceiling_folds.parquet")
METRICS = Path("metrics/loan/crossfit.json")


def points_without(frame: pd.DataFrame, part: pd.Series[int], recipe: train.Recipe) -> Any:
    """Each row's points by the card of the rows in other parts, cut and fitted anew."""
    said = np.empty(len(frame))
    for index in sorted(set(part)):
        card = train.make(frame[part != index], recipe).card
        said[part == index] = points_of(card, frame[part == index])
    return said


def measured(frame: pd.DataFrame, folds: pd.DataFrame, recipe: train.Recipe) -> tuple[Gap, int]:
    """The gap, averaged over the repeats, and their number."""
    both = frame.merge(folds, on="id", validate="one_to_one")
    if len(both) != len(frame):
        raise StageError("the ceiling knows other applications", where=FOLDS, do="make it again: dvc repro")
    repeats = sum(str(name).startswith("fold") for name in folds)
    cards = [points_without(both, both[f"fold{n}"], recipe) for n in range(repeats)]
    ceilings = [both[f"ceiling{n}"].to_numpy() for n in range(repeats)]
    return gap(cards, ceilings, (both["label"] == "approve").to_numpy()), repeats


def main() -> None:
    """Read the training rows and what the ceiling says of them, write the gap."""
    recipe = train.Recipe(settings.features(), settings.read(settings.Bins), settings.read(settings.Points))
    columns = ("id", "label", *(one.name for one in recipe.features))
    frame, folds = tables.read_parquet(ROWS, columns), tables.read_parquet(FOLDS, ("id",), others=True)
    found, repeats = measured(frame, folds, recipe)
    names = {"card": "auc_card", "ceiling": "auc_ceiling", "value": "gap", "low": "gap_low", "high": "gap_high"}
    facts = {names[name]: round(value, 4) for name, value in asdict(found).items()}
    tables.write_json({"rows": len(frame), "repeats": repeats} | facts, METRICS)
    print(
        f"· card {found.card:.4f}, ceiling {found.ceiling:.4f}, gap {found.value:+.4f} "
        f"({found.low:+.4f} to {found.high:+.4f}) on {len(frame):,} rows"
    )


if __name__ == "__main__":
    run_stage(main)
