"""Python files that stages import without depending on them, of two real commits."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree
from mergegate.read.git import Git, open_repository
from mergegate.read.imported import undeclared

if TYPE_CHECKING:
    from pathlib import Path

DVC = """\
stages:
  train:
    cmd: PYTHONPATH=lib python -m work.train
    deps: [lib/work/train.py, lib/tools]
    outs: [model.json]
  score:
    cmd: python tasks/score.py
    deps: [tasks/score.py, model.json]
    outs: [scores.json]
"""
FILES = {
    "dvc.yaml": DVC,
    "lib/work/__init__.py": '"""A package."""\n',
    "lib/work/train.py": "import typing\nfrom work import cuts\nfrom tools.deep.one import two\n"
    "if typing.TYPE_CHECKING:\n    import work.types\n",
    "lib/work/types.py": "A = 1\n",
    "lib/work/cuts.py": '"""Cuts."""\n\n\ndef cut():\n    """Cut."""\n    from . import later\n    return later\n',
    "lib/work/later.py": "B = 1  # a number\n",
    "lib/tools/deep/one.py": "two = 2\n",
    "tasks/score.py": "import beside, json\n",
    "tasks/beside.py": "C = 1\n",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    analytics = false\n")
    commit(tmp_path, FILES)
    return open_repository(tmp_path)


def commit(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    who = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*who, "add", "-A"], check=True)
    subprocess.run([*who, "commit", "-qm", "files"], check=True)


def found(git: Git, files: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """What a commit on top of the last, with these texts, makes unnoticed."""
    commit(git.root, files)
    shas = [git.resolve(name).sha for name in ("HEAD~1", "HEAD")]
    base, head = ((sha, load_project(GitTree(git.root, sha))) for sha in shas)
    return undeclared(git, base, head)


def test_changed_code_that_is_imported_in_any_way_is_named_with_its_stage(git: Git) -> None:
    unread = {"lib/work/types.py": "A = 2\n", "other.py": "D = 1\n"}
    assert found(git, {"lib/work/later.py": "B = 2\n", "tasks/beside.py": "C = 2\n"} | unread) == (
        ("train", "lib/work/later.py"), ("score", "tasks/beside.py"),
    )  # fmt: skip
    assert found(git, {"lib/tools/deep/one.py": "two = 3\n"}) == (), "a folder among the dependencies holds it"


def test_comments_blanks_docstrings_and_empty_packages_are_no_code(git: Git) -> None:
    texts = {"lib/work/later.py": "# said otherwise\nB  =  1\n", "lib/work/cuts.py": FILES["lib/work/cuts.py"] + '"b"'}
    assert found(git, texts) == ()
    assert found(git, {"lib/work/train.py": "import fresh\n", "lib/fresh/__init__.py": '"""Nothing."""\n'}) == ()
    assert found(git, {"lib/fresh/__init__.py": "E = 1\n"}) == (("train", "lib/fresh/__init__.py"),)


def test_a_new_import_of_an_old_file_and_what_python_cannot_read_are_named_too(git: Git) -> None:
    new = {"tasks/score.py": "import beside, old\n", "tasks/old.py": "A = 1\n"}
    assert found(git, new) == (("score", "tasks/old.py"),)
    for odd in ("C = (\n", "C = 1\0\n", "-" * 100_000 + "1\n"):
        assert found(git, {"tasks/beside.py": odd}) == (("score", "tasks/beside.py"),)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("C = " + "+".join("1" * 900) + "\n", "C = " + "+".join("1" * 901) + "\n", True),
        ("C = " + "+".join("1" * 900) + "\n", "C = " + " + ".join("1" * 900) + "\n", False),
        ("C = 0x" + "f" * 9_000 + "\n", "C = 0x" + "e" * 9_000 + "\n", True),
        ("C = 0\n", "C = False\n", True),
        ("if " + "not " * 900 + "C: import later\n", "if " + "not " * 901 + "C: import later\n", True),
    ],
    ids=["longer", "spaced", "an endless number", "another kind", "deep test"],
)
def test_code_as_deep_as_python_reads_it_is_compared(git: Git, before: str, after: str, told: bool) -> None:
    found(git, {"tasks/beside.py": before})
    assert found(git, {"tasks/beside.py": after}) == ((("score", "tasks/beside.py"),) if told else ())
