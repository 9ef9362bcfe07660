"""A scratch clone of this repository in which faults are planted, and the real commands that judge them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._intent_alone import leave_intent_alone

if TYPE_CHECKING:
    from benchmarks._planted import Edit

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("validate", "split", "unlabelled", "train", "predict", "evaluate", "quiz", "shadow", "invariances")
TRAINED = STAGES[3:]
OUTPUTS = ("models", "predictions", "work")
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Job:
    """One run of stages in the clone."""

    keep: Path
    """Where copies of its evidence go."""
    params: str | None = None
    """What to write into params.yaml first."""
    stages: tuple[str, ...] = STAGES
    population: Path | None = None
    """A further table to predict."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """The clone, at base."""

    root: Path
    base: str
    """The commit."""
    kept: Path
    """Base's data, outputs and evidence."""

    def reset(self) -> None:
        """Back to base: files, data and outputs."""
        self._git("reset", "--quiet", "--hard", self.base)
        self._git("clean", "--quiet", "--force", "-d")
        for name in ("data", *OUTPUTS):
            shutil.rmtree(self.root / name, ignore_errors=True)
            if (self.kept / name).is_dir():
                shutil.copytree(self.kept / name, self.root / name)

    def plant(self, edit: Edit) -> str:
        """Edit the clone at base; the patch, but for what it does to data."""
        self.reset()
        edit(self.root)
        return self._git("diff")

    def run(self, jobs: list[Job]) -> list[dict[str, str] | None]:
        """Run stages in one process of their own; what stopped each job, if anything did."""
        listed = self.root.parent / "jobs.json"
        listed.write_text(json.dumps([
            {"keep": str(job.keep), "params": job.params, "stages": job.stages,
             "population": str(job.population) if job.population else None} for job in jobs
        ]))  # fmt: skip
        done = self._call([sys.executable, str(ROOT / "benchmarks/_planted_stages.py"), str(listed)])
        return [json.loads(line)["stopped"] for line in done.stdout.splitlines()]

    def judged(self, out: Path) -> tuple[int, dict[str, Any] | None, str]:
        """`dvc commit`, then `mergegate check`: its exit code, its verdict.json, and what it said on stderr."""
        shutil.rmtree(out, ignore_errors=True)
        self._call([sys.executable, "-m", "dvc", "commit", "--force", "--quiet"])
        done = self._call([sys.executable, "-m", "mergegate", "check", "--base", self.base, "--out", str(out)], None)
        written = out / "verdict.json"
        verdict = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else None
        return done.returncode, verdict, done.stderr.strip()

    def by_dvc(self) -> None:
        """`mergegate run`: the stages as the pull request's workflow runs them."""
        self._call([sys.executable, "-m", "mergegate", "run", "--base", self.base])

    def commit_base(self) -> None:
        """Track what lies in the clone as its base."""
        self._call([sys.executable, "-m", "dvc", "commit", "--force", "--quiet"])
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", "base")

    def head(self) -> str:
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *args: str) -> str:
        who = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org", "-c", "commit.gpgsign=false")
        return self._call(["git", *who, *args]).stdout

    def _call(self, command: list[str], most: int | None = 0) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **ONE_CORE, "PYTHONPATH": "src", "DVC_NO_ANALYTICS": "1", "NO_COLOR": "1",
               "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # fmt: skip
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
        if most is not None and done.returncode > most:
            sys.exit(f"{' '.join(command)} left with {done.returncode} in {self.root}:\n{done.stdout}\n{done.stderr}")
        return done


def prepare(folder: Path, revision: str) -> Scratch:
    """A fresh clone at `revision` with the data of this checkout, its pipeline run and committed as base."""
    shutil.rmtree(folder / "clone", ignore_errors=True)
    shutil.rmtree(folder / "base", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, folder / "clone"], check=True)
    clone = Scratch(folder / "clone", revision, folder / "base")
    clone.reset()
    config = f"[core]\n    site_cache_dir = {folder / 'site'}\n['remote \"storage\"']\n    url = {folder / 'storage'}\n"
    (clone.root / ".dvc/config.local").write_text(config, encoding="utf-8")
    leave_intent_alone(clone.root)
    shutil.copytree(ROOT / "data", clone.root / "data")
    stopped = clone.run([Job(folder / "base/evidence")])
    assert stopped == [None], stopped
    clone.commit_base()
    for name in ("data", *OUTPUTS):
        shutil.copytree(clone.root / name, folder / "base" / name)
    return Scratch(clone.root, clone.head(), folder / "base")
