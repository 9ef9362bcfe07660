"""The stage `evaluate`: the holdout's scores and plots, for a reader. The gate computes its own from the rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from intent import charts, tables
from intent.faults import run_stage

if TYPE_CHECKING:
    import pandas as pd

PREDICTIONS = Path("predictions/intent/holdout.parquet")
METRICS = Path("metrics/intent/holdout.json")
ANSWERS = Path("plots/intent/answers.csv")
CALIBRATION = Path("plots/intent/calibration.csv")
COLUMNS = ("id", "label", "prediction", "score", "group", "language")


def scores(frame: pd.DataFrame) -> dict[str, Any]:
    """Accuracy and macro-F1 (over the classes that are labels, as the gate has it), and accuracy per language."""
    from sklearn.metrics import f1_score

    right = frame["label"] == frame["prediction"]
    classes = sorted(frame["label"].unique())
    f1 = f1_score(frame["label"], frame["prediction"], labels=classes, average="macro", zero_division=0.0)
    by_language = right.groupby(frame["language"]).mean()
    return {
        "accuracy": round(float(right.mean()), 4),
        "f1_macro": round(float(f1), 4),
        "rows": len(frame),
        "groups": int(frame["group"].nunique()),
        "accuracy_by_language": {str(name): round(float(value), 4) for name, value in by_language.sort_index().items()},
    }


def main() -> None:
    """Read the predictions, write the metrics and what is drawn."""
    frame = tables.read_parquet(PREDICTIONS, COLUMNS)
    facts = scores(frame)
    tables.write_json(facts, METRICS)
    charts.write(charts.answers(frame), ANSWERS)
    charts.write(charts.calibration(frame), CALIBRATION)
    print(f"· accuracy {facts['accuracy']:.4f}, macro-F1 {facts['f1_macro']:.4f} on {facts['rows']:,} rows")


if __name__ == "__main__":
    run_stage(main)
