"""Plays three pull requests in scratch clones, by the commands that the workflows call, and shows each comment.

`python scripts/demo.py [--keep DIR]`. Exits 0 when the verdicts are merge, merge, block.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
EXPECTED = {"merge": 0, "block": 1}


@dataclass(frozen=True)
class PullRequest:
    """One pull request of the demo."""

    branch: str
    title: str
    edit: Callable[[Path], None]
    verdict: str
    stages: str
    """What is expected to run, in words."""


def replace(path: Path, before: str, after: str) -> None:
    """Replace the one occurrence of `before`; stops when the file has changed so that it is not there once."""
    text = path.read_text(encoding="utf-8")
    if text.count(before) != 1:
        sys.exit(f"demo: {path.name} has {text.count(before)} times {before!r}; mend scripts/demo.py")
    path.write_text(text.replace(before, after), encoding="utf-8")


def docs_only(clone: Path) -> None:
    """A typo in the README."""
    with (clone / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("\nThanks to everybody who reads to the end.\n")


def better_model(clone: Path) -> None:
    """Character n-grams, which know word forms."""
    replace(clone / "params.yaml", BETTER[0], BETTER[1])


def broken_tokeniser(clone: Path) -> None:
    """A clean-up of the tokeniser that drops short words, `off` and `no` among them."""
    replace(clone / "src/intent/features.py", BROKEN[0], BROKEN[1])


BETTER = ("chars_up_to: 0", "chars_up_to: 4")
BROKEN = (
    "words = _WORD.findall(utterance.casefold())",
    "words = [word for word in _WORD.findall(utterance.casefold()) if len(word) > 3]",
)
PULL_REQUESTS = (
    PullRequest("docs", "Docs: thank the reader", docs_only, "merge", "none"),
    PullRequest("better", "Features: add character n-grams", better_model, "merge", "train and what is below it"),
    PullRequest("broken", "Tokeniser: drop short words", broken_tokeniser, "block", "train and what is below it"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "demo", help="where the clones and reports go")
    folder = parser.parse_args().keep.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    headline("main: bring the data, reproduce what changed, publish it")
    call([sys.executable, ROOT / "scripts/bring_data.py"], ROOT)
    call([BIN / "mergegate", "run", "--push"], ROOT)
    make_main(folder / "main")
    said = [play(number, pull, folder) for number, pull in enumerate(PULL_REQUESTS, start=1)]
    headline(f"verdicts: {', '.join(said)}   ({time.monotonic() - started:.0f} s)")
    wanted = [pull.verdict for pull in PULL_REQUESTS]
    if said != wanted:
        sys.exit(f"demo: expected {', '.join(wanted)}")


def play(number: int, pull: PullRequest, folder: Path) -> str:
    """Play one pull request: its own run, and the judge's, each in a clone of its own."""
    headline(f"pull request {number}: {pull.title}   (to run: {pull.stages})")
    head, judge, report = (folder / pull.branch / name for name in ("head", "judge", "report"))
    for clone in (head, judge):
        make_clone(clone, folder / "main")
    git(head, "switch", "--quiet", "--create", pull.branch)
    pull.edit(head)
    git(head, "commit", "--quiet", "--all", "--message", pull.title)
    base = git(judge, "rev-parse", "HEAD")
    call([BIN / "mergegate", "plan", "--base", base], head)
    call([BIN / "mergegate", "run", "--base", base, "--evidence", "evidence"], head)
    sha = git(head, "rev-parse", "HEAD")
    git(judge, "fetch", "--quiet", "--no-tags", str(head), sha)
    evidence: list[str | Path] = ["--head", sha, "--evidence", head / "evidence", "--out", report]
    done = call([BIN / "mergegate", "check", "--base", "HEAD", *evidence], judge, codes=(0, 1, 3))
    verdict = str(json.loads((report / "verdict.json").read_text(encoding="utf-8"))["decision"])
    if done != EXPECTED.get(verdict, 3):
        sys.exit(f"demo: exit code {done} does not fit the verdict {verdict}")
    print(f"verdict: {verdict}    rendered report: {report / 'report.html'}", flush=True)
    return verdict


def make_main(clone: Path) -> None:
    """Main as its workflow leaves it: where this machine's numbers have other bytes, `dvc.lock` says so."""
    make_clone(clone, ROOT)
    call([BIN / "mergegate", "run"], clone)
    if git(clone, "status", "--porcelain", "--untracked-files=no"):
        git(clone, "commit", "--quiet", "--all", "--message", "Bring dvc.lock up to date")


def make_clone(clone: Path, main: Path) -> None:
    """A fresh clone that shares nothing with this checkout but the remote storage."""
    clone.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", main, clone], check=True)
    (clone / ".dvc/config.local").write_text(
        f"['remote \"storage\"']\n    url = {ROOT / '.storage'}\n", encoding="utf-8"
    )


def git(clone: Path, *args: str) -> str:
    who = ("-c", "user.name=demo", "-c", "user.email=demo@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *args], cwd=clone, check=True, capture_output=True, text=True).stdout.strip()


def call(command: list[str | Path], folder: Path, codes: tuple[int, ...] = (0,)) -> int:
    """Run a command where the reader sees it; stop the demo when it leaves with an unexpected code."""
    words = [Path(command[0]).name, *(str(word) for word in command[1:])]
    print(f"$ {' '.join(words)}", flush=True)
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=env, check=False).returncode
    if done not in codes:
        sys.exit(f"demo: `{' '.join(words)}` left with {done} in {folder}")
    return done


def headline(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


if __name__ == "__main__":
    main()
