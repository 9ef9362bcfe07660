"""The stage `loan-evaluate`: the holdout's scores and plots, for a reader. The gate computes its own from the rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from loan import charts, tables
from loan.auc import gap
from loan.faults import run_stage

if TYPE_CHECKING:
    import pandas as pd

PREDICTIONS = Path("predictions/loan/holdout.parquet")
METRICS = Path("metrics/loan/holdout.json")
POINTS = Path("plots/loan/points.csv")
GROUPS = ("black", "hispan", "male", "min30")
COLUMNS = ("id", "label", "prediction", "score", "points", "ceiling", *GROUPS)


def by_group(frame: pd.DataFrame) -> dict[str, Any]:
    """For each value of each audit column: rows, and the share that lenders and the card approve."""
    found: dict[str, Any] = {}
    for name in GROUPS:
        for value, rows in frame.groupby(name):
            found[f"{name}={value:g}"] = {
                "rows": len(rows),
                "lenders": round(float((rows["label"] == "approve").mean()), 4),
                "card": round(float((rows["prediction"] == "approve").mean()), 4),
            }
    return found


def scores(frame: pd.DataFrame) -> dict[str, Any]:
    """Accuracy, shares approved and denials found, the areas of card and ceiling with the gap's interval, groups."""
    approved, said = frame["label"] == "approve", frame["prediction"] == "approve"
    found = gap([frame["score"].to_numpy()], [frame["ceiling"].to_numpy()], approved.to_numpy())
    return {
        "rows": len(frame),
        "accuracy": round(float((approved == said).mean()), 4),
        "approved": round(float(said.mean()), 4),
        "approved_by_lenders": round(float(approved.mean()), 4),
        "denials_found": round(float((~said & ~approved).sum() / (~approved).sum()), 4),
        "auc_card": round(found.card, 4),
        "auc_ceiling": round(found.ceiling, 4),
        "gap": round(found.value, 4),
        "gap_low": round(found.low, 4),
        "gap_high": round(found.high, 4),
        "approved_by_group": by_group(frame),
    }


def main() -> None:
    """Read the predictions, write the metrics and what is drawn."""
    frame = tables.read_parquet(PREDICTIONS, COLUMNS)
    facts = scores(frame)
    tables.write_json(facts, METRICS)
    charts.write(charts.by_points(frame), POINTS)
    print(f"· accuracy {facts['accuracy']:.4f}, AUC {facts['auc_card']:.4f} on {facts['rows']:,} rows")


if __name__ == "__main__":
    run_stage(main)
