"""A frozen stage that would have to run: its rows are no evidence, neither here nor in the hand-over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenes.repo import Repo, make_repo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A branch that makes the model worse and freezes the stage that would show it."""
    base = tmp_path_factory.mktemp("frozen")
    (base / "main").mkdir()
    clone = make_repo(base / "main").clone(base / "main" / "clone")
    clone.git("switch", "-qc", "topic")
    pipeline = (clone.root / "dvc.yaml").read_text()
    params = (clone.root / "params.yaml").read_text().replace("wrong: 5", "wrong: 30")
    clone.write(
        params__yaml=params,
        dvc__yaml=pipeline.replace("cmd: python predict.py", "cmd: python predict.py\n    frozen: true"),
    )
    assert clone.gate("run").code == 0
    clone.commit("worse, and frozen")
    return clone


def test_it_is_neither_merged_nor_blocked_but_named_with_what_to_do(repo: Repo) -> None:
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == 2, done.out + done.err
    assert "holdout.csv is not what this revision makes: the stage predict is frozen" in done.err
    assert "model.json changed" in done.err
    assert "remove `frozen: true`" in done.err
    assert not (repo.root / "report/verdict.json").exists()


def test_the_judge_is_told_of_it_instead_of_the_old_rows(repo: Repo) -> None:
    done = repo.gate("run", "--base", "origin/main", "--evidence", "evidence")
    assert done.code == 2, done.out + done.err
    handed = json.loads((repo.root / "evidence/evidence.json").read_text())
    assert "the stage predict is frozen" in handed["failed"]["what"]
    assert handed["files"] == []


def test_who_vouches_for_its_outputs_is_judged_by_them(repo: Repo, tmp_path: Path) -> None:
    copy = Repo(tmp_path / "copy")
    shutil.copytree(repo.root, copy.root)
    for command in (["pull", "-q", "holdout.csv", "quiz.csv"], ["commit", "-q", "-f", "predict"]):
        subprocess.run([Path(sys.executable).with_name("dvc"), *command], cwd=copy.root, check=True)
    done = copy.gate("check", "--base", "origin/main")
    assert done.code == 0, done.out + done.err
