"""The stage `loan-crossfit`: the gap to the ceiling over all training rows, each judged by a card made without it.

The rows are written beside the gap, so that whoever judges a card can compute it again.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loan import settings, tables, train
from loan.auc import Gap, gap
from loan.faults import StageError, run_stage
from loan.points import points_of

ROWS = Path("work/loan/train.parquet")
FOLDS = Path("work/loan/ceiling_folds.parquet")
SAID = Path("work/loan/crossfit.parquet")
METRICS = Path("metrics/loan/crossfit.json")


def points_without(frame: pd.DataFrame, part: pd.Series[int], recipe: train.Recipe) -> Any:
    """Each row's points by the card of the rows in other parts, cut and fitted anew."""
    said = np.empty(len(frame))
    for index in sorted(set(part)):
        card = train.make(frame[part != index], recipe).card
        said[part == index] = points_of(card, frame[part == index])
    return said


def crossed(frame: pd.DataFrame, folds: pd.DataFrame, recipe: train.Recipe) -> pd.DataFrame:
    """`id` and `label`, and of each repeat `fold<n>`, `card<n>` and `ceiling<n>`: what those made without a row say."""
    both = frame.merge(folds, on="id", validate="one_to_one")
    if len(both) != len(frame):
        raise StageError("the ceiling knows other applications", where=FOLDS, do="make it again: dvc repro")
    said: dict[str, Any] = {"id": both["id"], "label": both["label"]}
    for n in range(repeats_of(folds)):
        said |= {f"fold{n}": both[f"fold{n}"], f"card{n}": points_without(both, both[f"fold{n}"], recipe)}
        said |= {f"ceiling{n}": both[f"ceiling{n}"]}
    return pd.DataFrame(said)


def repeats_of(folds: pd.DataFrame) -> int:
    """How often all rows were parted."""
    return sum(str(name).startswith("fold") for name in folds)


def measured(said: pd.DataFrame) -> Gap:
    """The gap, averaged over the repeats."""
    cards, ceilings = ([said[f"{who}{n}"].to_numpy() for n in range(repeats_of(said))] for who in ("card", "ceiling"))
    return gap(cards, ceilings, (said["label"] == "approve").to_numpy())


def main() -> None:
    """Read the training rows and what the ceiling says of them, write what the cards say beside it, and the gap."""
    recipe = train.Recipe(settings.features(), settings.read(settings.Bins), settings.read(settings.Points))
    columns = ("id", "label", *(one.name for one in recipe.features))
    frame, folds = tables.read_parquet(ROWS, columns), tables.read_parquet(FOLDS, ("id",), others=True)
    said = crossed(frame, folds, recipe)
    found = measured(said)
    names = {"card": "auc_card", "ceiling": "auc_ceiling", "value": "gap", "low": "gap_low", "high": "gap_high"}
    facts = {names[name]: round(value, 4) for name, value in asdict(found).items()}
    tables.write_parquet(said, SAID)
    tables.write_json({"rows": len(said), "repeats": repeats_of(said)} | facts, METRICS)
    print(
        f"· card {found.card:.4f}, ceiling {found.ceiling:.4f}, gap {found.value:+.4f} "
        f"({found.low:+.4f} to {found.high:+.4f}) on {len(said):,} rows"
    )


if __name__ == "__main__":
    run_stage(main)
