"""How long a comparison takes, whole process, against DuckDB alone, against SciPy's bootstrap and against other tools.

Two tables of predictions, 10 slice columns with 85 values, five metrics: read, joined, compared and judged in a fresh
process each time. DuckDB alone reads, joins and counts the same tables in the plainest SQL, and compares nothing. SciPy
bootstraps the difference of one metric over all rows, its resamples fewer than usual and scaled up (its cost is linear
in them), because it would take hours otherwise. evidently, regressgate and deepchecks do what they do by default, on
all rows as one, in environments of their own under build/. Then an AUC with the same slices, and tables that are far
larger than memory. Each number is the best of some runs, in seconds on the clock and in seconds of the CPUs: on a
machine that has other work, too, the latter says more.

    python -m benchmarks.compare_speed --out metrics/benchmarks/compare-speed.json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._speed_peers import PEERS, environment

if TYPE_CHECKING:
    from benchmarks._speed_peers import Peer

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
SCORES = """
import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
folder, n, sizes = sys.argv[1], int(sys.argv[2]), eval(sys.argv[3])
draw = np.random.default_rng(n)
right = draw.random(n) < 0.3
base = 1 / (1 + np.exp(-draw.standard_normal(n) - 1.5 * right))
head = np.clip(base + 0.05 * draw.standard_normal(n), 0, 1)
shared = {"id": np.arange(n), "label": pa.array(np.where(right, "yes", "no"))}
for j, k in enumerate(sizes):
    names = pa.array([f"value-{j}-{i}" for i in range(k)])
    shared[f"s{j}"] = pa.DictionaryArray.from_arrays(pa.array(draw.integers(0, k, n, np.int8)), names).cast(pa.string())
for side, score in (("base", base), ("head", head)):
    table = pa.table(shared | {"score": score})
    pq.write_table(table.take(draw.permutation(n)) if side == "head" else table, f"{folder}/{side}.parquet")
"""
LARGE = """
import sys, duckdb
folder, n, sizes = sys.argv[1], int(sys.argv[2]), eval(sys.argv[3])
con = duckdb.connect(":memory:", config={"memory_limit": "2GB", "temp_directory": folder})
pick = lambda salt, k: f"CAST(hash(r, '{salt}') % {k} AS INTEGER)"
slices = ", ".join(f"'value-{j}-' || {pick(f's{j}', k)} AS s{j}" for j, k in enumerate(sizes))
for side, row in (("base", "i"), ("head", f"(i * 61 + 17) % {n}")):
    wrong = f"{pick('b', 100)} < 10"
    if side == "head":
        wrong = f"CASE WHEN {pick('other', 100)} < 5 THEN {pick('h', 100)} < 12 ELSE {wrong} END"
    con.execute(f'''COPY (
        SELECT printf('row-%09d', r) AS id, 'class-' || label AS label,
               'class-' || CASE WHEN {wrong} THEN (label + 1 + {pick('to', 9)}) % 10 ELSE label END AS prediction,
               {slices}
        FROM (SELECT {row} AS r, CAST(hash({row}, 'label') % 10 AS INTEGER) AS label FROM range({n}) t(i))
    ) TO '{folder}/{side}.parquet' ''')
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
from mergegate.cli.blas import one_thread
one_thread()
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
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 10_000_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--scipy-up-to", type=int, default=1_000_000, help="rows, beyond which SciPy is left out")
    parser.add_argument("--peers-at", type=int, default=100_000, help="rows on which other tools are asked")
    parser.add_argument("--scores", type=int, default=10_000_000, help="rows of the AUC; 0 leaves it out")
    parser.add_argument("--large", type=int, default=100_000_000, help="rows far beyond memory; 0 leaves them out")
    parser.add_argument("--out", type=Path, default=Path("metrics/benchmarks/compare-speed.json"))
    given = parser.parse_args()
    result: dict[str, Any] = {"what": (__doc__ or "").splitlines()[0], "machine": machine()}
    result["import"] = timed("import mergegate", given.repeats, "import mergegate")
    result["runs"] = []

    def keep() -> None:
        """Write what is known so far: a run that is stopped has not been for nothing."""
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")

    for rows in given.sizes:
        repeats = given.repeats if rows < 5_000_000 else 1
        found = one_size(rows, 10, repeats, scipy=rows <= given.scipy_up_to, peers=rows == given.peers_at)
        result["runs"].append(found)
        keep()
    most = min(1_000_000, max(given.sizes))
    result["runs"].append(one_size(most, 100, given.repeats, scipy=False, peers=False))
    keep()
    if given.scores:
        ranking = ["--task", "ranking", "--score", "score", "--positive", "yes", "--metric", "auc"]
        result["auc"] = only_command("AUC", given.scores, SCORES, ranking)
        keep()
    if given.large:
        result["out_of_core"] = only_command("out of core", given.large, LARGE, ["--metric", "accuracy"])
        keep()
    print(f"wrote {given.out}")


