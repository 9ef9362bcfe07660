"""What others say of two tables: rules of thumb here, Evidently and regressgate in an environment of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mergegate.facts.comparison import Discordant
from mergegate.stats.bounds import p_drop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Rights = NDArray[np.bool_]

ALPHA = 0.05
SMALLEST_SLICE = 30
PINNED = ("evidently==0.7.23", "regressgate==0.1.0", "pandas==2.3.3", "numpy==2.3.5", "scikit-learn==1.9.1")
"""evidently 0.7.23 does not import beside pandas 3, which its own bounds allow."""
_SCRIPT = '''
import datetime, json, random, sys, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, MulticlassClassification, Report
from evidently.presets import ClassificationPreset
from regressgate import GateConfig, RunReport, compare_reports

def kind(labels):
    columns = {"target": "label", "prediction_labels": "prediction"}
    binary = len(labels) == 2
    task = BinaryClassification(pos_label=labels[0], **columns) if binary else MulticlassClassification(**columns)
    return DataDefinition(classification=[task])

def evidently(base, head):
    """The preset's own tests, generated against the reference."""
    of = kind(sorted(set(base["label"])))
    sides = [Dataset.from_pandas(side[["label", "prediction"]], data_definition=of) for side in (head, base)]
    tests = json.loads(Report([ClassificationPreset()], include_tests=True).run(*sides).json())["tests"]
    return [test["name"] for test in tests if test["status"] == "FAIL"]

def regressgate(base, head):
    """Its defaults; each row is a case that was tried once."""
    now = datetime.datetime(2026, 1, 1).isoformat()
    reports = [RunReport(regressgate_version="0.1.0", created_at=now, target=name, repeats=1, cases=[
        {"id": key, "trials": [{"passed": bool(right), "latency_s": 0.0}]}
        for key, right in zip(side["id"], side["label"] == side["prediction"])])
        for name, side in (("base", base), ("head", head))]
    return compare_reports(*reports, GateConfig()).failed

asked = {"evidently": evidently, "regressgate": regressgate}
for line in sys.stdin:
    base, head = (pd.read_parquet(path) for path in json.loads(line))
    print(json.dumps({name: asked[name](base, head) for name in sys.argv[1:]}), flush=True)
'''


def rules(base: Path, head: Path) -> dict[str, bool]:
    """Which rule of thumb blocks; on the rows that both answered, label and slices as head has them."""
    both = pd.read_parquet(head).merge(pd.read_parquet(base)[["id", "prediction"]], on="id", suffixes=("", "_base"))
    old, new = ((both["label"] == both[name]).to_numpy() for name in ("prediction_base", "prediction"))
    n, before, after = len(both), float(old.mean()), float(new.mean())
    slices = [
        (both[column] == value).to_numpy()
        for column in ("language", "domain")
        for value, rows in both[column].value_counts().items()
        if rows >= SMALLEST_SLICE
    ]
    return {
        "dropped at all": after < before,
        "dropped over 1 point": after < before - 0.01,
        "unpaired z": bool(after - before < ndtri(ALPHA) * np.sqrt((before * (1 - before) + after * (1 - after)) / n)),
        "95 % intervals disjoint": _wilson(after, n, 1) < _wilson(before, n, -1),
        "McNemar, rows as if independent": _mcnemar(old, new) <= ALPHA,
        "McNemar on every slice, uncorrected": any(
            _mcnemar(old[rows], new[rows]) <= ALPHA for rows in (np.ones(n, bool), *slices)
        ),
    }


def _wilson(share: float, n: int, side: int) -> float:
    z = float(ndtri(0.975))
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((share + z * z / (2 * n) + side * half) / (1 + z * z / n))


def _mcnemar(old: Rights, new: Rights) -> float:
    """One-sided mid-p."""
    return p_drop(Discordant(int((new & ~old).sum()), int((old & ~new).sum()), len(old)), 0.0)


def peers(
    pairs: Iterable[tuple[Path, Path]], folder: Path, names: Sequence[str] = ("evidently", "regressgate")
) -> list[dict[str, Any]] | None:
    """Of each pair, which of Evidently's tests failed and whether regressgate failed; None where they cannot be had."""
    python = _venv(folder)
    if python is None:
        return None
    asked = "".join(json.dumps([str(base), str(head)]) + "\n" for base, head in pairs)
    done = subprocess.run(
        [python, "-c", _SCRIPT, *names],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        env={"DO_NOT_TRACK": "1"},
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _venv(folder: Path) -> Path | None:
    """A throw-away environment, made once; nothing of it is in the project's lock."""
    uv, python = shutil.which("uv"), folder / "bin/python"
    if (folder / "made").is_file():
        return python
    if uv is None:
        return None
    subprocess.run([uv, "venv", "--quiet", "--clear", folder], check=True)
    done = subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, *PINNED, "pyarrow"], capture_output=True, check=False
    )
    if done.returncode:
        return None
    (folder / "made").touch()
    return python
