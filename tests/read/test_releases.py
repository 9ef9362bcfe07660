"""A version is read from its tag alone; a tag that mergegate did not make is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.scenes.repo import Repo, start_repo

from mergegate.errors import UseError
from mergegate.facts import Absent
from mergegate.facts.release import Standing
from mergegate.read.releases import TagError, in_stage, releases


def provenance(commit: str, **changes: Any) -> dict[str, Any]:
    """What a version's tag says of a model that is one file in git."""
    return {
        "schema": 1,
        "model": "toy",
        "version": "v1.0.0",
        "commit": commit,
        "artefacts": [
            {"role": "model", "path": "model", "md5": "0" * 32, "sha256": "a" * 64, "size": 3, "in_git": True}
        ],
        "data": {},
        "params": {"params.yaml:wrong": 5},
        "libraries": {"numpy": "2.4.1"},
        "metrics": [],
        "verdict": {
            "decision": "merge", "base": "b" * 40, "question": "this artefact",
            "policy": "c" * 64, "sha256": "d" * 64,
        },
        "waiver": None,
        "by": "t",
        "at": "2026-11-22T12:00:00Z",
        **changes,
    }  # fmt: skip


def promotion(commit: str, stage: str, **changes: Any) -> dict[str, Any]:
    return {
        "schema": 1, "model": "toy", "version": "v1.0.0", "commit": commit, "stage": stage, "came_from": "",
        "rollback": False, "smoke": None, "by": "t", "at": "2026-11-22T13:00:00Z", **changes,
    }  # fmt: skip


def tag(repo: Repo, name: str, message: dict[str, Any] | str) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    repo.git("tag", "-f", "-a", name, "-m", f"A sentence.\n\n{text}")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = start_repo(tmp_path)
    made.write(model="one")
    made.commit("main")
    return made


def test_a_version_and_where_it_stands_are_read_from_tags_alone(repo: Repo) -> None:
    """The newest tag of a stage is in force; versions sort as numbers."""
    assert isinstance(in_stage(repo.root, "toy", "prod"), Absent)
    commit = repo.git("rev-parse", "HEAD")
    tag(repo, "toy@v1.10.0", provenance(commit, version="v1.10.0"))
    tag(repo, "toy@v1.9.0", provenance(commit, version="v1.9.0"))
    tag(repo, "toy#prod#9", promotion(commit, "prod", version="v1.10.0"))
    tag(repo, "toy#prod#10", promotion(commit, "prod", version="v1.9.0"))
    assert [one.version for one in releases(repo.root, "toy")] == ["v1.9.0", "v1.10.0"]
    found = in_stage(repo.root, "toy", "prod")
    assert isinstance(found, Standing)
    assert (found.release.version, found.number, found.since) == ("v1.9.0", 10, "2026-11-22T13:00:00Z")
    assert found.release.digest == "a" * 64
    with pytest.raises(UseError, match="no stage 'live'"):
        in_stage(repo.root, "toy", "live")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("released by hand", "holds no provenance"),
        ("{not json}", "wrong at the top: Invalid JSON|no JSON"),
        ('{"schema": 1, "schema": 1}', "no JSON .a name stands twice"),
        ({"version": "v2.0.0"}, "names toy v2.0.0"),
        ({"commit": "e" * 40}, "of commit eeeeeeeeeeee"),
        ({"by": 7}, "wrong at by"),
        ({"extra": 7}, "wrong at extra"),
        ({"artefacts": []}, "wrong at artefacts"),
        ({"schema": 2}, "wrong at schema"),
        (
            {"verdict": {"decision": "block", "base": "b" * 40, "question": "q", "policy": "c" * 64,
                         "sha256": "d" * 64}},
            "wrong at verdict.decision",
        ),
    ],
)  # fmt: skip
def test_a_tag_that_was_made_or_edited_by_hand_is_refused(repo: Repo, message: Any, said: str) -> None:
    """No provenance, broken JSON, another version, another commit, another type: each with its reason."""
    commit = repo.git("rev-parse", "HEAD")
    tag(repo, "toy@v1.0.0", message if isinstance(message, str) else provenance(commit) | message)
    with pytest.raises(TagError, match=said):
        releases(repo.root, "toy")


def test_a_stage_that_names_what_is_not_there_is_refused(repo: Repo) -> None:
    """A plain tag, a version that was never registered, a version of another commit."""
    commit = repo.git("rev-parse", "HEAD")
    repo.git("tag", "toy#prod#1")
    with pytest.raises(TagError, match="plain tag"):
        in_stage(repo.root, "toy", "prod")
    tag(repo, "toy#prod#1", promotion(commit, "prod"))
    with pytest.raises(TagError, match="there is no such version"):
        in_stage(repo.root, "toy", "prod")
    repo.write(model="two")
    repo.commit("another")
    tag(repo, "toy@v1.0.0", provenance(repo.git("rev-parse", "HEAD")))
    with pytest.raises(TagError, match="of another commit"):
        in_stage(repo.root, "toy", "prod")