def one_size(rows: int, classes: int, repeats: int, *, scipy: bool, peers: bool) -> dict[str, Any]:
    """Every contestant on one pair of tables."""
    print(f"{rows:,} rows, {classes} classes", flush=True)
    with tempfile.TemporaryDirectory(prefix="compare-speed-") as folder:
        python("generate", GENERATE, folder, str(rows), str(classes), repr(SIZES))
        tables = [f"{folder}/base.parquet", f"{folder}/head.parquet"]
        found: dict[str, Any] = {"rows": rows, "classes": classes, "slices": sum(SIZES), "metrics": list(METRICS)}
        slices = ",".join(SLICES)
        found["duckdb_alone"] = timed("DuckDB alone", repeats, DUCKDB, *tables, slices)
        found["engine"] = timed("read and compare", repeats, ENGINE, *tables, slices, ",".join(METRICS))
        bare = ["-m", "mergegate", "compare", *tables]
        found["one_metric_no_slices"] = timed_command("mergegate compare, one metric, no slices", repeats, bare)
        command = [*bare, "--slices", slices]
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
        if peers:
            found["peers"] = {peer.name: asked(peer, repeats, tables) for peer in PEERS}
    return found


def asked(peer: Peer, repeats: int, tables: list[str]) -> dict[str, Any]:
    """A tool's own time, or why there is none."""
    interpreter, why = environment(peer)
    told = {"versions": list(peer.pins), "does": peer.does}
    if interpreter is None:
        print(f"  {peer.name} left out: {why}", flush=True)
        return told | {"left_out": why}
    return told | timed_command(peer.name, repeats, ["-c", peer.script, *tables], str(interpreter))


def only_command(name: str, rows: int, generate: str, options: list[str]) -> dict[str, Any]:
    """One `mergegate compare` on large tables with all slices."""
    print(f"{name}: {rows:,} rows", flush=True)
    with tempfile.TemporaryDirectory(prefix="compare-speed-") as folder:
        python("generate", generate, folder, str(rows), repr(SIZES))
        tables = [Path(folder, side) for side in ("base.parquet", "head.parquet")]
        command = ["-m", "mergegate", "compare", *map(str, tables), "--slices", ",".join(SLICES), *options]
        size = round(sum(table.stat().st_size for table in tables) / 1e6)
        found = {"rows": rows, "tables_mb": size, "slices": sum(SIZES), "options": options}
        return found | timed_command("mergegate compare", 1, command)


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


def timed_command(name: str, repeats: int, arguments: list[str], interpreter: str = sys.executable) -> dict[str, Any]:
    """The best of some fresh processes: seconds on the clock and of the CPUs, and the largest resident memory."""
    runs = [run(name, arguments, interpreter) for _ in range(repeats)]
    found = {
        "runs": repeats,
        "seconds": round(min(run[1] for run in runs), 3),
        "cpu_seconds": round(min(run[2] for run in runs), 3),
        "peak_mb": round(max(run[3] for run in runs)),
    }
    print(f"  {name}: {found['seconds']} s, {found['cpu_seconds']} s of CPU, {found['peak_mb']} MB", flush=True)
    return found


def python(name: str, code: str, *arguments: str) -> tuple[str, float, float, float]:
    return run(name, ["-c", code, *arguments])


def run(name: str, arguments: list[str], interpreter: str = sys.executable) -> tuple[str, float, float, float]:
    """Output, seconds, CPU seconds and peak MB of one fresh Python."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen([interpreter, *arguments], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    if process.returncode not in {0, 1, 3}:  # Merge, block and unsure are all an answer.
        raise SystemExit(f"{name} failed with {process.returncode}:\n{said}")
    return said, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


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
