"""A tiny repository with a real DVC pipeline, for scenes of two revisions: everything in it is real but its size."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.report.gfm import LINES, lines_seen

ROOT = Path(__file__).resolve().parents[2]

PREDICT = '''\
"""Answers each row rightly, but for those that the params say."""
import csv, json, pathlib
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
wrong, broken = int(params["wrong"]), params["broken"]
model = json.loads(pathlib.Path("model.json").read_text())
with open("rows.csv") as source, open("holdout.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "group", "language"])
    for number, row in enumerate(csv.DictReader(source)):
        off = number % 50 < int(model["wrong"]) or row["language"] == broken and number % 3
        writer.writerow([row["id"], row["label"], "other" if off else row["label"], row["group"], row["language"]])
with open("quiz.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "must_pass"])
    for number in range(30):
        good = number or params["quiz"] == "good"
        writer.writerow([f"q{number}", "on", "on" if good else "off", "true" if number < 3 else "false"])
'''
TRAIN = '''\
"""The model is the number of wrong rows."""
import json
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
with open("model.json", "w") as target:
    json.dump({"wrong": int(params["wrong"])}, target)
'''
DVC = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [wrong]
    outs: [model.json]
  predict:
    cmd: python predict.py
    deps: [predict.py, rows.csv, model.json]
    params: [wrong, broken, quiz]
    outs: [holdout.csv, quiz.csv]
"""
PARAMS = "wrong: 5\nbroken: none\nquiz: good\n"
GATE = """\
version: 1
alpha: 0.05
models:
  toy:
    holdout: holdout.csv
    group: group
    slices: [language]
    metrics: [{name: accuracy, margin: 0.01}]
    target: {metric: accuracy, from: 0.5}
    quiz: {table: quiz.csv}
    reevaluate: {stage: predict, model: model.json}
"""


@dataclass(frozen=True)
class Done:
    """A command that ran."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Repo:
    """A repository on disk with the remote beside it."""

    root: Path

    def git(self, *args: str) -> str:
        """Call git; its standard output."""
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(["git", *who, *args], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def gate(self, *args: str) -> Done:
        """Call mergegate, as a person at a terminal would."""
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100", "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "mergegate", *args],
            cwd=self.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def write(self, **files: str) -> None:
        """Write files by name; `__` stands for a dot."""
        for name, text in files.items():
            (self.root / name.replace("__", ".")).write_text(text, encoding="utf-8")

    def params(self, **values: str | int) -> None:
        """Change values of params.yaml."""
        lines = dict(line.split(": ") for line in (self.root / "params.yaml").read_text().splitlines())
        lines |= {key: str(value) for key, value in values.items()}
        self.write(params__yaml="".join(f"{key}: {value}\n" for key, value in lines.items()))

    def commit(self, message: str) -> str:
        """Commit everything; the new revision."""
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def run(self) -> None:
        """Reproduce and publish, and commit what that changed."""
        done = self.gate("run", "--push")
        assert done.code == 0, done.err

    def verdict(self) -> dict[str, Any]:
        """What the last check wrote."""
        found: dict[str, Any] = json.loads((self.root / "report" / "verdict.json").read_text())
        return found

    def report(self) -> str:
        """The comment that the last check wrote: each is short enough to be read."""
        text = (self.root / "report" / "report.md").read_text()
        assert lines_seen(text) <= LINES
        return text

    def clone(self, to: Path) -> Repo:
        """A fresh clone that knows the same remote."""
        subprocess.run(["git", "clone", "-q", str(self.root), str(to)], check=True)
        local = to / ".dvc/config.local"
        local.write_text(f"['remote \"storage\"']\n    url = {self.root.parent / 'storage'}\n")
        return Repo(to)


def make_repo(folder: Path, *, policy: str | None = GATE) -> Repo:
    """A repository whose main has run and is published; `policy` None leaves gate.yaml out.

    A copy of one that ran once in this process, with a remote of its own.
    """
    shutil.copytree(_ran(policy), folder, symlinks=True, dirs_exist_ok=True)
    repo = Repo(folder / "repo")
    _configure(repo, folder / "storage")
    repo.git("commit", "-q", "-a", "--amend", "--no-edit")
    return repo


@cache
def _ran(policy: str | None) -> Path:
    """The folder of the one that ran."""
    folder = Path(tempfile.mkdtemp(prefix="mergegate-scene-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    repo = start_repo(folder)
    rows = "".join(
        f"r{n},{'on' if n % 2 else 'off'},g{n // 5},{('de', 'en', 'nl', 'fr')[n // 5 % 4]}\n" for n in range(2_000)
    )
    repo.write(predict__py=PREDICT, train__py=TRAIN, dvc__yaml=DVC, params__yaml=PARAMS)
    repo.write(rows__csv="id,label,group,language\n" + rows)
    (repo.root / ".gitignore").write_text("/holdout.csv\n/quiz.csv\n/model.json\n/report\n/evidence\n__pycache__\n")
    if policy is not None:
        repo.write(gate__yaml=policy)
    publish(repo)
    return folder


def publish(repo: Repo) -> None:
    """Commit what is there as main, run it, and commit what that wrote."""
    repo.commit("main")
    repo.run()
    repo.commit("main has run")


def start_repo(folder: Path) -> Repo:
    """An empty repository with DVC's settings and a remote beside it."""
    root = folder / "repo"
    root.mkdir(exist_ok=True)
    repo = Repo(root)
    repo.git("init", "-q", "-b", "main")
    (root / ".dvc").mkdir()
    _configure(repo, folder / "storage")
    (root / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    return repo


def _configure(repo: Repo, storage: Path) -> None:
    (repo.root / ".dvc/config").write_text(
        "[core]\n    remote = storage\n    analytics = false\n    check_update = false\n"
        f"['remote \"storage\"']\n    url = {storage}\n    verify = true\n"
    )
