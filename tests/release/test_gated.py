"""Only a verdict of this very commit that lets it merge, or an owner's waiver, lets it be registered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mergegate.errors import UseError
from mergegate.facts.history import HISTORY_FILE
from mergegate.read.git import Git
from mergegate.release.gated import demand_not_blocked, production_tip, read_gate
from tests.scenes.repo import Repo, start_repo

WAIVER = {
    "by": "owner", "role": "admin", "reason": "the label was wrong", "head": "a" * 40, "at": "2026-11-22T10:00:00Z",
    "where": "https://example.org/1", "covers": ["MG301 toy accuracy"],
}  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = start_repo(tmp_path)
    for number in range(3):
        made.write(model=str(number))
        made.commit(f"{number}")
    return made


def verdict(repo: Repo, **changes: Any) -> Path:
    """What a check of HEAD against the commit before it writes, as far as registration reads it."""
    told = {
        "schema": 1, "decision": "merge", "unsure_passes": True, "question": "this artefact", "waiver": None,
        "head": {"sha": repo.git("rev-parse", "HEAD"), "dirty": False},
        "base": {"sha": repo.git("rev-parse", "HEAD^"), "dirty": False},
        "policy": {"digest": "c" * 64, "changed": False}, "findings": [], **changes,
    }  # fmt: skip
    path = repo.root / "verdict.json"
    path.write_text(json.dumps(told))
    return path


def test_a_merge_and_what_an_owner_accepted_pass(repo: Repo) -> None:
    """The waiver is kept, with what it covers; `unsure` passes only where both policies allow it."""
    git, commit = Git(repo.root), repo.git("rev-parse", "HEAD")
    gate = read_gate(verdict(repo), git, commit, unsure=False)
    assert (gate.judged.decision, gate.judged.base, gate.waiver) == ("merge", repo.git("rev-parse", "HEAD^"), None)
    waived = read_gate(verdict(repo, waiver=WAIVER), git, commit, unsure=False).waiver
    assert waived is not None
    assert (waived.by, waived.covers) == ("owner", ("MG301 toy accuracy",))
    read_gate(verdict(repo, decision="unsure"), git, commit, unsure=True)
    for changes, unsure in (
        ({"decision": "unsure"}, False),
        ({"decision": "unsure", "unsure_passes": False}, True),
        ({"decision": "block"}, True),
        ({"decision": "block", "waiver": WAIVER}, True),
    ):
        with pytest.raises(UseError, match="only what may merge is released"):
            read_gate(verdict(repo, **changes), git, commit, unsure=unsure)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"head": {"sha": "0" * 40, "dirty": False}}, "the verdict is of commit 000000000000"),
        ({"base": {"sha": "0" * 40, "dirty": False}}, "does not build on"),
        ({"base": {"sha": "--output=x", "dirty": False}}, "not what `mergegate check` writes"),
        ({"decision": "yes"}, "not what `mergegate check` writes"),
        ({"schema": 2}, "not what `mergegate check` writes"),
        ({"findings": None}, "not what `mergegate check` writes"),
    ],
)
def test_a_verdict_of_something_else_is_refused(repo: Repo, changes: dict[str, Any], said: str) -> None:
    """Another commit, a base that is none of its own, anything that a check does not write."""
    with pytest.raises(UseError, match=said):
        read_gate(verdict(repo, **changes), Git(repo.root), repo.git("rev-parse", "HEAD"), unsure=False)


def test_a_verdict_on_changes_that_are_in_no_commit_or_on_nothing_is_refused(repo: Repo) -> None:
    """A dirty tree was judged; a commit was compared with itself."""
    git, commit = Git(repo.root), repo.git("rev-parse", "HEAD")
    with pytest.raises(UseError, match="a working tree that differed"):
        read_gate(verdict(repo, head={"sha": commit, "dirty": True}), git, commit, unsure=False)
    with pytest.raises(UseError, match="does not build on"):
        read_gate(verdict(repo, base={"sha": commit, "dirty": False}), git, commit, unsure=False)


def test_what_was_merged_over_a_block_cannot_be_registered_by_a_later_commit(repo: Repo) -> None:
    """Main's history says that the last merge which changed the model was blocked; one that mends it frees the way."""
    git = Git(repo.root)
    first, second, third = repo.git("rev-list", "--reverse", "HEAD").split()

    def line(sha: str, decision: str, model: str = "toy", **more: Any) -> str:
        return json.dumps({"sha": sha, "decision": decision, "models": {model: {}}, **more}) + "\n"

    history = repo.root / HISTORY_FILE
    history.parent.mkdir()
    blocked = line(first, "merge") + line(second, "block")
    for content in (line(first, "block") + line(second, "merge"), line(second, "block", "other"),
                    line(second, "merge", waiver={"by": "owner"}), blocked + line(third, "merge"),
                    line("0" * 40, "block"), "[]\nnot json\n"):  # fmt: skip
        history.write_text(content)
        demand_not_blocked(git, third, "toy", production_tip(git, "main"))
    history.write_text(blocked)
    demand_not_blocked(git, first, "toy", first)
    with pytest.raises(UseError, match=f"the last merge that changed toy, {second[:12]}, was blocked"):
        demand_not_blocked(git, third, "toy", third)
