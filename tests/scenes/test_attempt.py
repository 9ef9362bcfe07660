"""A retry is judged as one: the report says which attempt it is and at what level it had to be proven."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import Repo
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow


def judged(repo: Repo, attempt: int, **params: int) -> int:
    repo.params(**params)
    repo.commit(f"attempt {attempt}")
    assert repo.gate("run").code == 0
    return repo.gate("check", "--base", "origin/main", "--attempt", str(attempt)).code


def test_a_retry_that_mends_it_merges_and_is_told_as_one(repo: Repo, snapshot: SnapshotAssertion) -> None:
    assert judged(repo, 3, wrong=1) == 0
    found = repo.verdict()
    [finding] = [one for one in found["findings"] if one["rule"] == "MG904"]
    assert (found["attempt"], finding["state"]) == (3, "held")
    assert "attempt 3, to be proven at 0.0076" in repo.report().splitlines()[-1]
    assert unfolded(repo.report()) == snapshot


def test_a_worse_model_is_blocked_however_often_it_is_pushed(repo: Repo, snapshot: SnapshotAssertion) -> None:
    assert judged(repo, 60, wrong=9) == 1
    assert unfolded(repo.report()) == snapshot


def test_a_first_attempt_is_called_that_and_costs_nothing(repo: Repo) -> None:
    assert judged(repo, 1, wrong=1) == 0
    assert "· attempt 1 ·" in repo.report().splitlines()[-1]
    assert "to be proven" not in repo.report()
    assert repo.verdict()["attempt"] == 1
