# ruff: noqa: F811 - fixtures are imported by the names under which tests ask for them
"""Objects are brought one by one, from any revision, and believed only after hashing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from tests.rerun.conftest import made, quiet_world, template  # noqa: F401 - fixtures

from mergegate.errors import SurroundingsError
from mergegate.read.objects import fetch_object, outputs_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rerun.conftest import Repo


def remote_file(repo: Repo, md5: str) -> Path:
    return repo.remote / "files/md5" / md5[:2] / md5[2:]


def test_outputs_of_a_revision_are_read_without_a_checkout(made: Repo) -> None:
    first = made.git("rev-parse", "HEAD")
    made.write({"dvc.lock": "schema: '2.0'\n", "dvc.yaml": "stages: {}\n"})
    made.commit("all gone")
    outs = outputs_of(made.root, first)
    assert sorted(outs) == ["copy.txt", "data", "metrics.json", "model.txt", "score.txt", "sorted.txt"]
    assert outs["sorted.txt"].md5 == hashlib.md5(b"a\nb\nc\n", usedforsecurity=False).hexdigest()
    assert (outs["sorted.txt"].size, outs["sorted.txt"].stage) == (6, "split")
    assert outs["data"].md5.endswith(".dir")
    assert not outs["metrics.json"].cached
    assert sorted(outputs_of(made.root, made.git("rev-parse", "HEAD"))) == ["data"]


def test_an_object_comes_from_the_remote_once_and_is_verified_every_time(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    md5 = outputs_of(clone.root, clone.git("rev-parse", "HEAD"))["sorted.txt"].md5
    path = fetch_object(clone.root, md5)
    assert path.read_text() == "a\nb\nc\n"
    remote_file(made, md5).unlink()
    assert fetch_object(clone.root, md5) == path
    path.chmod(0o644)
    path.write_text("a\nb\nd\n")
    with pytest.raises(SurroundingsError, match="cache holds a wrong object"):
        fetch_object(clone.root, md5)


@pytest.mark.parametrize(("text", "word"), [("a\nb\nd\n", "wrong"), ("a\nb", "wrong"), ("", "wrong")])
def test_a_wrong_object_in_the_remote_is_named_and_leaves_nothing_behind(
    made: Repo, tmp_path: Path, text: str, word: str
) -> None:
    clone = made.clone(tmp_path / "clone")
    md5 = outputs_of(clone.root, "")["sorted.txt"].md5
    remote_file(made, md5).chmod(0o644)
    remote_file(made, md5).write_text(text)
    with pytest.raises(SurroundingsError, match=f"{word} object") as caught:
        fetch_object(clone.root, md5)
    assert str(remote_file(made, md5)) in str(caught.value)
    assert [path for path in (clone.root / ".dvc" / "cache").rglob("*") if path.is_file()] == []


def test_an_object_that_nobody_has_says_so(made: Repo, tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="neither in the cache nor in the remote"):
        fetch_object(made.clone(tmp_path / "clone").root, "0" * 32)
