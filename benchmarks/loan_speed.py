"""How many applicants a second the generated code decides, beside scikit-learn's `predict` in the same run.

The applicants are the real ones, drawn with replacement. The generated Python is called row by row, on one core, with
plain dicts; DuckDB answers the generated SQL with points, decisions, reasons and refusals of every row, on all cores;
Node is called row by row, too. scikit-learn's logistic regression has the same columns and gives a bare yes or no: once
row by row, and once in batches of 100,000. Each number is the best of some runs. On a machine that has other work,
too, the rows per CPU second say more than the rows per second on the clock.

    python -m benchmarks.loan_speed --out metrics/benchmarks/loan-speed.json
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._made import tell, today, versions

from loan import card_file, generate_javascript, generate_python, generate_sql
from loan.card import digest
from loan.portfolio import read, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from loan.card import Card

Row = dict[str, Any]
_NODE = """
import { readFileSync } from "node:fs";
const { decide } = await import(process.argv[1]);
const rows = JSON.parse(readFileSync(process.argv[2], "utf-8"));
let best = Infinity;
for (let run = 0; run < Number(process.argv[3]); run += 1) {
  const start = performance.now();
  for (const row of rows) decide(row);
  best = Math.min(best, performance.now() - start);
}
process.stdout.write(String(best / 1000));
"""


def best(work: Callable[[], object], rows: int, runs: int) -> dict[str, int]:
    """Rows a second on the clock, and rows a second of CPU, of the best run in each."""
    clock, cpu = [], []
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    return {"per_second": round(rows / min(clock)), "per_cpu_second": round(rows / min(cpu))}


def python(card: Card, rows: list[Row], runs: int) -> dict[str, Any]:
    """The generated Python, row by row."""
    module: dict[str, Any] = {"__name__": "generated"}
    exec(compile(generate_python.generate(card), "generated.py", "exec"), module)  # noqa: S102 - what is measured
    decide = module["decide"]

    def all_rows() -> None:
        for row in rows:
            decide(row)

    denied = sum(decide(row).decision == card.decides.no for row in rows)
    return {"rows": len(rows), "denied": round(denied / len(rows), 4), **best(all_rows, len(rows), runs)}


def node(card: Card, rows: list[Row], runs: int) -> dict[str, Any]:
    """The generated JavaScript, row by row."""
    with tempfile.TemporaryDirectory() as folder:
        module, data = Path(folder) / "loan.mjs", Path(folder) / "rows.json"
        module.write_text(generate_javascript.generate(card), encoding="utf-8")
        data.write_text(json.dumps(rows), encoding="utf-8")
        command = ["node", "--input-type=module", "-e", _NODE, str(module), str(data), str(runs)]
        seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {"rows": len(rows), "per_second": round(len(rows) / seconds)}


def sql(card: Card, rows: list[Row], count: int, runs: int) -> dict[str, Any]:
    """The generated SQL on `count` rows in a file of DuckDB's."""
    import duckdb
    import pyarrow as pa

    names = [known.name for known in card.inputs]
    real = pa.table({"place": range(len(rows))} | {name: [row[name] for row in rows] for name in names})
    query = (
        "SELECT COUNT(points), COUNT(*) FILTER (decision = 'deny'), SUM(LENGTH(reasons)), COUNT(refused)"  # noqa: S608
        f" FROM ({generate_sql.generate(card)})"
    )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/applicants.duckdb") as connection:
        connection.register("real", real)
        connection.execute(
            f"CREATE TABLE applicants AS SELECT i AS id, {', '.join(names)}"  # noqa: S608
            f" FROM range({count}) AS t(i) JOIN real ON place = hash(i) % {len(rows)}"
        )
        decided, denied, _, refused = connection.execute(query).fetchall()[0]
        threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
        measured = best(lambda: connection.execute(query).fetchall(), count, runs)
    return {"rows": count, "denied": round(denied / decided, 4), "refused": refused, "threads": threads, **measured}


def scikit(card: Card, rows: list[Row], labels: list[int], count: int, runs: int) -> dict[str, Any]:
    """A logistic regression of the same columns, scaled, without reasons: row by row, and in batches."""
    import numpy as np
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = [known.name for known in card.inputs]
    table = np.array([[row[name] for name in names] for row in rows], dtype=float)
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(table, labels)
    batch = table[np.random.default_rng(0).integers(0, len(table), 100_000)]
    few = batch[:500]

    def one_by_one() -> None:
        for row in few:
            model.predict(row.reshape(1, -1))

    def batches() -> None:
        for _ in range(count // len(batch)):
            model.predict(batch)

    return {"row_by_row": best(one_by_one, len(few), runs), "batches": best(batches, count, runs)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--criteria", type=Path, default=card_file.CRITERIA)
    parser.add_argument("--data", type=Path, default=Path("data/loan/applications.csv"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    card = card_file.read(asked.criteria)
    real = [values(applicant, card) for applicant in read(asked.data)]
    with asked.data.open(encoding="utf-8", newline="") as file:
        labels = [int(float(row["approve"])) for row in csv.DictReader(file)]
    drawn = random.Random(0).choices(real, k=300_000)
    load = os.getloadavg()[0]
    found = {
        "measured": today(),
        "machine": {"cpus": os.cpu_count(), "load_before": round(load, 1), "python": platform.python_version()},
        "versions": versions("duckdb", "scikit-learn"),
        "card": {"digest": digest(card), "rules": len(card.rules)},
        "python": python(card, drawn, asked.runs),
        "node": node(card, drawn, asked.runs),
        "sql": sql(card, real, asked.rows, asked.runs),
        "scikit_learn": scikit(card, real, labels, asked.rows // 10, asked.runs),
    }
    tell(found, asked.out)


if __name__ == "__main__":
    main()
