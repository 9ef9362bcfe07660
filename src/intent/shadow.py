"""The stage `shadow`: what the model says of sentences that nobody has labelled."""

from __future__ import annotations

from pathlib import Path

from intent import model, tables
from intent.faults import run_stage
from intent.predict import predictions

ROWS = Path("work/intent/unlabelled.parquet")
MODEL = Path("models/intent/model.npz")
PREDICTIONS = Path("predictions/intent/shadow.parquet")
COLUMNS = ("id", "group", "language", "area", "domain", "utterance")


def main() -> None:
    """Read rows and model, write the answers."""
    frame = tables.read_parquet(ROWS, COLUMNS).assign(intent="")
    found = predictions(frame, model.load(MODEL), ("group", "language", "domain", "utterance"))
    tables.write_parquet(found.drop(columns="label"), PREDICTIONS)
    print(f"· answered {len(found):,} unlabelled utterances")


if __name__ == "__main__":
    run_stage(main)
