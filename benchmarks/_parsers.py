"""Everything that parses what a pull request can write, each with valid files to begin from."""
# ruff: noqa: ARG001  (each parser takes a folder, and some need none)

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.facts.lint import TextFile
from mergegate.facts.policy import ModelPolicy
from mergegate.lint import lint
from mergegate.read.ci import parse_ci
from mergegate.read.dvccache import parse_listing
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcparams import read_values
from mergegate.read.dvcproject import Content
from mergegate.read.handover import read_handover
from mergegate.read.history import parse_history
from mergegate.read.noise import parse_noise
from mergegate.read.params import flatten
from mergegate.read.policy import parse_policy
from mergegate.read.tables import pair
from mergegate.read.waiver import read_acceptance

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Memory:
    """A few files, as a tree of DVC's metadata."""

    held: dict[str, bytes]
    where: str = "memory"

    def read(self, path: str) -> bytes | None:
        """The bytes of a file."""
        return self.held.get(path)

    def is_dir(self, path: str) -> bool:
        """Whether a file lies below."""
        return any(name.startswith(f"{path}/") for name in self.held)

    def metadata(self) -> tuple[str, ...]:
        """The stages and the tracked files."""
        return tuple(sorted(name for name in self.held if name.endswith(("dvc.yaml", ".dvc"))))


@dataclass(frozen=True, slots=True)
class Target:
    """A parser, what it is fed with, and its share of all inputs."""

    name: str
    call: Callable[[bytes, Path], object]
    corpus: tuple[bytes, ...]
    share: float


CSV = b"id,label,prediction,score,group,language\n" + b"".join(
    f"r{n},{'ab'[n % 2]},{'ab'[n % 3 == 0]},{n / 40},g{n // 4},{('de', 'en')[n % 2]}\n".encode() for n in range(24)
)
MODEL = ModelPolicy.model_validate(
    {"holdout": "h.csv", "score": "score", "group": "group", "slices": ["language"], "min_slice": 1,
     "metrics": [{"name": "accuracy"}, {"name": "f1_macro"}, {"name": "log_loss"}]}
)  # fmt: skip
POLICY = b"""version: 1
alpha: 0.05
unsure: merge
models:
  a:
    task: classification
    holdout: h.parquet
    group: group
    slices: [language]
    metrics: [{name: accuracy, margin: 0.005}, {name: f1_macro, margin: 0.01}]
    target: {metric: accuracy, from: 0.8, step: 0.01, every: 1w, steps: 5, start: 2026-12-01, floor: 0.8}
    quiz: {table: q.parquet, must_pass: must_pass}
    cost: {seconds: 600}
"""
STAGES = b"""vars: [params.yaml]
stages:
  train:
    cmd: python train.py --c ${train.C}
    deps: [train.py, data.csv]
    params: [train.C, "other.yaml:"]
    outs: [{model.npz: {cache: true, remote: r}}]
    metrics: [metrics.json: {cache: false}]
  each:
    foreach: [a, b]
    do: {cmd: "echo ${item}", deps: [x], outs: ["o-${item}"]}
"""
LOCK = b"""schema: '2.0'
stages:
  train:
    cmd: python train.py --c 1
    deps: [{path: train.py, hash: md5, md5: 0123456789abcdef0123456789abcdef, size: 3}]
    params: {params.yaml: {train.C: 1.0}}
    outs: [{path: model.npz, hash: md5, md5: 0123456789abcdef0123456789abcdef.dir, size: 9, nfiles: 2}]
"""
TRACKED = b"outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  size: 9\n  nfiles: 2\n  hash: md5\n  path: data\n"
PARAMS = b"train: {C: 1.0, tokens: [a, b]}\nci: {schedule: {stages: [train]}}\nseed: 7\n"
LISTING = b'[{"md5": "0123456789abcdef0123456789abcdef", "relpath": "a/b.csv"}]'
HANDOVER = json.dumps(
    {"schema_version": 1, "base": "a" * 40, "head": "b" * 40, "policy_digest": "c" * 64, "files": [],
     "params": {"params.yaml:train.C": 1.5}, "metrics": {"m.json:a": 0.5}, "failed": None,
     "stages": [{"name": "train", "outcome": "ran", "seconds": 1.5, "peak_bytes": 10}], "pulled": 1, "pulled_bytes": 10,
     "plan": [{"name": "train", "action": "will run", "reasons": [["param", "C", "1", "2"]], "upstream": []}]}
).encode()  # fmt: skip
HISTORY = b'{"sha": "' + b"a" * 40 + b'", "models": {"m": {"holdout": "0123456789abcdef"}}}\n'
NOISE = json.dumps(
    {"version": 1, "model": "a", "param": "p.yaml:seed", "revision": "a" * 40, "seeds": [1, 2, 3, 4, 5], "distinct": 5,
     "overall": {"accuracy": {"mean": 0.9, "sigma": 0.01, "df": 4, "rows": 50}}, "slices": {}}
).encode()  # fmt: skip
WAIVER = json.dumps(
    {"schema_version": 1, "head": "a" * 40, "asked": True, "author": "ada", "role": "maintain", "by": "olga",
     "reason": "worth it, really", "at": "2026-11-22T05:00:00Z", "where": "https://github.example/1"}
).encode()  # fmt: skip


