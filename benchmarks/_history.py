"""A scratch repository whose pull requests are releases of the data, judged by the real commands."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml
from benchmarks._intent_alone import leave_intent_alone
from benchmarks._scratch import ONE_CORE, ROOT

from intent.faults import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator

UTTERANCES = Path("data/intent/utterances.csv")
QUIZ = Path("data/intent/quiz.csv")
DECISIONS = {0, 1, 3}
"""The exit codes of a verdict; any other is a crash."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What one pull request came to."""

    code: int
    """The exit code of `mergegate check`; of `mergegate run` where that failed."""
    verdict: dict[str, Any] | None
    accuracy: float | None
    """As the pipeline's own metrics file says: on the whole holdout of this release."""
    said: str
    """What was said on stderr, where there is no verdict."""
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class History:
    """The scratch repository. Its DVC cache and remote outlive it, so that a second replay trains nothing again."""

    root: Path
    folder: Path

    def write(self, files: dict[Path, bytes]) -> None:
        """Put the data of a release in place and track it."""
        for name, content in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).unlink(missing_ok=True)  # may be a link into the cache
            (self.root / name).write_bytes(content)
        with self._dvc() as repo:
            repo.add("data")

    def begin(self, message: str) -> float | None:
        """Run the pipeline on what was written and make it main's first state; the accuracy."""
        self._call("-m", "mergegate", "run", most=0)
        self._commit(message)
        return self._accuracy()

    def pull_request(self, branch: str, files: dict[Path, bytes], *, at_once: bool = False) -> PullRequest:
        """Branch from main, write, run, check against main, and merge whatever the verdict.

        With `at_once` the stages run in this process first, `dvc commit` follows, and `mergegate run` finds nothing
        left to do: of a stage's five seconds on this data four and a half go into imports.
        """
        started = time.perf_counter()
        self.git("switch", "--quiet", "--create", branch)
        self.write(files)
        self._commit(branch)
        added = time.perf_counter()
        if at_once:
            self._run_here()
        ran = self._call("-m", "mergegate", "run", "--base", "main")
        self._commit(f"{branch}: dvc.lock")
        done_running = time.perf_counter()
        out = self.folder / "reports" / branch
        shutil.rmtree(out, ignore_errors=True)
        judged = ran if ran.returncode else self._call("-m", "mergegate", "check", "--base", "main", "--out", str(out))
        seconds = {"add": added - started, "run": done_running - added, "check": time.perf_counter() - done_running}
        self.git("switch", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", branch)
        written = out / "verdict.json"
        verdict = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else None
        said = "" if verdict else judged.stderr.strip()[-2_000:]
        return PullRequest(
            judged.returncode, verdict, self._accuracy(), said, {name: round(took, 1) for name, took in seconds.items()}
        )

    def _run_here(self) -> None:
        # What a stage refuses is told by `mergegate run`, which comes to the same stage.
        with (
            contextlib.chdir(self.root),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.suppress(StageError),
        ):
            for name, outs in self.stages().items():
                for out in outs:
                    Path(out).unlink(missing_ok=True)  # may be a link into the cache
                importlib.import_module(name).main()
            with self._dvc() as repo:
                repo.commit(force=True)

    @contextlib.contextmanager
    def _dvc(self) -> Iterator[Any]:
        from dvc.repo import Repo

        os.environ["DVC_NO_ANALYTICS"] = "1"
        with contextlib.chdir(self.root), Repo() as repo:
            yield repo

    def stages(self) -> dict[str, list[str]]:
        """The module of each stage, in the order of dvc.yaml (each after those that it needs), and what it writes."""
        told = yaml.safe_load((self.root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
        return {
            stage["cmd"].split()[-1]: [
                next(iter(out)) if isinstance(out, dict) else out
                for out in (*stage.get("outs", []), *stage.get("metrics", []))
            ]
            for stage in told.values()
        }

    def restore(self) -> None:
        """Back to main, with its data and its outputs."""
        self.git("switch", "--quiet", "--force", "main")
        self.git("clean", "--quiet", "--force", "-d")
        for branch in self.git("branch", "--format=%(refname:short)", "--no-merged", "main").split():
            self.git("branch", "--quiet", "--delete", "--force", branch)
        with self._dvc() as repo:
            repo.checkout(force=True)

    def right_answers(self) -> set[str]:
        """The ids of the quiz that main's model answers rightly; none where there is no model yet."""
        answers = self.root / "predictions/intent/quiz.parquet"
        if not answers.is_file():
            return set()
        table = pd.read_parquet(answers, columns=["id", "label", "prediction"])
        return set(table["id"][table["label"] == table["prediction"]])

    def git(self, *args: str) -> str:
        """Call git, which must succeed."""
        who = ("-c", "user.name=replay", "-c", "user.email=replay@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *who, *args], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def _commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def _accuracy(self) -> float | None:
        metrics = self.root / "metrics/intent/holdout.json"
        return float(json.loads(metrics.read_text(encoding="utf-8"))["accuracy"]) if metrics.is_file() else None

    def _call(self, *args: str, most: int | None = None) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **ONE_CORE, "PYTHONPATH": "src", "DVC_NO_ANALYTICS": "1", "NO_COLOR": "1",
               "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # fmt: skip
        done = subprocess.run(
            [sys.executable, *args], cwd=self.root, env=env, capture_output=True, text=True, check=False
        )
        if most is not None and done.returncode > most:
            sys.exit(f"{' '.join(args)} left with {done.returncode} in {self.root}:\n{done.stdout}\n{done.stderr}")
        return done


def new_history(folder: Path) -> History:
    """A clone of this checkout, edits included, on a branch `main` of its own: its pipelines, and not its data."""
    root = folder / "repository"
    shutil.rmtree(root, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, root], check=True)
    history = History(root, folder)
    history.git("switch", "--quiet", "--force-create", "main")
    history.git("remote", "remove", "origin")
    edits = subprocess.run(["git", "diff", "--binary", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    if edits:
        subprocess.run(["git", "apply", "--index"], cwd=root, input=edits, check=True)
    leave_intent_alone(root)
    (root / ".dvc/config.local").write_text(
        f"[core]\n    site_cache_dir = {folder / 'site'}\n[cache]\n    dir = {folder / 'cache'}\n"
        f"['remote \"storage\"']\n    url = {folder / 'storage'}\n",
        encoding="utf-8",
    )
    return history


def resumed(folder: Path) -> History:
    """The scratch repository as its main is, whatever was interrupted."""
    history = History(folder / "repository", folder)
    history.restore()
    return history
