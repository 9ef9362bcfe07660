"""How large report.html is for holdouts of many rows, and how soon it answers in Chromium.

`python -m benchmarks.report_page` writes metrics/benchmarks/report-page.json. Base's and head's predictions on a
labelled holdout and on unlabelled rows, a tenth of which are answered otherwise, go through the gate's own reading,
comparing and judging; the page with all its pictures is opened in Chromium. "Interactive" is when, after the page was
asked for, a click on a column's head has sorted the longest table.
"""

# ruff: noqa: S608 - SQL is put together from names and numbers made here
from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import hashlib
import json
import os
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from playwright.sync_api import Browser, sync_playwright
from scripts.screenshots import CHROMIUM

from mergegate.cli.examine import Setting, examine
from mergegate.cli.pictures import draw
from mergegate.contrast.pictures import confusion_picture, power_picture
from mergegate.facts import Decision, Evidence, Policy, Revision, TableFile, Verdict
from mergegate.facts.pictures import Pictures
from mergegate.judge.verdict import decide
from mergegate.report import specs
from mergegate.report.html import html

OUT = Path(__file__).resolve().parent.parent / "metrics" / "benchmarks" / "report-page.json"
SIZES = (10_000, 100_000, 1_000_000)
TRIALS = 7
POLICY = Policy.model_validate(
    {
        "version": 1,
        "models": {
            "intent": {
                "holdout": "holdout.parquet", "group": "grp", "slices": ["language", "area"],
                "metrics": [{"name": "accuracy", "margin": 0.005}, {"name": "f1_macro", "margin": 0.01}],
                "shadow": {"table": "shadow.parquet", "list_up_to": 20, "max_rate": 0.05, "text": "utterance"},
            }
        },
    }
)  # fmt: skip
ROWS = """
SELECT 'row-' || i AS id, 'Intent' || (hash(i) % 40) AS label, 'g' || (i // 5) AS grp,
       ['de', 'en', 'es', 'fr', 'nl'][1 + (hash(i // 5, 1) % 5)::INT] AS language,
       'area ' || (hash(i // 5, 2) % 60) AS area, 'please do the thing number ' || i AS utterance,
       'Intent' || CASE WHEN hash(i, 3) % 100 < {wrong} THEN hash(i, 4) % 40 ELSE hash(i) % 40 END AS prediction
FROM range({rows}) t(i)
"""


def evidence(folder: Path, rows: int, side: str, wrong: int) -> Evidence:
    """One revision's two tables, written and hashed."""
    tables: dict[str, TableFile] = {}
    for name in ("holdout.parquet", "shadow.parquet"):
        path = folder / side / name
        path.parent.mkdir(exist_ok=True)
        kept = "*" if name == "holdout.parquet" else "* EXCLUDE label"
        duckdb.execute(
            f"COPY (SELECT {kept} FROM ({ROWS.format(rows=rows, wrong=wrong)})) TO '{path}' (FORMAT parquet)"
        )
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        tables[name] = TableFile(name, path, md5, path.stat().st_size)
    return Evidence(Revision(side, side[0] * 40), tables)


def judged(folder: Path, rows: int) -> Verdict:
    """What the gate says, with what its page draws."""
    setting = Setting(day=dt.datetime.now(dt.UTC).date())
    exam = examine(POLICY, evidence(folder, rows, "base", 8), evidence(folder, rows, "head", 18), setting)
    model = exam.models["intent"]
    confusion = confusion_picture("intent", model.joint)
    powers = tuple(power_picture(one, 0.01) for one in model.family.comparisons if one.slice.overall)
    drawn = Pictures(confusions=(confusion,) if confusion else (), powers=powers)
    return dataclasses.replace(decide(exam), pictures=drawn)


def opened(browser: Browser, path: Path) -> dict[str, float]:
    """Seconds of one visit: until it is ready, until it is sorted, and what a search and a scroll take then."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    started = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready]", state="attached")
    ready = time.perf_counter()
    button = page.locator(".tall th button").first
    button.click()
    page.wait_for_selector('.tall th[aria-sort="ascending"]')
    sorted_ = time.perf_counter()
    page.locator(".tool:has(+ .tall) input").first.fill("number 77 fr")
    searched = time.perf_counter()
    frames = page.evaluate(
        """() => new Promise((done) => {
            const box = document.querySelector(".tall"); const times = []; let last = performance.now(); let at = 0;
            const step = (now) => {
                times.push(now - last); last = now; box.scrollTop = (at += 700);
                if (times.length < 60) requestAnimationFrame(step); else done(times);
            };
            requestAnimationFrame(step);
        })"""
    )
    page.close()
    return {
        "ready": ready - started, "interactive": sorted_ - started, "search": searched - sorted_,
        "slowest_frame_of_60": max(frames[1:]) / 1000,
    }  # fmt: skip


def measure(browser: Browser, rows: int, trials: int) -> dict[str, Any]:
    """One size: the page's own, and the visits'."""
    with tempfile.TemporaryDirectory(prefix="report-page-") as name:
        folder = Path(name)
        verdict = judged(folder, rows)
        assert verdict.decision is Decision.BLOCK
        drawn = draw(specs.specifications(verdict))
        started = time.process_time()
        text = html(verdict, drawn)
        writing = time.process_time() - started
        path = folder / "report.html"
        path.write_text(text, encoding="utf-8")
        visits = [opened(browser, path) for _ in range(trials)]
    listed = max(len(finding.full) - 1 for finding in verdict.findings)
    return {
        "rows": rows, "megabytes": round(len(text.encode()) / 1e6, 2), "rows_listed": listed,
        "findings": len(verdict.findings), "seconds_to_write": round(writing, 2),
        "seconds": {
            key: {"median": round(statistics.median(values), 3), "worst": round(max(values), 3)}
            for key in visits[0]
            if (values := [visit[key] for visit in visits])
        },
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--trials", type=int, default=TRIALS)
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        results = []
        for rows in asked.sizes:
            results.append(measure(browser, rows, asked.trials))
            print(results[-1], flush=True)
        told = {
            "python": platform.python_version(), "chromium": browser.version, "cores": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 1), "vl-convert-python": version("vl-convert-python"),
            "trials": asked.trials,
            "limits": {"megabytes": 5, "interactive_seconds": 2}, "results": results,
        }  # fmt: skip
        browser.close()
    OUT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
