"""The stage `split`: a quarter of the groups is held out, by a salted hash of each group's own key."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from intent import settings, tables
from intent.faults import StageError, run_stage
from mergegate.split import holdout_mask

DATA = Path("data/intent/utterances.csv")
TRAIN = Path("work/intent/train.parquet")
HOLDOUT = Path("work/intent/holdout.parquet")


def main() -> None:
    """Read the utterances, write the two sides, each in the order of the ids."""
    how = settings.read(settings.Split)
    frame = tables.read_csv(DATA, tables.UTTERANCES).sort_values("id", ignore_index=True)
    held = np.array(holdout_mask(frame["group"], salt=how.salt, share=how.share), dtype=bool)
    if held.all() or not held.any():
        raise StageError(
            "one side of the split is empty", where=DATA, do="look at `split` in params.yaml and at `group`"
        )
    tables.write_parquet(frame[~held], TRAIN)
    tables.write_parquet(frame[held], HOLDOUT)
    groups = frame["group"]
    print(
        f"· held out {held.sum():,} of {len(frame):,} rows, {groups[held].nunique():,} of {groups.nunique():,} groups"
    )


if __name__ == "__main__":
    run_stage(main)
