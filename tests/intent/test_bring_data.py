"""`make data` in a small repository of its own, with real git and DVC, and a collector of two lines."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from scripts import bring_data

ROOT = Path(__file__).parents[2]
COLLECT = """import pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
folder.joinpath("quiz.csv").write_text("a question\\n")
folder.joinpath("utterances.csv").write_text("{said}\\n")
"""


def test_the_list_of_files_is_the_one_behind_the_committed_data() -> None:
    """By DVC's own definition of a directory's hash, which the slow tests below hold against DVC."""
    lines = (ROOT / "data.md5").read_text(encoding="utf-8").splitlines()
    files = {name.removeprefix("data/"): md5 for md5, name in (line.split("  ") for line in lines)}
    assert set(files) == {"intent/quiz.csv", "intent/utterances.csv", "loan/applications.csv"}
    assert f"md5: {bring_data.dir_hash(files)}\n" in (ROOT / "data.dvc").read_text(encoding="utf-8")


def test_the_quiz_in_the_data_is_the_one_in_the_source() -> None:
    md5 = hashlib.md5((ROOT / "src/intent/quiz.csv").read_bytes()).hexdigest()  # noqa: S324
    assert f"{md5}  data/intent/quiz.csv\n" in (ROOT / "data.md5").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Repo:
    """A repository whose data.dvc names the data of its collector; nothing of it is on disk or in the remote."""

    path: Path

    def collector(self, said: str) -> None:
        (self.path / "src/intent/collect.py").write_text(COLLECT.format(said=said), encoding="utf-8")

    def call(self, *command: str) -> str:
        return subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True).stdout

    def dvc(self, *arguments: str) -> str:
        return self.call(sys.executable, "-m", "dvc", *arguments)

    def bring(self, *arguments: str, code: int = 0) -> str:
        """Call the script; what it said on both streams."""
        done = subprocess.run(
            [sys.executable, "scripts/bring_data.py", *arguments],
            cwd=self.path, check=False, capture_output=True, text=True, env=os.environ | {"PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def forget(self) -> None:
        """Empty the cache and the remote, as on a new machine."""
        for name in (".dvc/cache", ".storage"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def data(self) -> dict[str, str]:
        root = self.path / "data"
        return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}


OTHER = """import pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
folder.joinpath("applications.csv").write_text("an application\\n")
"""
GOOD = {
    "intent/quiz.csv": "a question\n",
    "intent/utterances.csv": "turn on\n",
    "loan/applications.csv": "an application\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    for folder in ("scripts", "src/intent", "src/loan", ".dvc"):
        (made.path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "scripts/bring_data.py", made.path / "scripts")
    shutil.copy(ROOT / ".dvc/config", made.path / ".dvc/config")
    site = f"[core]\n    site_cache_dir = {tmp_path / 'site'}\n"
    (made.path / ".dvc/config.local").write_text(site, encoding="utf-8")
    (made.path / ".gitignore").write_text("/data\n/build\n/.storage\n", encoding="utf-8")
    (made.path / "src/loan/collect.py").write_text(OTHER, encoding="utf-8")
    for pipeline in ("intent", "loan"):
        (made.path / "src" / pipeline / "__init__.py").touch()
    made.collector("turn on")
    made.call("git", "init", "--quiet")
    made.call(sys.executable, "src/intent/collect.py", "data/intent")
    made.call(sys.executable, "src/loan/collect.py", "data/loan")
    made.dvc("add", "--quiet", "data")
    made.bring("--list")
    shutil.rmtree(made.path / "data")
    made.forget()
    return made


@pytest.mark.slow
def test_an_empty_remote_means_collect_prove_and_publish_and_the_next_clone_pulls(repo: Repo) -> None:
    said = repo.bring()
    assert "collecting" in said
    assert repo.data() == GOOD
    assert repo.dvc("status", "--json").strip() == "{}"
    shutil.rmtree(repo.path / "data")
    shutil.rmtree(repo.path / ".dvc/cache")
    repo.collector("never called")
    assert "pulled data/" in repo.bring()
    assert repo.data() == GOOD
    assert "is what data.dvc names" in repo.bring()


@pytest.mark.slow
def test_data_that_comes_out_differently_is_named_and_not_put_in_place(repo: Repo) -> None:
    repo.collector("turn off")
    before = (repo.path / "data.dvc").read_bytes()
    said = repo.bring(code=70)
    assert "intent/utterances.csv: wanted" in said
    assert "intent/quiz.csv" not in said
    assert "home-assistant-intents" in said
    assert repo.data() == {}
    assert (repo.path / "data.dvc").read_bytes() == before
    assert not (repo.path / ".storage").exists()


@pytest.mark.slow
def test_without_a_fitting_list_it_still_proves_but_says_that_it_cannot_name_the_file(repo: Repo) -> None:
    (repo.path / "data.md5").write_text("0" * 32 + "  data/intent/quiz.csv\n", encoding="utf-8")
    repo.collector("turn off")
    assert "data.md5 does not belong to data.dvc" in repo.bring(code=70)


@pytest.mark.slow
@pytest.mark.parametrize("remote", ["full", "empty"])
def test_files_of_ones_own_are_never_touched(repo: Repo, remote: str) -> None:
    repo.bring()
    if remote == "empty":
        repo.forget()
    (repo.path / "data/intent/quiz.csv").write_text("my own question\n")
    (repo.path / "data/notes.txt").write_text("mine\n")
    mine = repo.data()
    said = repo.bring()
    assert "left as it is: intent/quiz.csv, notes.txt" in said
    assert repo.data() == mine


@pytest.mark.slow
def test_a_file_that_is_missing_comes_back_beside_those_that_are_there(repo: Repo) -> None:
    repo.bring()
    repo.forget()
    (repo.path / "data/intent/quiz.csv").unlink()
    repo.bring()
    assert repo.data() == GOOD


@pytest.mark.slow
def test_the_list_is_not_written_for_data_that_nobody_tracks(repo: Repo) -> None:
    repo.bring()
    (repo.path / "data/notes.txt").write_text("mine\n")
    assert "dvc add data" in repo.bring("--list", code=70)


@pytest.mark.slow
def test_a_collector_that_fails_leaves_nothing_behind(repo: Repo) -> None:
    (repo.path / "src/intent/collect.py").write_text("raise SystemExit('out of cheese')", encoding="utf-8")
    assert "collecting failed" in repo.bring(code=70)
    assert repo.data() == {}


@pytest.mark.slow
def test_a_data_file_that_names_nothing_is_said(repo: Repo) -> None:
    (repo.path / "data.dvc").write_text("outs: []\n", encoding="utf-8")
    assert "git checkout -- data.dvc" in repo.bring(code=70)
