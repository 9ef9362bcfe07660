"""The stage `invariances`: what the model says of pairs that differ only in what it must not look at."""

from __future__ import annotations

from pathlib import Path

from intent import model, tables
from intent.faults import run_stage
from intent.pairs import pairs
from intent.predict import predictions

ROWS = Path("work/intent/holdout.parquet")
MODEL = Path("models/intent/model.npz")
PREDICTIONS = Path("predictions/intent/invariances.parquet")


def main() -> None:
    """Read held-out rows and model, write the answers to the pairs. Right or wrong is not asked."""
    rows = pairs(tables.read_parquet(ROWS, tables.UTTERANCES))
    found = predictions(rows, model.load(MODEL), ("of", "kind", "group", "language", "utterance"))
    tables.write_parquet(found.drop(columns="label").rename(columns={"utterance": "text"}), PREDICTIONS)
    print(f"· answered {int((rows['of'] != '').sum()):,} pairs of {rows['kind'].nunique() - 1} kinds")


if __name__ == "__main__":
    run_stage(main)