def _pipeline(data: bytes, folder: Path) -> object:
    """Stages, lock, tracked data and params from one text: the parts between lines of `%%`."""
    parts = [*data.split(b"\n%%\n"), b"", b"", b""][:4]
    files = Memory(dict(zip(("dvc.yaml", "dvc.lock", "data.dvc", "params.yaml"), parts, strict=True)))
    return [(stage.locked("deps"), stage.locked("outs"), stage.reads) for stage in load_project(files).stages]


def _params(data: bytes, folder: Path) -> object:
    suffix = ("yaml", "json", "toml")[sum(data[:50]) % 3]
    flatten(data, "params.yaml")
    return read_values(Memory({f"p.{suffix}": data}), f"p.{suffix}")


def _listing(data: bytes, folder: Path) -> object:
    """Named by its own hash, as a pull request can make it."""
    return parse_listing(data, Content(f"{hashlib.md5(data, usedforsecurity=False).hexdigest()}.dir"), "remote")


def _handover(data: bytes, folder: Path) -> object:
    (folder / "evidence.json").write_bytes(data)
    return read_handover(folder)


def _waiver(data: bytes, folder: Path) -> object:
    file = folder.parent / "waiver.json"
    file.write_bytes(data)
    return read_acceptance(file)


def _table(data: bytes, folder: Path) -> object:
    base, head = folder.parent / "base.csv", folder.parent / "head.csv"
    base.write_bytes(CSV)
    head.write_bytes(data)
    return pair(base, head, MODEL)


def _lint(data: bytes, folder: Path) -> object:
    return lint((TextFile(".github/workflows/a.yml", data.decode("utf-8", "replace")), TextFile(".dvc/config", "")))


WORKFLOWS = tuple(
    path.read_bytes().rpartition(b"\n---\n")[2] for path in sorted((ROOT / "tests" / "lint").glob("*/*.yml"))
)
TARGETS = (
    Target("policy", lambda data, _: parse_policy(data), (POLICY, (ROOT / "gate.yaml").read_bytes()), 0.1),
    Target("tables", _table, (CSV, CSV, CSV.replace(b",", b";")), 0.006),
    Target("pipeline", _pipeline, (b"\n%%\n".join((STAGES, LOCK, TRACKED, PARAMS)), STAGES + b"\n%%\n" + LOCK), 0.1),
    Target("params", _params, (PARAMS, b'{"a": {"b": [1, 2.5, null]}}', b"[a]\nb = 1\n"), 0.1),
    Target("ci", lambda data, _: parse_ci(data), (PARAMS, b"ci: {train: {on: schedule}}\n"), 0.1),
    Target("listing", _listing, (LISTING,), 0.144),
    Target("hand-over", _handover, (HANDOVER,), 0.12),
    Target("history", lambda data, _: parse_history(data), (HISTORY, HISTORY * 3), 0.14),
    Target("noise", lambda data, _: parse_noise(data, "noise.json"), (NOISE,), 0.08),
    Target("waiver", _waiver, (WAIVER,), 0.08),
    Target("workflow", _lint, WORKFLOWS, 0.03),
)
