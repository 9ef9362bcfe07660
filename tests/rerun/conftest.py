"""Small real repositories: git, DVC metadata, a local remote; stages are shell one-liners, so that they are quick."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "DVC_NO_ANALYTICS": "1",
    "SHELL": "/bin/sh",
}

PIPELINE: dict[str, object] = {
    "stages": {
        "split": {
            "cmd": "sort data/rows.txt > sorted.txt",
            "deps": ["data/rows.txt"],
            "outs": ["sorted.txt"],
        },
        "train": {
            "cmd": "cat sorted.txt train.sh > model.txt && grep depth params.yaml >> model.txt",
            "deps": ["sorted.txt", "train.sh"],
            "params": ["train.depth"],
            "outs": ["model.txt"],
        },
        "evaluate": {
            "cmd": "wc -c < model.txt > score.txt && cp score.txt metrics.json",
            "deps": ["model.txt"],
            "outs": ["score.txt"],
            "metrics": [{"metrics.json": {"cache": False}}],
        },
        "lonely": {"cmd": "cp note.txt copy.txt", "deps": ["note.txt"], "outs": ["copy.txt"]},
    }
}


@dataclass
class Repo:
    """A repository on disk, with a remote folder beside it."""

    root: Path
    remote: Path

    def git(self, *args: str) -> str:
        return subprocess.run(
            ["git", *args], cwd=self.root, check=True, capture_output=True, text=True, env={**os.environ, **ENV}
        ).stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink() or path.exists():
                path.unlink()
            path.write_text(text)

    def pipeline(self, content: object) -> None:
        self.write({"dvc.yaml": yaml.safe_dump(content, sort_keys=False)})

    def commit(self, message: str = "a change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def clone(self, to: Path) -> Repo:
        """A fresh clone, without data, with the same remote."""
        self.git("clone", "-q", "--no-hardlinks", str(self.root), str(to))
        return Repo(to, self.remote)

    def copy(self, to: Path) -> Repo:
        """A full copy, data, cache and all."""
        shutil.copytree(self.root, to, symlinks=True)
        return Repo(to, self.remote)

    @property
    def lock(self) -> dict[str, object]:
        found: dict[str, object] = yaml.safe_load((self.root / "dvc.lock").read_text())["stages"]
        return found


def new_repo(base: Path) -> Repo:
    """An empty repository with DVC set up, and an empty remote beside it."""
    root, remote = base / "repo", base / "remote"
    root.mkdir(parents=True)
    remote.mkdir(exist_ok=True)
    repo = Repo(root, remote)
    repo.git("init", "-q", "-b", "main")
    point_to(repo, str(remote))
    repo.write({".dvc/.gitignore": "/config.local\n/tmp\n/cache\n"})
    return repo


def point_to(repo: Repo, url: str, **options: str) -> None:
    """Makes `url` the default remote."""
    settings = "".join(f"    {key} = {value}\n" for key, value in {"url": url, **options}.items())
    repo.write({".dvc/config": f"[core]\n    remote = storage\n['remote \"storage\"']\n{settings}"})


def track(repo: Repo, path: str) -> None:
    """`dvc add`, in this process."""
    from dvc.repo import Repo as DvcRepo

    dvc = DvcRepo(str(repo.root))
    try:
        dvc.add([str(repo.root / path)])
    finally:
        dvc.close()


FILES = {
    "data/rows.txt": "b\na\nc\n",
    "data/extra/more.txt": "more\n",
    "train.sh": "# trains\n",
    "note.txt": "a note\n",
    "params.yaml": "train:\n  depth: 3\n  seed: 1\nother: x\n",
}


@pytest.fixture(autouse=True)
def quiet_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine leaks in, and no cache of DVC is shared with another test."""
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "no-config"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a repository whose pipeline ran once, was committed and published."""
    from mergegate.rerun.run import RunSettings, run

    base = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENV.items():
            patch.setenv(name, value)
        patch.setenv("DVC_SITE_CACHE_DIR", str(base / "site"))
        repo = new_repo(base)
        repo.write(FILES)
        repo.pipeline(PIPELINE)
        track(repo, "data")
        run(repo.root, RunSettings(push=True))
        repo.commit("the first run")
    return base


@pytest.fixture
def made(template: Path, tmp_path: Path) -> Repo:
    """A repository whose pipeline ran once, was committed and published to a folder."""
    base = tmp_path / "origin"
    shutil.copytree(template, base, symlinks=True)
    repo = Repo(base / "repo", base / "remote")
    point_to(repo, str(repo.remote))
    repo.commit("its own remote")
    return repo
