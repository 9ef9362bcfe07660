"""The stage `loan-split`: some of the applications are held out, by a salted hash of each one's own id."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loan import settings, tables
from loan.faults import StageError, run_stage
from mergegate.split import holdout_mask

DATA = Path("data/loan/applications.csv")
TRAIN = Path("work/loan/train.parquet")
HOLDOUT = Path("work/loan/holdout.parquet")


def main() -> None:
    """Read the applications, write the two sides with all columns, each in the order of the ids."""
    how = settings.read(settings.Split)
    frame = tables.read_csv(DATA).sort_values("id", ignore_index=True)
    frame.insert(1, "label", np.where(frame["approve"] == 1, "approve", "deny"))
    held = np.array(holdout_mask(frame["id"], salt=how.salt, share=how.share), dtype=bool)
    for side in (held, ~held):
        if frame["label"][side].nunique() < 2:
            raise StageError(
                "one side of the split has not both decisions", where=DATA, do="look at `loan.split` in params.yaml"
            )
    tables.write_parquet(frame[~held], TRAIN)
    tables.write_parquet(frame[held], HOLDOUT)
    print(f"· held out {held.sum():,} of {len(frame):,} applications, {(frame['label'][held] == 'deny').sum()} denied")


if __name__ == "__main__":
    run_stage(main)
