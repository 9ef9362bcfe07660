"""The schedule is the commit's own, and so is the day on which its data last changed."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest

from mergegate.errors import UseError
from mergegate.facts import Absent
from mergegate.facts.retraining import Retraining
from mergegate.read.git import Git
from mergegate.read.retraining import retraining_of

TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    root = tmp_path / "repo"
    root.mkdir()
    call(root, "init", "-q", "-b", "main")
    commit(root, "2026-11-01T23:30:00-05:00", {"data.dvc": "one", "params.yaml": "ci: {retrain: {every: 2w}}\n"})
    commit(root, "2026-11-20T10:00:00+00:00", {"README.md": "words"})
    return Git(root)


def call(root: Path, *args: str, **env: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", *who, *args], cwd=root, check=True, capture_output=True, env={**os.environ, **env})
    return done.stdout.decode().strip()


def commit(root: Path, date: str, files: dict[str, str]) -> str:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    call(root, "add", "-A")
    call(root, "commit", "-qm", "m", GIT_COMMITTER_DATE=date)
    return call(root, "rev-parse", "HEAD")


def test_the_day_is_that_of_the_last_commit_that_changed_the_data(git: Git) -> None:
    """In UTC, whatever the clock of who committed."""
    assert retraining_of(git, git.line("rev-parse", "HEAD"), TODAY) == Retraining(2, dt.date(2026, 11, 2), TODAY)


def test_each_commit_has_its_own_schedule_and_data(git: Git) -> None:
    before = git.line("rev-parse", "HEAD")
    schedule = "ci: {retrain: {every: 1w, data: [data.dvc, more.dvc]}}\n"
    commit(git.root, "2026-11-21T10:00:00+00:00", {"more.dvc": "two", "params.yaml": schedule})
    assert retraining_of(git, before, TODAY) == Retraining(2, dt.date(2026, 11, 2), TODAY)
    now = git.line("rev-parse", "HEAD")
    assert retraining_of(git, now, TODAY) == Retraining(1, dt.date(2026, 11, 21), TODAY, ("data.dvc", "more.dvc"))


def test_without_a_schedule_there_is_none(git: Git) -> None:
    commit(git.root, "2026-11-21T10:00:00+00:00", {"params.yaml": "wrong: 5\n"})
    assert retraining_of(git, git.line("rev-parse", "HEAD"), TODAY) is None


def test_data_that_no_commit_has_is_no_date(git: Git) -> None:
    """Nor is a name that git would take for a pattern."""
    commit(git.root, "2026-11-21T10:00:00+00:00", {"params.yaml": "ci: {retrain: {every: 1w, data: ['*.dvc']}}\n"})
    found = retraining_of(git, git.line("rev-parse", "HEAD"), TODAY)
    assert isinstance(found, Absent)
    assert found.why == "params.yaml asks for a retraining of *.dvc, and no commit has that"


def test_a_history_that_is_cut_off_is_no_date(git: Git) -> None:
    """Its oldest commit seems to have made the data."""
    call(git.root.parent, "clone", "-q", "--depth=1", f"file://{git.root}", "shallow")
    found = retraining_of(Git(git.root.parent / "shallow"), git.line("rev-parse", "HEAD"), TODAY)
    assert isinstance(found, Absent)
    assert "cut off" in found.why


@pytest.mark.parametrize("every", ["weekly", "0w", "1d", "1.5w", "100w", "2"])
def test_a_period_is_a_number_of_weeks(git: Git, every: str) -> None:
    commit(git.root, "2026-11-21T10:00:00+00:00", {"params.yaml": f"ci: {{retrain: {{every: '{every}'}}}}\n"})
    with pytest.raises(UseError, match=r"ci\.retrain\.every"):
        retraining_of(git, git.line("rev-parse", "HEAD"), TODAY)
