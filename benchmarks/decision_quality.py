"""How often do ways of gating block what is not worse, and miss what is? `python -m benchmarks.decision_quality`.

Simulated pull requests with a known truth, 23 checks each (all rows, 2 classes, 20 slices; slices below 30 rows are not
judged), decided by what people use today and by mergegate; the same pull requests as tables, fewer of them, judged by
mergegate's whole engine, Evidently and regressgate; the coverage of every interval; the power over all rows against the
best that is possible. Writes metrics/benchmarks/decision-quality.json. Seeded: the same numbers each time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks._ceiling import power_over_ceiling
from benchmarks._contestants import ALPHA, CONTESTANTS
from benchmarks._coverage import covered, settings
from benchmarks._made import made
from benchmarks._pull_requests import ARMS, play
from benchmarks._rivals import PINNED
from benchmarks._rows import ASKED, rivals

from mergegate.stats.multiplicity import family_levels

OUT = Path(__file__).parents[1] / "metrics" / "benchmarks" / "decision-quality.json"
ROWS = (500, 5_000, 50_000)
PRECISE = {(5_000, "one 5 % slice down 10 points"), (5_000, "drop of 1.1 points"), (5_000, "nothing changed")}
"""Arms that a number was promised of: five times the repetitions."""
DROPS = (0.005, 0.01, 0.02, 0.03)


def main() -> None:
    """Run all parts and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--quick", action="store_true", help="100 repetitions, printed and not written")
    parser.add_argument("--without-tables", action="store_true", help="leave out what is judged as tables: 15 minutes")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    repetitions = 100 if given.quick else given.repetitions
    started = time.perf_counter()
    arms = [arm for rows in ROWS for arm in decisions(rows, repetitions, given.seed)]
    coverage = coverages(repetitions, given.seed)
    asked = () if given.without_tables or given.quick else ASKED
    with tempfile.TemporaryDirectory(prefix="decision-quality-") as folder:
        tables = [arm for one in asked for arm in rivals(one, given.seed, Path(folder))]
    result = {
        "what": "share of simulated pull requests blocked, by rule; coverage of 95 % intervals; power / ceiling",
        "alpha": ALPHA,
        "repetitions": repetitions,
        "seed": given.seed,
        "made": made("mergegate", "numpy", "scipy"),
        "summary": summary(arms, coverage, ceilings()),
        "blocked": arms,
        "ceiling": ceilings(),
        "coverage": coverage,
    }
    if asked:
        result["as_tables"] = {"versions": PINNED, "arms": tables}
    result["made"]["seconds"] = round(time.perf_counter() - started)
    print(json.dumps(result["summary"], indent=1))
    if not given.quick:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(result, indent=1) + "\n")


def decisions(rows: int, repetitions: int, seed: int) -> list[dict[str, Any]]:
    """Each arm's share blocked by each contestant; independent streams of random numbers for each arm and size."""
    result = []
    for number, (name, world) in enumerate(ARMS.items()):
        rounds = repetitions * 5 if (rows, name) in PRECISE else repetitions
        checks = play(world, rows, rounds, np.random.default_rng([seed, rows, number]))
        blocked = {contestant: round(float(rule(checks).mean()), 4) for contestant, rule in CONTESTANTS.items()}
        about = {"arm": name, "rows": rows, "repetitions": rounds, "truly_worse": world.worse}
        result.append({**about, "checks": checks.p.shape[1], **blocked})
        print(f"{rows:6,} {name:34} mergegate {blocked['mergegate']:.3f}", flush=True)
    return result


def coverages(repetitions: int, seed: int) -> list[dict[str, Any]]:
    """All settings of all methods."""
    return [covered(setting, repetitions, np.random.default_rng([seed, k])) for k, setting in enumerate(settings())]


def ceilings() -> list[dict[str, Any]]:
    """The test over all rows at the level that the family gives it, against the best test of that level."""
    overall = np.arange(23) == 0
    correlation = np.eye(23)
    correlation[0, 1:3] = correlation[1:3, 0] = np.sqrt(1 / 2)
    correlation[0, 3:] = correlation[3:, 0] = np.sqrt(1 / 20)
    correlation[1:3, 3:] = correlation[3:, 1:3] = np.sqrt(1 / 40)
    level = float(family_levels(np.ones(23), overall, correlation, ALPHA, np.random.default_rng(0))[0])
    result = []
    for rows in ROWS:
        for drop in DROPS:
            ours, best = power_over_ceiling(rows, 0.08, drop, level)
            result.append({"rows": rows, "drop": drop, "level": round(level, 5), "power": round(ours, 4),
                           "ceiling": round(best, 4), "ratio": round(ours / best, 4)})  # fmt: skip
    return result


def summary(
    arms: list[dict[str, Any]], coverage: list[dict[str, Any]], ceiling: list[dict[str, Any]]
) -> dict[str, Any]:
    """The numbers that were asked for, beside what was asked."""

    def caught(arm: str) -> float:
        return float(next(one["mergegate"] for one in arms if one["arm"] == arm and one["rows"] == 5_000))

    by_method: dict[str, list[float]] = {}
    for one in coverage:
        by_method.setdefault(one["method"], []).append(one["coverage"])
    return {
        "most A/A blocks (at most 0.06)": max(one["mergegate"] for one in arms if not one["truly_worse"]),
        "one slice down 10 points, N 5,000 (at least 0.82)": caught("one 5 % slice down 10 points"),
        "everything down 1.1 points, N 5,000 (at least 0.80)": caught("drop of 1.1 points"),
        "least power / ceiling over all rows (at least 0.95)": min(one["ratio"] for one in ceiling),
        "coverage, by method: settings, within 0.93 to 0.97, least, most": {
            method: [len(values), sum(1 for value in values if 0.93 <= value <= 0.97), min(values), max(values)]
            for method, values in by_method.items()
        },
    }


if __name__ == "__main__":
    main()
