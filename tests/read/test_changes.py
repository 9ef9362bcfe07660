"""What differs between two commits is told by kind, with the stages that read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.scenes.repo import Repo

from mergegate.facts.changes import Change, Kind
from mergegate.read.changes import Sides, changes_between, kind_of
from mergegate.read.git import Git

if TYPE_CHECKING:
    from pathlib import Path

DVC = """\
stages:
  train:
    cmd: python src/train.py
    deps: [src, data, lock/requirements.txt]
    params: [train, {other.yaml: }]
    outs: [model]
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/train.py", Kind.CODE),
        ("Dockerfile", Kind.CODE),
        ("data/rows.csv", Kind.DATA),
        ("data.dvc", Kind.DATA),
        ("sub/dvc.yaml", Kind.STAGE),
        ("requirements.txt", Kind.LIBRARIES),
        ("requirements/intent-libraries.txt", Kind.LIBRARIES),
        ("pyproject.toml", Kind.LIBRARIES),
        ("src/requirements_of_the_law.py", Kind.CODE),
    ],
)
def test_a_file_is_of_the_kind_that_its_name_says(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", ".").replace("_of_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_each_change_names_the_stages_that_read_it_and_what_no_stage_reads_is_left_out(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "-q")
    put(tmp_path, dvc__yaml=DVC, src_of_train__py="1", lock_of_requirements__txt="a==1\nb==2 \\\n  --hash=x\n")
    put(tmp_path, data__dvc="outs:\n- md5: " + "1" * 32 + ".dir\n  hash: md5\n  path: data\n", README__md="x")
    base = repo.commit("base")
    put(
        tmp_path,
        dvc__yaml=DVC.replace("train.py", "train.py --fast").replace(", {other.yaml: }", ""),
        src_of_new__py="2",
    )
    put(tmp_path, data__dvc="outs:\n- md5: " + "2" * 32 + ".dir\n  hash: md5\n  path: data\n", README__md="y")
    put(tmp_path, lock_of_requirements__txt="a==1.5\nb==2 \\\n  --hash=y\nc==3\n")
    head = repo.commit("head")

    git = Git(tmp_path)
    params = (("params.yaml:train.C", "1", "2"), ("params.yaml:trainer", "a", "b"))
    found = changes_between(Sides.of(git, base, head), git.changed(base, head), params)
    assert set(found) == {
        Change(Kind.PARAMS, "params.yaml:train.C", "1", "2", ("train",)),
        Change(Kind.PARAMS, "params.yaml:trainer", "a", "b", ()),
        Change(Kind.STAGE, "train: command", "python src/train.py", "python src/train.py --fast", ("train",)),
        Change(Kind.STAGE, "train: params", "other.yaml:(all)", "–", ("train",)),
        Change(Kind.DATA, "data", "md5 11111111", "md5 22222222", ("train",)),
        Change(Kind.LIBRARIES, "a", "1", "1.5", ("train",)),
        Change(Kind.LIBRARIES, "c", "–", "3", ("train",)),
        Change(Kind.CODE, "src/new.py", "–", "added", ("train",)),
    }
