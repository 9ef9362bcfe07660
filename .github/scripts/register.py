"""Register a version of each model that the merge made another: `register.py VERDICT`, on the commit that has its lock.

A model is another when a file that decides, or code that is served, is another than its newest version has. What the
verdict does not let through is not registered, and that is no failure: production keeps what it has.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergegate.errors import MergegateError
from mergegate.read.git import open_repository
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.read.releases import releases
from mergegate.release.compose import artefacts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mergegate.facts.policy import ModelPolicy
    from mergegate.facts.release import Artefact
    from mergegate.read.git import Git

SERVED = {"model", "code"}


def files(artefacts: Iterable[Artefact]) -> set[tuple[str, str]]:
    """(path, SHA-256) of what makes a version another one; golden answers do not."""
    return {(one.path, one.sha256) for one in artefacts if one.role in SERVED}


def changed(git: Git, commit: str, name: str, model: ModelPolicy) -> bool:
    """Whether a commit's model is another than its newest version."""
    known = releases(git.root, name)
    if not known or model.release is None:
        return True
    newest = max(known, key=lambda one: [int(part) for part in one.version[1:].split(".")])
    return files(newest.artefacts) != files(artefacts_of(git, commit, model, model.release))


def refused(verdict: dict[str, Any], model: ModelPolicy) -> str:
    """Why the verdict keeps a model from being registered; empty where it does not."""
    decision = verdict["decision"]
    if decision == "merge":  # by an owner's waiver, too
        return ""
    asked = model.release is not None and model.release.unsure == "register"
    return "" if decision == "unsure" and asked and verdict["unsure_passes"] else f"the verdict on it was {decision}"


def main(file: Path) -> int:
    """Register what is due; 0 where everything that is due was registered."""
    verdict = json.loads(file.read_text(encoding="utf-8"))
    try:
        git = open_repository(Path.cwd())
        commit = git.resolve("HEAD").sha
        policy = parse_policy(git.show(commit, POLICY_FILE) or b"", where=POLICY_FILE)
        due = [
            (name, model)
            for name, model in sorted(policy.models.items())
            if model.release is not None and changed(git, commit, name, model)
        ]
    except MergegateError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.code)
    code = 0
    for name, model in due:
        if why := refused(verdict, model):
            sys.stdout.write(f"::warning title={name} is not registered::{why}; what is in use stays in use\n")
        else:
            code = max(code, _register(git.root, name, file))
    if not due:
        sys.stdout.write("no model is another than its newest version\n")
    return code


def _register(root: Path, name: str, verdict: Path) -> int:
    done = subprocess.run(["mergegate", "register", f"--verdict={verdict}", "--", name], check=False)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    cards = sorted(
        (root / "metrics" / "releases").glob(f"{name}/*/MODEL_CARD.md"), key=lambda path: path.stat().st_mtime
    )
    if done.returncode == 0 and summary and cards:
        with Path(summary).open("a", encoding="utf-8") as told:
            told.write(cards[-1].read_text(encoding="utf-8"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
