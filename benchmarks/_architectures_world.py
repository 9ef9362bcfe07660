"""A scratch origin, its storage, and clones, in which merges and promotions are played with the real commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]
_WHO = {
    "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.org", "GIT_COMMITTER_NAME": "bench",
    "GIT_COMMITTER_EMAIL": "bench@example.org", "GIT_CONFIG_GLOBAL": "/dev/null", "DVC_NO_ANALYTICS": "1",
}  # fmt: skip
_MEASURED = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run(sys.argv[2:]).returncode
seconds = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump([code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], open(sys.argv[1], "w"))
"""
RELEASE = """\
    release:
      golden: [predictions/intent/holdout.parquet, work/intent/holdout.parquet]
      smoke: {questions: work/intent/holdout.parquet, answers: predictions/intent/holdout.parquet,
              fields: [utterance, language, area, domain], answer: intent}
"""
"""What a release of intent is made of, where gate.yaml does not say it yet."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    seconds: float
    processor_seconds: float
    """Of the command and all that it started."""
    peak_mb: float
    """Of the largest process among them."""

    def rounded(self) -> dict[str, float]:
        """For the file of results."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


class StoppedError(Exception):
    """A command of the benchmark failed: there is nothing to measure."""


@dataclass(frozen=True)
class Place:
    """A folder with `origin.git`, `storage` and clones."""

    root: Path

    def begin(self) -> Path:
        """An origin with this repository's HEAD as main, an empty storage, and a first clone that has the data."""
        self.git(self.root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.root / "origin.git"))
        self.git(ROOT, "push", "--quiet", str(self.root / "origin.git"), "HEAD:refs/heads/main")
        clone = self.clone("first")
        shutil.copytree(ROOT / "data", clone / "data")
        if "release:" not in (clone / "gate.yaml").read_text(encoding="utf-8"):
            replace(clone / "gate.yaml", "models:\n  intent:\n", f"models:\n  intent:\n{RELEASE}")
            self.merge(clone, "Say what a release is made of")
        return clone

    def clone(self, name: str) -> Path:
        """A fresh clone that shares nothing but origin and storage."""
        to = self.root / name
        self.git(self.root, "clone", "--quiet", "--no-hardlinks", str(self.root / "origin.git"), str(to))
        config = f"['remote \"storage\"']\n    url = {self.root / 'storage'}\n"
        (to / ".dvc/config.local").write_text(config, encoding="utf-8")
        return to

    def merge(self, clone: Path, message: str) -> str:
        """Commit all that changed, and have it on main; the commit."""
        self.git(clone, "commit", "--quiet", "--all", "--message", message)
        self.git(clone, "push", "--quiet", "origin", "HEAD:main")
        return self.git(clone, "rev-parse", "HEAD")

    def git(self, where: Path, *args: str) -> str:
        """The output of git."""
        env = {**os.environ, **_WHO}
        done = subprocess.run(["git", *args], cwd=where, capture_output=True, text=True, env=env, check=False)
        if done.returncode:
            raise StoppedError(f"git {' '.join(args)}: {done.stderr}")
        return done.stdout.strip()

    def cost(self, where: Path, *words: str, module: str = "mergegate", codes: tuple[int, ...] = (0,)) -> Cost:
        """Run `python -m MODULE WORDS` in a clone and measure it; another exit code stops the benchmark."""
        file, said = self.root / "cost.json", self.root / "said.txt"
        command = [sys.executable, "-c", _MEASURED, str(file), sys.executable, "-m", module, *words]
        env = {**os.environ, **_WHO, "PYTHONPATH": str(where / "src")}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with said.open("wb") as out:
            subprocess.run(command, cwd=where, env=env, stdout=out, stderr=subprocess.STDOUT, check=True)
        code, seconds, processor, peak = json.loads(file.read_text(encoding="utf-8"))
        if code not in codes:
            told = said.read_text(encoding="utf-8", errors="replace")[-3000:]
            raise StoppedError(f"{module} {' '.join(words)} left with {code} in {where}:\n{told}")
        shown = f"{seconds:.1f} s, {processor:.1f} s of processor, {peak:.0f} MB"
        print(f"· {module} {' '.join(words)}: {shown}", flush=True)
        return Cost(seconds, processor, peak)


def replace(path: Path, before: str, after: str) -> None:
    """Replace the one occurrence of `before`."""
    text = path.read_text(encoding="utf-8")
    if text.count(before) != 1:
        raise StoppedError(f"{path.name} has {text.count(before)} times {before!r}")
    path.write_text(text.replace(before, after), encoding="utf-8")


class Serving:
    """The service as a process, started on a clone, asked, and ended."""

    def __init__(self, repo: Path, *options: str) -> None:
        self.log = repo.parent / f"{repo.name}.log"
        self.command = [sys.executable, "-m", "service", "--repo", str(repo), "--port", "0", *options]
        self.env = {**os.environ, **_WHO, "PYTHONPATH": str(repo / "src")}

    def __enter__(self) -> Self:
        self.started = time.perf_counter()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=subprocess.STDOUT, env=self.env)
        while not (found := re.search(r'"address":"(http://[^"]+)"', self.log.read_text(encoding="utf-8"))):
            self._alive()
            time.sleep(0.01)
        self.url = found[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(60)

    def _alive(self) -> None:
        if self.process.poll() is not None:
            raise StoppedError(f"the service ended:\n{self.log.read_text(encoding='utf-8')[-3000:]}")

    def until(self, version: str, seconds: float = 120.0) -> float:
        """When (`perf_counter`) the service first answered a question with that version; asked every 10 ms."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._alive()
            if self.answer().get("version") == version:
                return time.perf_counter()
            time.sleep(0.01)
        raise StoppedError(f"no {version} after {seconds} s:\n{self.log.read_text(encoding='utf-8')[-3000:]}")

    def answer(self) -> dict[str, Any]:
        """The answer to one question; empty before there is one."""
        body = b'{"utterance": "turn on the light", "language": "en", "area": "kitchen"}'
        request = urllib.request.Request(  # noqa: S310 - our own process on this machine
            f"{self.url}/v1/intent", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as told:  # noqa: S310
                found: dict[str, Any] = json.load(told)
                return found
        except urllib.error.HTTPError:
            return {}

    def memory_mb(self) -> float:
        """What of it lies in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def processor_seconds(self) -> float:
        """Of the process and of what it started, so far."""
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:15]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
