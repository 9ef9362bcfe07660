"""A retraining that no longer comes is told in every report, and blocks nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import Repo, make_repo
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow


def told(repo: Repo) -> dict[str, object]:
    """What a pull request that changes the README is told of it."""
    repo.write(README__md=f"{len(repo.git('log', '--format=%h'))}\n")
    repo.commit("docs")
    assert repo.gate("check", "--base", "HEAD~1").code == 0
    [found] = [one for one in repo.verdict()["findings"] if one["rule"] == "MG403"]
    return dict(found)


def test_data_that_is_older_than_three_periods_is_an_alarm(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    repo = make_repo(tmp_path)
    params = (repo.root / "params.yaml").read_text()
    repo.write(params__yaml=f"{params}\nci: {{retrain: {{every: 1w, data: [rows.csv]}}}}\n")
    repo.commit("retrain every week")
    found = told(repo)
    assert (found["state"], found["blocks"]) == ("held", False)

    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    repo.git("checkout", "-q", "--orphan", "aged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", f"{long_ago:%Y-%m-%dT12:00:00Z}")
        repo.commit("begin")
    found = told(repo)
    assert (found["state"], found["blocks"]) == ("regressed", False)
    assert f"rows.csv last changed on {long_ago:%Y-%m-%d}, 30 days ago" in str(found["said"])
    assert unfolded(repo.report()).replace(f"{long_ago:%Y-%m-%d}", "DAY") == snapshot
