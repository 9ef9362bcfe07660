"""Git is asked without running anything that the repository brings along."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mergegate.errors import UseError
from mergegate.read.git import Git, open_repository


def git(root: Path, *args: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo with space"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "a.txt").write_text("one\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    git(root, "switch", "-qc", "topic")
    (root / "a.txt").write_text("two\n")
    (root / "naïve\tname.txt").write_text("x\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    return root


def test_the_base_defaults_to_the_merge_base_with_main(repo: Path) -> None:
    found = open_repository(repo)
    assert found.default_base().sha == git(repo, "rev-parse", "main")
    assert found.root == repo


def test_files_are_read_by_revision_without_a_checkout(repo: Path) -> None:
    found = open_repository(repo)
    assert found.show(git(repo, "rev-parse", "main"), "a.txt") == b"one\n"
    assert found.show(git(repo, "rev-parse", "main"), "absent.txt") is None
    assert (repo / "a.txt").read_text() == "two\n"


def test_changed_names_every_file_however_it_is_called(repo: Path) -> None:
    found = open_repository(repo)
    base, head = git(repo, "rev-parse", "main"), git(repo, "rev-parse", "HEAD")
    assert found.changed(base, head) == (("M", "a.txt"), ("A", "naïve\tname.txt"))


def test_an_option_is_never_taken_for_a_revision(repo: Path) -> None:
    with pytest.raises(UseError, match="no revision '--all'"):
        open_repository(repo).resolve("--all")


def test_a_shallow_clone_is_told_apart_from_an_unknown_revision(repo: Path, tmp_path: Path) -> None:
    old = git(repo, "rev-parse", "main")
    git(tmp_path, "clone", "-q", "--depth=1", repo.as_uri(), "shallow")
    with pytest.raises(UseError, match="shallow clone") as caught:
        open_repository(tmp_path / "shallow").resolve(old)
    assert "fetch-depth: 0" in caught.value.do


def test_a_link_is_refused(repo: Path) -> None:
    (repo / "gate.yaml").symlink_to("/etc/passwd")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "link")
    with pytest.raises(UseError, match="is a link"):
        open_repository(repo).show(git(repo, "rev-parse", "HEAD"), "gate.yaml")


def test_replace_refs_do_not_change_what_is_read(repo: Path) -> None:
    main, topic = git(repo, "rev-parse", "main"), git(repo, "rev-parse", "topic")
    git(repo, "replace", main, topic)
    assert open_repository(repo).show(main, "a.txt") == b"one\n"


def test_no_repository_and_no_commit_are_named(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="in no git repository"):
        open_repository(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(UseError, match="no commit yet"):
        open_repository(tmp_path)


def test_a_dirty_working_tree_is_said_to_be_dirty(repo: Path) -> None:
    found: Git = open_repository(repo)
    assert not found.workspace().dirty
    (repo / "a.txt").write_text("three\n")
    assert found.workspace().dirty
