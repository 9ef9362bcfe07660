"""The split into training and holdout, through `mergegate check` on real repositories of two revisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import Repo
from tests.scenes.split_repo import as_csv, make_split_repo, masked, rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make_split_repo(tmp_path_factory.mktemp("split"))


@pytest.fixture
def repo(published: Repo, tmp_path: Path) -> Repo:
    clone = published.clone(tmp_path / "clone")
    clone.git("switch", "-qc", "topic")
    return clone


def judged(repo: Repo, code: int) -> dict[str, dict[str, Any]]:
    """Commit, run and check; the findings by rule and subject."""
    repo.commit("change")
    done = repo.gate("run")
    assert done.code == 0, done.err
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    return {f"{one['rule']} {one['subject']}": one for one in repo.verdict()["findings"]}


def test_a_model_that_changes_alone_leaves_the_split_and_nothing_of_it_is_brought(repo: Repo) -> None:
    repo.params(skill=90)
    found = judged(repo, 0)
    assert found["MG204 split"]["state"] == "held"
    assert "base's own" in found["MG204 split"]["said"]
    assert not (repo.root / "train.csv").exists() or "MG205 holdout in training by group" not in found


def test_new_rows_in_new_groups_pass_every_rule_of_the_split(repo: Repo, snapshot: SnapshotAssertion) -> None:
    repo.write(rows__csv=as_csv(rows(range(200))))
    found = judged(repo, 0)
    states = {name: one["state"] for name, one in found.items() if name[:5] in {"MG204", "MG205", "MG206", "MG207"}}
    assert set(states.values()) == {"held"}, states
    assert len(states) == 5
    assert masked(repo.report()) == snapshot


def test_a_split_by_row_is_blocked_as_a_leak_and_as_not_the_policys(repo: Repo, snapshot: SnapshotAssertion) -> None:
    """It looks much better: the model knows every group that it is examined on."""
    repo.params(by="id")
    found = judged(repo, 1)
    assert found["MG301 accuracy"]["state"] == "improved"
    assert found["MG204 split"]["state"] == "regressed"
    assert found["MG205 holdout in training by group"]["blocks"]
    assert found["MG205 holdout in training by content"]["blocks"]
    assert masked(repo.report()) == snapshot


def test_another_salt_is_a_reset_and_another_share_is_not_the_policys(repo: Repo, snapshot: SnapshotAssertion) -> None:
    repo.params(salt="t")
    found = judged(repo, 1)
    assert {name for name, one in found.items() if one["blocks"]} == {"MG209 split", "MG201 holdout"}
    assert "from `s` to `t`: base's model was trained on" in found["MG209 split"]["said"]
    assert masked(repo.report()) == snapshot
    repo.params(salt="s", share="0.15")
    found = judged(repo, 1)
    assert "with a share of 0.1" in found["MG204 split"]["said"]
    assert found["MG207 holdout size"]["state"] == "regressed"
    assert found["MG205 holdout in training by group"]["state"] == "regressed"
