"""A stale lock, and the record of a version, are committed once, on top of what they belong to, and never over
somebody's work."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.workflows.scripts import SCRIPTS, Step, run_step

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout of main, `dvc.lock`, a metric and criteria reproduced and not committed; the origin lies beside it."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "clone")
    folder = tmp_path / "clone"
    git(folder, "checkout", "--quiet", "-B", "main")
    for name in ("criteria", "metrics"):
        (folder / name).mkdir()
    for name in ("criteria/card.yaml", "dvc.lock", "metrics/a.json", "other.txt"):
        (folder / name).write_text("old\n", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Begin")
    git(folder, "push", "--quiet", "origin", "main")
    for name in ("criteria/card.yaml", "dvc.lock", "metrics/a.json", "other.txt"):
        (folder / name).write_text("new\n", encoding="utf-8")
    return folder


def commit_lock(clone: Path, script: str = "commit_lock.sh") -> Step:
    env = {
        "BRANCH": "main",
        "GITHUB_SHA": git(clone, "rev-parse", "HEAD"),
        "GITHUB_TOKEN": "fake-token",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "acme/widget",
        "HOME": str(clone.parent),
    }
    return run_step([str(SCRIPTS / script)], clone, env)


def on_main(clone: Path) -> list[str]:
    """The subjects of main's commits in the origin, the newest first."""
    return git(clone.parent / "origin.git", "log", "--format=%s", "main").splitlines()


def test_the_lock_the_metrics_and_the_criteria_are_committed_and_nothing_else(clone: Path) -> None:
    """By the bot."""
    step = commit_lock(clone)
    assert step.exit_code == 0
    origin = clone.parent / "origin.git"
    assert step.outputs == {"commit": git(origin, "rev-parse", "main")}
    assert on_main(clone) == ["Record what main reproduced", "Begin"]
    assert git(origin, "diff", "--name-only", "main~1", "main").splitlines() == [
        "criteria/card.yaml", "dvc.lock", "metrics/a.json",
    ]  # fmt: skip
    assert git(origin, "log", "-1", "--format=%an", "main") == "github-actions[bot]"
    assert "fake-token" not in (clone / ".git" / "config").read_text(encoding="utf-8")


def test_what_is_up_to_date_is_not_committed_again(clone: Path) -> None:
    """So the workflow may run twice."""
    commit_lock(clone)
    assert commit_lock(clone).exit_code == 0
    assert on_main(clone) == ["Record what main reproduced", "Begin"]


def test_a_main_that_has_moved_on_is_left_alone(clone: Path) -> None:
    """The run for its new tip takes over."""
    other = clone.parent / "other"
    git(clone.parent, "clone", "--quiet", "origin.git", "other")
    git(other, "commit", "--quiet", "--allow-empty", "-m", "Meanwhile")
    git(other, "push", "--quiet", "origin", "main")
    step = commit_lock(clone)
    assert step.exit_code == 0
    assert "moved on" in step.log
    assert step.outputs == {}
    assert on_main(clone) == ["Meanwhile", "Begin"]


def test_where_rules_forbid_the_push_a_branch_waits_for_a_pull_request(clone: Path) -> None:
    """As they do with the ruleset of this project."""
    hook = clone.parent / "origin.git" / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main\n', encoding="utf-8")
    hook.chmod(0o755)
    step = commit_lock(clone)
    assert step.exit_code == 0
    assert on_main(clone) == ["Begin"]
    assert step.outputs == {}, "there is nothing on main to register"
    assert "https://github.example/acme/widget/compare/main...mergegate/lock?expand=1" in step.log
    origin = clone.parent / "origin.git"
    assert git(origin, "log", "-1", "--format=%s", "mergegate/lock") == "Record what main reproduced"


def record(clone: Path) -> Step:
    """What `mergegate register` leaves, and the step after it."""
    (clone / "metrics/releases/toy/v1.0.0").mkdir(parents=True, exist_ok=True)
    (clone / "metrics/releases/toy/v1.0.0/MODEL_CARD.md").write_text("# toy\n", encoding="utf-8")
    return commit_lock(clone, "commit_records.sh")


def test_the_record_of_a_version_is_committed_and_nothing_else(clone: Path) -> None:
    """Once; and where nothing was registered there is nothing to commit."""
    assert "nothing was registered" in commit_lock(clone, "commit_records.sh").log
    assert record(clone).exit_code == 0
    assert on_main(clone) == ["Record the versions that main registered", "Begin"]
    origin = clone.parent / "origin.git"
    assert git(origin, "diff", "--name-only", "main~1", "main") == "metrics/releases/toy/v1.0.0/MODEL_CARD.md"
    assert "nothing was registered" in record(clone).log


def test_a_record_waits_on_a_branch_where_main_has_moved_on(clone: Path) -> None:
    """No run comes later that would write it."""
    other = clone.parent / "other"
    git(clone.parent, "clone", "--quiet", "origin.git", "other")
    git(other, "commit", "--quiet", "--allow-empty", "-m", "Meanwhile")
    git(other, "push", "--quiet", "origin", "main")
    step = record(clone)
    assert step.exit_code == 0
    assert on_main(clone) == ["Meanwhile", "Begin"]
    assert "compare/main...mergegate/records?expand=1" in step.log
    subject = git(clone.parent / "origin.git", "log", "-1", "--format=%s", "mergegate/records")
    assert subject == "Record the versions that main registered"
