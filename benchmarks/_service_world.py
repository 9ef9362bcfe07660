"""A repository with registered and promoted versions for the service to follow: real git, real DVC, a real remote.

A version's files are committed, pushed to the remote with DVC, and told in the message of an annotated tag, in the form
that `mergegate register` and `promote` write. The same world serves `tests/service`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from intent.model import Model
from intent.settings import Features
from intent.single import Single
from loan import card_file, generate_python
from loan.card import document
from loan.score import Scorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
INTENT = ("models/intent/model.npz", "predictions/intent/holdout.parquet", "work/intent/holdout.parquet")
LOAN = ("criteria/loan.yaml", "criteria/generated/loan.py", "predictions/loan/holdout.parquet")
_TIME = "2026-11-22T12:00:00Z"
_ENV = {
    **os.environ, "GIT_AUTHOR_NAME": "ci", "GIT_AUTHOR_EMAIL": "ci@example.com", "GIT_COMMITTER_NAME": "ci",
    "GIT_COMMITTER_EMAIL": "ci@example.com", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    "DVC_NO_ANALYTICS": "1",
}  # fmt: skip
_ADD_AND_PUSH = "import sys; from dvc.repo import Repo; repo = Repo(); repo.add(sys.argv[1:]); repo.push()"
Row = dict[str, Any]


def small_model(seed: int) -> Model:
    """An intent model of five classes that nobody trained."""
    draw = np.random.default_rng(seed)
    weights = draw.normal(size=(5, 1 << 10)).astype(np.float32)
    bias = draw.normal(size=5).astype(np.float32)
    return Model(weights, bias, tuple(f"HassIntent{index}" for index in range(5)), 1.5, Features(1, 0, 10))


def questions(count: int = 60) -> list[Row]:
    """Utterances with ids, for the golden answers."""
    words = ("turn", "on", "the", "light", "Küche", "7", "off", "straße")
    draw = np.random.default_rng(5)
    return [
        {
            "id": f"en-{index:04d}", "utterance": " ".join(draw.choice(words, 4)), "language": "en",
            "area": str(draw.choice(["any", "kitchen"])), "domain": "any",
        }
        for index in range(count)
    ]  # fmt: skip


@functools.cache
def applicants(count: int = 60) -> list[Row]:
    """Applications within the contract of the committed card."""
    card, draw = card_file.read(ROOT / "criteria/loan.yaml"), np.random.default_rng(6)
    flags = {known.name for known in card.inputs if known.kind == "flag"}
    return [
        {
            "id": f"app-{index:04d}",
            **{
                known.name: int(draw.integers(0, 2)) if known.name in flags
                else round(float(draw.uniform(known.min or 0, min(known.max or 0, 60))), 2)
                for known in card.inputs
            },
        }
        for index in range(count)
    ]  # fmt: skip


@dataclass
class World:
    """A repository below `root`, its remote beside it."""

    root: Path
    commits: dict[str, str] = field(default_factory=dict)
    """By the name of the version's tag."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Of the last stage tag, by model."""

    @property
    def repo(self) -> Path:
        """Where people work; services have clones of it."""
        return self.root / "origin"

    @property
    def storage(self) -> Path:
        """DVC's remote."""
        return self.root / "storage"

    def start(self) -> World:
        """An empty repository with DVC and a remote."""
        self.repo.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        (self.repo / ".dvc").mkdir()
        config = (
            f"[core]\n    remote = storage\n    analytics = false\n['remote \"storage\"']\n    url = {self.storage}\n"
        )
        (self.repo / ".dvc/config").write_text(config)
        (self.repo / ".dvc/.gitignore").write_text("/cache\n/tmp\n/config.local\n")
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", "Begin")
        return self

    def git(self, *args: str, feed: str = "", where: Path | None = None) -> str:
        """The output of git."""
        command = ["git", "-C", str(where or self.repo), *args]
        return subprocess.run(command, input=feed, capture_output=True, text=True, check=True, env=_ENV).stdout.strip()

    def clone(self, name: str) -> Path:
        """A clone for a service."""
        to = self.root / name
        self.git("clone", "--quiet", str(self.repo), str(to), where=self.root)
        return to

    def put_intent(self, model: Model, asked: Sequence[Row]) -> None:
        """The files of a version of intent, with the answers that `model` gives."""
        single = Single(model)
        told = [
            dict(zip(("prediction", "score"), single.answer(*(row[name] for name in list(row)[1:5])), strict=True))
            for row in asked
        ]
        model.save(self.repo / INTENT[0])
        self._table(INTENT[1], [{"id": row["id"], **said} for row, said in zip(asked, told, strict=True)])
        self._table(INTENT[2], asked)

    def put_loan(self, cutoff: int, asked: Sequence[Row]) -> None:
        """The files of a version of loan: the committed card with another cut-off."""
        text = (ROOT / "criteria/loan.yaml").read_text(encoding="utf-8").replace("cutoff: 530", f"cutoff: {cutoff}")
        card = card_file.parse(text)
        assert document(card)["cutoff"] == cutoff
        scorer = Scorer.of(card)
        told = [(row, scorer.decide({name: row[name] for name in list(row)[1:]})) for row in asked]
        rows = [
            row | {"prediction": said.decision, "points": said.points, "reasons": "; ".join(said.reasons)}
            for row, said in told
        ]
        self._table(LOAN[2], rows)
        for path, content in ((LOAN[0], text), (LOAN[1], generate_python.generate(card))):
            (self.repo / path).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / path).write_text(content, encoding="utf-8")

    def commit(self, *tracked: str) -> str:
        """Track files with DVC, push them, commit all."""
        command = [sys.executable, "-c", _ADD_AND_PUSH, *tracked]
        subprocess.run(command, cwd=self.repo, capture_output=True, check=True, env=_ENV)
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", "Make a version")
        return self.git("rev-parse", "HEAD")

    def register(self, model: str, version: str, **changed: Any) -> None:
        """A tag for the version at HEAD; `changed` parts of its provenance make it a false one."""
        roles = {INTENT[0]: "model", LOAN[0]: "model", LOAN[1]: "code"}
        paths = INTENT if model == "intent" else LOAN
        commit = self.git("rev-parse", "HEAD")
        said = {
            "schema": 1, "model": model, "version": version, "commit": commit,
            "artefacts": [self._artefact(path, roles.get(path, "golden")) for path in paths],
            "data": {}, "params": {}, "libraries": {}, "metrics": [],
            "verdict": {"decision": "merge", "base": commit, "question": "artefact", "policy": "0" * 64,
                        "sha256": "0" * 64},
            "waiver": None, "by": "ci", "at": _TIME, **changed,
        }  # fmt: skip
        self.commits[f"{model}@{version}"] = commit
        self._tag(f"{model}@{version}", commit, said)

    def promote(self, model: str, version: str, stage: str = "prod") -> str:
        """The next tag of the stage; its name."""
        number = self.numbers[model] = self.numbers.get(model, 0) + 1
        commit, name = self.commits[f"{model}@{version}"], f"{model}#{stage}#{number}"
        said = {
            "schema": 1, "model": model, "version": version, "commit": commit, "stage": stage, "came_from": "",
            "rollback": False, "smoke": None, "by": "ci", "at": _TIME,
        }  # fmt: skip
        self._tag(name, commit, said)
        return name

    def _tag(self, name: str, commit: str, said: Mapping[str, Any]) -> None:
        self.git("tag", "-a", name, commit, "-F", "-", feed=f"Tell {name}\n\n{json.dumps(said)}\n")

    def _artefact(self, path: str, role: str) -> Row:
        content = (self.repo / path).read_bytes()
        tracked = not path.startswith("criteria/")
        return {
            "role": role, "path": path, "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "in_git": not tracked,
        }  # fmt: skip

    def _table(self, path: str, rows: Sequence[Row]) -> None:
        (self.repo / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows)), self.repo / path)


def two_versions(root: Path, models: Sequence[Model], asked: Sequence[Row]) -> World:
    """A world with v1.0.0 and v1.1.0 of both models, the first of them in production."""
    world = World(root).start()
    people = applicants()
    for number, (model, cutoff) in enumerate(zip(models, (530, 540), strict=True)):
        world.put_intent(model, asked)
        world.put_loan(cutoff, people)
        world.commit(*INTENT, LOAN[2])
        for name in ("intent", "loan"):
            world.register(name, f"v1.{number}.0")
    for name in ("intent", "loan"):
        world.promote(name, "v1.0.0")
    return world
