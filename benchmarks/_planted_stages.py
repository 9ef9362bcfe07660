"""Runs the stages of the intent pipeline of the current folder one after the other in one process: `... JOBS.json`.

Each job names what to write into params.yaml first (or null), the stages, a further table to predict (or null) and
the folder that gets copies of the evidence. Prints one JSON line per job: what stopped it, or null. In a process of
its own, so that the pipeline's modules are those of the folder.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

TABLES = ("holdout", "quiz", "shadow", "invariances")
KEPT = (*(f"predictions/intent/{name}.parquet" for name in TABLES), "models/intent/model.npz")


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # what the stages print is no answer
    sys.path.insert(0, str(Path("src").resolve()))
    for job in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        answers.write(json.dumps({"stopped": run(job)}) + "\n")


def run(job: dict[str, Any]) -> dict[str, str] | None:
    """One job; where a stage refuses, which one and its words."""
    faults = importlib.import_module("intent.faults")
    if job["params"]:
        Path("params.yaml").write_text(job["params"], encoding="utf-8")
    for name in job["stages"]:
        try:
            importlib.import_module(f"intent.{name}").main()
        except faults.StageError as error:
            return {"stage": name, "said": str(error)}
    keep = Path(job["keep"])
    keep.mkdir(parents=True, exist_ok=True)
    for path in KEPT:
        shutil.copy(path, keep / Path(path).name)
    if job["population"]:
        predict: Any = importlib.import_module("intent.predict")
        rows, out = predict.ROWS, predict.PREDICTIONS
        predict.ROWS, predict.PREDICTIONS = Path(job["population"]), keep / "population.parquet"
        predict.main()
        predict.ROWS, predict.PREDICTIONS = rows, out
    return None


if __name__ == "__main__":
    main()
