"""A tiny repository whose model is trained on data that DVC tracks, with an origin: ready to be released."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scenes.repo import DVC, GATE, PARAMS, PREDICT, TRAIN, Done, Repo, start_repo

RELEASE = """\
    release:
      golden: [quiz.csv]
      intended_use: Tells on from off.
      known_limits: ["Knows <b>two</b> answers | no more"]
      smoke: {questions: data/questions.csv, answers: quiz.csv, fields: [text], answer: intent, must_pass: must_pass}
"""


NEARBY = """\
[core]
    remote = storage
    analytics = false
['remote "storage"']
    url = ../../storage
"""


@dataclass(frozen=True)
class World:
    """A repository with a bare `origin` and a DVC remote beside it."""

    repo: Repo

    @property
    def root(self) -> Path:
        return self.repo.root

    @property
    def storage(self) -> Path:
        return self.root.parent / "storage"

    @property
    def origin(self) -> Repo:
        return Repo(self.root.parent / "origin.git")

    def gate(self, *args: str) -> Done:
        return self.repo.gate(*args)

    def merge(self, **params: str | int) -> str:
        """Merge a change of params into main, as the `main` workflow would leave it: run, published, judged."""
        self.repo.params(**params)
        self.repo.run()
        commit = self.repo.commit(f"{params}")
        self.repo.git("push", "-q", "origin", "main")
        self.repo.gate("check", "--base", "HEAD^")
        return commit

    def tags(self) -> dict[str, str]:
        """Every tag of origin and of the clone, with what it is."""
        lines = [repo.git("for-each-ref", "--format=%(refname) %(objectname)") for repo in (self.repo, self.origin)]
        return {f"{n} {line.split()[0]}": line.split()[1] for n, text in enumerate(lines) for line in text.splitlines()}

    def error(self, *args: str) -> dict[str, Any]:
        """What a command that fails says."""
        done = self.gate(*args, "--json")
        assert done.code, done.out
        told: dict[str, Any] = json.loads(done.out)["error"]
        assert told["code"] == done.code
        return told

    def copy(self, folder: Path) -> World:
        """The same world somewhere else."""
        shutil.copytree(self.root.parent, folder, dirs_exist_ok=True, symlinks=True)
        made = World(Repo(folder / self.root.name))
        made.repo.git("remote", "set-url", "origin", str(folder / "origin.git"))
        return made


def make_world(folder: Path, *, remote: str = "") -> World:
    """Main was pushed, and nothing ever ran."""
    repo = start_repo(folder)
    (repo.root / ".dvc/config").write_text(remote or NEARBY)
    data = repo.root / "data"
    data.mkdir()
    rows = "".join(
        f"r{n},{'on' if n % 2 else 'off'},g{n // 5},{('de', 'en', 'nl', 'fr')[n // 5 % 4]}\n" for n in range(1_000)
    )
    (data / "rows.csv").write_text("id,label,group,language\n" + rows)
    (data / "questions.csv").write_text("id,text\n" + "".join(f"q{n},question {n}\n" for n in range(30)))
    repo.write(predict__py=PREDICT.replace('"rows.csv"', '"data/rows.csv"'), train__py=TRAIN, params__yaml=PARAMS)
    repo.write(dvc__yaml=DVC.replace("rows.csv", "data/rows.csv").replace("[train.py]", "[train.py, data/rows.csv]"))
    repo.write(gate__yaml=GATE + RELEASE)
    (repo.root / ".gitignore").write_text("/holdout.csv\n/quiz.csv\n/model.json\n/report\n/evidence\n__pycache__\n")
    commit_to_origin(repo, folder)
    repo.git("push", "-q", "-u", "origin", "main")
    return World(repo)


def commit_to_origin(repo: Repo, folder: Path) -> None:
    """Ada tracks `data`, commits all that there is to main, and names an empty origin."""
    dvc(repo, "add", "-q", "data")
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.org")
    repo.commit("main")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder / "origin.git")], check=True)
    repo.git("remote", "add", "origin", str(folder / "origin.git"))


def dvc(repo: Repo, *args: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *args], cwd=repo.root, check=True, capture_output=True)
