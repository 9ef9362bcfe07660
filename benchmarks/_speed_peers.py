"""Other tools on the same two tables, each in a throw-away environment of pinned versions; none is in the lock."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[1] / "build/speed-peers"
READ = """
import sys, warnings
warnings.filterwarnings("ignore")
import pandas as pd
base, head = (pd.read_parquet(path) for path in sys.argv[1:3])
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool, the versions that it was tried with, what it does here, and the script that does it."""

    name: str
    pins: tuple[str, ...]
    does: str
    script: str


PEERS = (
    Peer(
        "evidently",
        ("evidently==0.7.23", "pandas==2.3.3", "numpy==2.3.5", "scikit-learn==1.9.1", "pyarrow==26.0.1"),
        "ClassificationPreset with its own tests, head against base, all rows as one: no slice, no interval",
        READ
        + """
from evidently import DataDefinition, Dataset, MulticlassClassification, Report
from evidently.presets import ClassificationPreset
kind = DataDefinition(classification=[MulticlassClassification(target="label", prediction_labels="prediction")])
sides = [Dataset.from_pandas(side[["label", "prediction"]], data_definition=kind) for side in (head, base)]
assert Report([ClassificationPreset()], include_tests=True).run(*sides).json()
""",
    ),
    Peer(
        "regressgate",
        ("regressgate==0.1.0", "pandas==2.3.3", "numpy==2.3.5", "pyarrow==26.0.1"),
        "its defaults on right or wrong per row, all rows as one: no slice, no metric but the share that passes",
        READ
        + """
import datetime
from regressgate import GateConfig, RunReport, compare_reports
now = datetime.datetime(2026, 1, 1).isoformat()
reports = [RunReport(regressgate_version="0.1.0", created_at=now, target=name, repeats=1, cases=[
    {"id": key, "trials": [{"passed": bool(right), "latency_s": 0.0}]}
    for key, right in zip(side["id"], side["label"] == side["prediction"])])
    for name, side in (("base", base), ("head", head))]
assert compare_reports(*reports, GateConfig()).failed in (True, False)
""",
    ),
    Peer(
        "deepchecks",
        ("deepchecks==0.19.1", "pandas==2.2.3", "numpy==1.26.4", "scikit-learn==1.5.2", "scipy==1.13.1",
         "setuptools==80.9.0", "pyarrow==17.0.0"),
        "TrainTestPerformance with its condition on degradation, base as train and head as test, all rows as one: no "
        "slice, no interval",
        READ
        + """
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import TrainTestPerformance
sides = [Dataset(side[["label", "s0"]], label="label", cat_features=["s0"]) for side in (base, head)]
check = TrainTestPerformance(scorers=["accuracy", "f1_macro"]).add_condition_train_test_relative_degradation_less_than()
classes = sorted(set(base["label"]))
found = check.run(*sides, y_pred_train=base["prediction"], y_pred_test=head["prediction"], model_classes=classes)
assert len(found.value)
""",
    ),
)  # fmt: skip


def environment(peer: Peer) -> tuple[Path | None, str]:
    """The Python of an environment that has the peer, made once; or None, and why there is none."""
    folder, uv = HOME / peer.name, shutil.which("uv")
    python = folder / "bin/python"
    if uv is None:
        return None, "uv is not installed"
    if not (folder / "made").is_file():
        subprocess.run([uv, "venv", "--quiet", "--clear", folder], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(python), *peer.pins]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            return None, f"does not install: {done.stderr.strip()[-300:]}"
        (folder / "made").touch()
    imported = subprocess.run([python, "-c", f"import {peer.name}"], capture_output=True, text=True, check=False)
    if imported.returncode:
        return None, f"does not import: {imported.stderr.strip().splitlines()[-1][:300]}"
    return python, ""
