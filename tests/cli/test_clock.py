"""The day of a target's step is the day in UTC, whatever the machine's time zone says."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ZONES = ("Etc/GMT-14", "Etc/GMT+12", "UTC")
"""Fourteen hours ahead and twelve behind: at any moment one of the two has another date than UTC."""


def day_told(folder: Path, zone: str) -> str:
    """The day for which `mergegate compare` holds the table against the schedule."""
    env = {**os.environ, "TZ": zone}
    command = [sys.executable, "-m", "mergegate", "compare", "t.csv", "t.csv", "--policy", "gate.yaml", "--json"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True, timeout=120)
    (said,) = [one["said"] for one in json.loads(done.stdout)["findings"] if one["rule"] == "MG501"]
    return str(re.findall(r"the mark for (\S+) is", said)[0])


@pytest.mark.slow
def test_the_mark_is_that_of_the_day_in_utc(tmp_path: Path) -> None:
    rows = "".join(f"{number},a,a\n" for number in range(300))
    (tmp_path / "t.csv").write_text(f"id,label,prediction\n{rows}", encoding="utf-8")
    target = "{metric: accuracy, from: 0.5, step: 0.01, every: 1d, steps: 20, start: 2026-01-01, floor: 0.4}"
    model = f"{{holdout: t.csv, metrics: [{{name: accuracy}}], target: {target}}}"
    (tmp_path / "gate.yaml").write_text(f"version: 1\nmodels: {{m: {model}}}\n", encoding="utf-8")
    before = dt.datetime.now(dt.UTC).date()
    told = {day_told(tmp_path, zone) for zone in ZONES}
    days = {str(before), str(dt.datetime.now(dt.UTC).date())}
    assert told <= days  # two only where midnight passed meanwhile
    local = {str((dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)).date()) for hours in (14, -12)}
    assert local - {str(before)}
