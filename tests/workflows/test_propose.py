"""The pull request of a retraining: one for each data, with nothing in it but what a retraining changes."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.workflows.act import STAND_INS
from tests.workflows.conftest import REPOSITORY
from tests.workflows.scripts import SCRIPTS, Step, run_script
from tests.workflows.stub_github import GitHub

pytestmark = pytest.mark.node
DATA = "outs:\n- md5: 59ee6db1a062d08c2bcaa3e84a00a78a.dir\n  path: data\n"
BRANCH = "mergegate/retrain-59ee6db1a062"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Place:
    """A checkout of main on a stub of GitHub, and what the job before handed over."""

    folder: Path
    github: GitHub
    api: dict[str, str]

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    def propose(self, *, own_token: bool = True) -> Step:
        node = os.path.dirname(shutil.which("node") or "/usr/bin/node")  # noqa: PTH120
        env = {
            **self.api,
            "PATH": f"{STAND_INS / 'setup-cml' / 'bin'}:{node}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "REPO_TOKEN": "fake-token",
            "STARTS_CHECKS": "true" if own_token else "false",
            "GITHUB_SHA": git(self.clone, "rev-parse", "HEAD"),
            "GITHUB_REF": "refs/heads/main",
            "PATIENTLY_WAIT": "0",
        }
        return run_script("propose.py", self.clone, env, "../handed")

    def tip(self, branch: str) -> str:
        return git(self.origin, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")


@pytest.fixture
def place(tmp_path: Path, github: GitHub, api: dict[str, str]) -> Place:
    made = Place(tmp_path, github, api)
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "clone")
    git(made.clone, "checkout", "--quiet", "-B", "main")
    (made.clone / ".github/scripts").mkdir(parents=True)
    (made.clone / ".github/scripts/patiently.sh").symlink_to(SCRIPTS / "patiently.sh")
    (made.clone / ".gitignore").write_text("output.txt\n__pycache__\n", encoding="utf-8")
    for name in ("data.dvc", "dvc.lock", "gate.yaml"):
        (made.clone / name).write_text("old\n", encoding="utf-8")
    git(made.clone, "add", "--all")
    git(made.clone, "commit", "--quiet", "-m", "Begin")
    git(made.clone, "push", "--quiet", "origin", "main")
    address = f"https://token:fake-token@{github.server_url.removeprefix('https://')}/{REPOSITORY}.git"
    git(made.clone, "config", f"url.{made.origin}.insteadOf", address)
    github.heads = made.tip
    handed = {
        "build/retrain/body.md": "What changed: `$(rm -rf /)` rows\n",
        "data.dvc": DATA,
        "dvc.lock": "new\n",
        "metrics/toy/holdout.json": "{}\n",
        "gate.yaml": "alpha: 1\n",
        ".github/scripts/github_api.py": "raise SystemExit('bought')\n",
    }
    for name, text in handed.items():
        path = tmp_path / "handed" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "handed/metrics/passwd").symlink_to("/etc/passwd")
    return made


def test_it_holds_what_a_retraining_changes_and_nothing_else(place: Place) -> None:
    """Whatever else the hand-over holds: a policy, a script, a link."""
    step = place.propose()
    assert step.exit_code == 0, step.log
    [pull] = place.github.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"], pull["state"]) == (BRANCH, "main", "open")
    assert pull["title"] == "Retrain on new data (59ee6db1a062)"
    assert pull["body"] == "What changed: `$(rm -rf /)` rows\n"
    assert pull["html_url"] in step.log
    changed = git(place.origin, "diff", "--name-only", "main", BRANCH).splitlines()
    assert changed == ["data.dvc", "dvc.lock", "metrics/toy/holdout.json"]
    assert git(place.origin, "log", "-1", "--format=%an: %s", BRANCH) == "github-actions[bot]: Retrain on new data"
    assert "[skip ci]" not in git(place.origin, "log", "-1", "--format=%B", BRANCH)
    assert "fake-token" not in git(place.clone, "remote", "get-url", "origin")


@pytest.mark.parametrize("state", ["open", "closed"])
def test_the_same_data_makes_no_second_pull_request(place: Place, state: str) -> None:
    """One that is open waits, and one that was closed was refused by a person."""
    assert place.propose().exit_code == 0
    place.github.pulls[0]["state"] = state
    git(place.clone, "checkout", "--quiet", "--force", "main")
    again = place.propose()
    assert again.exit_code == 0, again.log
    assert f"#1 has this data already, and is {state}" in again.log
    assert len(place.github.pulls) == 1


def test_a_branch_that_was_pushed_and_never_opened_is_opened(place: Place) -> None:
    """GitHub failed between the two, or forbade pull requests by workflows."""
    git(place.clone, "push", "--quiet", "origin", f"main:refs/heads/{BRANCH}")
    step = place.propose()
    assert step.exit_code == 0, step.log
    assert len(place.github.pulls) == 1


def test_without_a_token_of_its_own_it_says_that_its_checks_wait(place: Place) -> None:
    """Else a pull request that nothing ever judges looks like one that is still being judged."""
    step = place.propose(own_token=False)
    assert "Approve workflows to run" in place.github.pulls[0]["body"]
    assert "::warning title=The checks wait for you::" in step.log


def test_where_github_does_not_answer_nothing_is_opened(place: Place) -> None:
    """Rather none than a second one."""
    step = run_script(
        "propose.py", place.clone,
        {**place.api, "GITHUB_API_URL": "https://127.0.0.1:9", "GITHUB_API_PAUSE": "0", "STARTS_CHECKS": "true"},
        "../handed",
    )  # fmt: skip
    assert step.exit_code == 1
    assert "Cannot see whether there is a pull request" in step.log
    assert place.tip(BRANCH) == ""
