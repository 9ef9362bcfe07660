"""How long a comparison takes, whole process, against DuckDB alone and against SciPy's bootstrap.

Two tables of predictions, 10 slice columns with 85 values, five metrics: read, joined, compared and judged in a fresh
process each time. DuckDB alone reads, joins and counts the same tables in the plainest SQL, and compares nothing. SciPy
bootstraps the difference of one metric over all rows, its resamples fewer than usual and scaled up (its cost is linear
in them), because it would take hours otherwise.

    python benchmarks/compare_speed.py --sizes 10000 1000000 10000000 --out metrics/benchmarks/compare-speed.json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

METRICS = ("accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "mcc")
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
"""Values of each slice column: 85 together."""
SLICES = tuple(f"s{index}" for index in range(len(SIZES)))
RESAMPLES = 2_000
"""What SciPy's time is scaled up to: as many as a 95 % interval is usually made of."""

GENERATE = """
import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
folder, n, classes, sizes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), eval(sys.argv[4])
draw = np.random.default_rng(n + classes)
label = draw.integers(0, classes, n, dtype=np.int16)
def other(share):
    return np.where(draw.random(n) < share, (label + draw.integers(1, classes, n)) % classes, label).astype(np.int16)
base = other(0.10)
head = np.where(draw.random(n) < 0.05, other(0.12), base)
def text(codes, prefix, count):
    names = pa.array([f"{prefix}{i}" for i in range(count)])
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), names).cast(pa.string())
shared = {"id": pa.array([f"row-{i:09d}" for i in range(n)]), "label": text(label, "class-", classes)}
slices = {f"s{j}": text(draw.integers(0, k, n), f"value-{j}-", k) for j, k in enumerate(sizes)}
for side, said in (("base", base), ("head", head)):
    table = pa.table(shared | {"prediction": text(said, "class-", classes)} | slices)
    pq.write_table(table.take(draw.permutation(n)) if side == "head" else table, f"{folder}/{side}.parquet")
"""
DUCKDB = """
import sys, duckdb
base, head, slices = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
con = duckdb.connect(":memory:", config={"memory_limit": "640MB"})
cells = "h.label, b.prediction, h.prediction"
sets = ", ".join([f"({cells})", *(f"(h.{s}, {cells})" for s in slices)])
con.execute(f'''
    SELECT {", ".join("h." + s for s in slices)}, {cells}, count(*)
    FROM read_parquet('{head}') h JOIN read_parquet('{base}') b USING (id) GROUP BY GROUPING SETS ({sets})
''').fetchall()
"""
ENGINE = """
import sys
from pathlib import Path
from mergegate.contrast.scores import compare_scores
from mergegate.facts.policy import ModelPolicy
from mergegate.read.tables import pair
base, head, slices, metrics = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","), sys.argv[4].split(",")
policy = {"holdout": "t", "slices": slices, "metrics": [{"name": name} for name in metrics]}
model = ModelPolicy.model_validate(policy)
family, absent = compare_scores("m", model, pair(base, head, model))
assert len(family.comparisons) == len(metrics) * 86, len(family.comparisons)
"""
SCIPY = """
import sys, time, pyarrow.parquet as pq, numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import f1_score
base, head, resamples = sys.argv[1], sys.argv[2], int(sys.argv[3])
read = lambda path: pq.read_table(path, columns=["id", "label", "prediction"]).to_pandas().sort_values("id")
one, two = read(base), read(head)
classes = {name: code for code, name in enumerate(sorted(set(one.label)))}
code = lambda column: column.map(classes).to_numpy()
y, b, h = code(two.label), code(one.prediction), code(two.prediction)
gain = lambda y, b, h: f1_score(y, h, average="macro") - f1_score(y, b, average="macro")
start = time.perf_counter()
bootstrap((y, b, h), gain, paired=True, vectorized=False, n_resamples=resamples, method="percentile", batch=1,
          rng=np.random.default_rng(1))
print(time.perf_counter() - start)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scipy-up-to", type=int, default=1_000_000, help="rows, beyond which SciPy is left out")
    parser.add_argument("--out", type=Path, default=Path("metrics/benchmarks/compare-speed.json"))
    given = parser.parse_args()
    result: dict[str, Any] = {"what": (__doc__ or "").splitlines()[0], "machine": machine(), "runs": []}
    for rows in given.sizes:
        result["runs"].append(
            one_size(rows, 10, given.repeats if rows < 5_000_000 else 1, scipy=rows <= given.scipy_up_to)
        )
    result["runs"].append(one_size(min(1_000_000, max(given.sizes)), 100, given.repeats, scipy=False))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {given.out}")


def one_size(rows: int, classes: int, repeats: int, *, scipy: bool) -> dict[str, Any]:
    """Every contestant on one pair of tables."""
    print(f"{rows:,} rows, {classes} classes", flush=True)
    with tempfile.TemporaryDirectory(prefix="compare-speed-") as folder:
        python("generate", GENERATE, folder, str(rows), str(classes), repr(SIZES))
        tables = [f"{folder}/base.parquet", f"{folder}/head.parquet"]
        found: dict[str, Any] = {"rows": rows, "classes": classes, "slices": sum(SIZES), "metrics": list(METRICS)}
        slices = ",".join(SLICES)
        found["duckdb_alone"] = timed("DuckDB alone", repeats, DUCKDB, *tables, slices)
        found["engine"] = timed("read and compare", repeats, ENGINE, *tables, slices, ",".join(METRICS))
        command = ["-m", "mergegate", "compare", *tables, "--slices", slices]
        for metric in METRICS:
            command += ["--metric", metric]
        found["command"] = timed_command("mergegate compare", repeats, command)
        for name in ("engine", "command"):
            for unit in ("seconds", "cpu_seconds"):
                ratio = found[name][unit] / found["duckdb_alone"][unit]
                found[f"{name}_over_duckdb_in_{unit}"] = round(ratio, 2)
        if scipy:
            found["scipy_bootstrap"] = bootstrapped(rows, tables)
            ratio = found["scipy_bootstrap"]["seconds_for_one_metric_over_all_rows"] / found["command"]["seconds"]
            found["scipy_over_command"] = round(ratio, 1)
    return found


def bootstrapped(rows: int, tables: list[str]) -> dict[str, Any]:
    """SciPy on one of the 430 comparisons, from so many resamples as take some seconds."""
    resamples = max(10, min(200, 20_000_000 // rows))
    said, _, _, _ = python("SciPy", SCIPY, *tables, str(resamples))
    seconds = float(said) / resamples * RESAMPLES
    print(f"  SciPy's bootstrap of one comparison: {seconds:.1f} s", flush=True)
    return {
        "resamples_run": resamples,
        "resamples_scaled_to": RESAMPLES,
        "seconds_for_one_metric_over_all_rows": round(seconds, 2),
    }


def timed(name: str, repeats: int, code: str, *arguments: str) -> dict[str, Any]:
    return timed_command(name, repeats, ["-c", code, *arguments])


def timed_command(name: str, repeats: int, arguments: list[str]) -> dict[str, Any]:
    """Medians over fresh processes: seconds on the clock and of the CPUs, and the largest resident memory."""
    runs = [run(name, arguments) for _ in range(repeats)]
    found = {
        "seconds": round(statistics.median(run[1] for run in runs), 3),
        "cpu_seconds": round(statistics.median(run[2] for run in runs), 3),
        "peak_mb": round(max(run[3] for run in runs)),
    }
    print(f"  {name}: {found['seconds']} s, {found['cpu_seconds']} s of CPU, {found['peak_mb']} MB", flush=True)
    return found


def python(name: str, code: str, *arguments: str) -> tuple[str, float, float, float]:
    return run(name, ["-c", code, *arguments])


def run(name: str, arguments: list[str]) -> tuple[str, float, float, float]:
    """Output, seconds, CPU seconds and peak MB of one fresh Python."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    if process.returncode not in {0, 1, 3}:  # Merge, block and unsure are all an answer.
        raise SystemExit(f"{name} failed with {process.returncode}:\n{said}")
    return said, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def machine() -> dict[str, Any]:
    names = ("duckdb", "numpy", "scipy", "scikit-learn", "pyarrow")
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cpus": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "versions": {name: version(name) for name in names},
    }


if __name__ == "__main__":
    main()
