"""The stage `loan-ceiling`: what the explainable boosted model says of rows that it has not seen.

Of the holdout, and of the training rows in parts: each part by a model of the others, and all of it again with other
parts. With under two thousand applications one holdout says little about a gap; the parts together say it far better.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from loan import boosted, settings, tables
from loan.faults import run_stage
from mergegate.split import position

TRAIN = Path("work/loan/train.parquet")
HOLDOUT = Path("work/loan/holdout.parquet")
CEILING = Path("work/loan/ceiling.parquet")
FOLDS = Path("work/loan/ceiling_folds.parquet")


def folds(train: pd.DataFrame, features: tuple[settings.Feature, ...], how: settings.Ceiling) -> pd.DataFrame:
    """`id`, and for each repeat `fold<n>` (which part a row is in) and `ceiling<n>` (what the others say of it)."""
    table = train[["id"]].reset_index(drop=True)
    for repeat in range(how.repeats):
        part = np.array([int(position(one, salt=f"fold {repeat}") * how.folds) for one in train["id"]])
        said = np.empty(len(train))
        for index in np.unique(part):
            said[part == index] = boosted.chances(train[part != index], train[part == index], features, how)
        table = table.assign(**{f"fold{repeat}": part, f"ceiling{repeat}": said})
    return table


def main() -> None:
    """Read both sides, write what is said of each."""
    features, how = settings.features(), settings.read(settings.Ceiling)
    columns = ("id", "label", *(one.name for one in features))
    train, holdout = tables.read_parquet(TRAIN, columns), tables.read_parquet(HOLDOUT, columns)
    said = boosted.chances(train, holdout, features, how)
    tables.write_parquet(pd.DataFrame({"id": holdout["id"], "ceiling": said}), CEILING)
    tables.write_parquet(folds(train, features, how), FOLDS)
    print(f"· {how.folds * how.repeats + 1} boosted models of {len(features)} features")


if __name__ == "__main__":
    run_stage(main)
