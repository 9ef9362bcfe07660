"""The stage `quiz`: what the model says of the utterances written by hand."""

from __future__ import annotations

from pathlib import Path

from intent import model, tables
from intent.faults import run_stage
from intent.predict import predictions

DATA = Path("data/intent/quiz.csv")
MODEL = Path("models/intent/model.npz")
PREDICTIONS = Path("predictions/intent/quiz.parquet")
METRICS = Path("metrics/intent/quiz.json")


def main() -> None:
    """Read quiz and model, write the answers and the score."""
    frame = tables.read_csv(DATA, tables.QUIZ)
    frame = frame.assign(must_pass=frame["must_pass"].eq("true"))
    table = predictions(frame, model.load(MODEL), ("language", "must_pass", "utterance"))
    tables.write_parquet(table, PREDICTIONS)
    right = table["label"] == table["prediction"]
    must = table["must_pass"]
    facts = {
        "accuracy": round(float(right.mean()), 4),
        "right": int(right.sum()),
        "items": len(table),
        "must_pass_right": int((right & must).sum()),
        "must_pass_items": int(must.sum()),
    }
    tables.write_json(facts, METRICS)
    print(f"· {facts['right']} of {facts['items']} right; must pass: {facts['must_pass_right']} of {must.sum()}")


if __name__ == "__main__":
    run_stage(main)
