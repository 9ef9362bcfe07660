"""The points card goes the same way as a model: registered, promoted, served by the real service, and rolled back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from benchmarks._service_process import Process, service
from benchmarks._service_world import ROOT, applicants

from mergegate.cli.check import CheckOptions, check
from mergegate.cli.promote import PromoteOptions, promote
from mergegate.cli.register import RegisterOptions, register
from mergegate.cli.run import RunOptions, run
from mergegate.facts.policy import ModelPolicy
from mergegate.read.releases import in_stage
from tests.release.world import NEARBY, World, commit_to_origin
from tests.scenes.repo import start_repo

pytestmark = pytest.mark.slow
MAKE = f"""\
import sys, pathlib, yaml
import pyarrow.parquet as pq
sys.path.insert(0, {str(ROOT)!r})
from benchmarks._service_world import LOAN, World, applicants

class Here(World):
    repo = pathlib.Path()

here, people = Here(pathlib.Path()), applicants()
here.put_loan(yaml.safe_load(pathlib.Path("params.yaml").read_text())["cutoff"], people)
here._table("work/loan/holdout.parquet", [row | {{"label": "approve"}} for row in people])
here._table(LOAN[2], [row | {{"label": "approve"}} for row in pq.read_table(LOAN[2]).to_pylist()])
"""
DVC = """\
stages:
  make:
    cmd: python make.py
    deps: [make.py, data]
    params: [cutoff]
    outs:
      - criteria/loan.yaml: {cache: false}
      - criteria/generated/loan.py: {cache: false}
      - predictions/loan/holdout.parquet
      - work/loan/holdout.parquet
"""
GATE = """\
version: 1
unsure: merge
models:
  loan:
    task: classification
    positive: approve
    holdout: predictions/loan/holdout.parquet
    metrics: [{name: accuracy, margin: 0.9}]
    criteria: {card: criteria/loan.yaml, rows: work/loan/holdout.parquet}
    release:
      artefacts: [criteria/loan.yaml]
      code: [criteria/generated/loan.py]
      golden: [predictions/loan/holdout.parquet, work/loan/holdout.parquet]
      smoke: {questions: work/loan/holdout.parquet, answers: predictions/loan/holdout.parquet, answer: decision}
      unsure: register
"""


def made(folder: Path) -> World:
    """Main and its origin, with two registered versions of the card: one cut-off, then another."""
    world = World(start_repo(folder))
    repo = world.repo
    (repo.root / ".dvc/config").write_text(NEARBY)
    repo.write(make__py=MAKE, dvc__yaml=DVC, gate__yaml=GATE, params__yaml="cutoff: 530\n")
    (repo.root / ".gitignore").write_text("/report\n__pycache__\n")
    (repo.root / "data").mkdir()
    (repo.root / "data/people.txt").write_text("who applied\n")
    commit_to_origin(repo, folder)
    for cutoff in (530, 540):  # in this process: the commands themselves are played elsewhere
        repo.params(cutoff=cutoff)
        assert run(world.root, RunOptions(push=True)) == 0
        repo.commit(f"Approve from {cutoff} points")
        repo.git("push", "-q", "origin", "main")
        assert check(world.root, CheckOptions(base="HEAD^")) in {0, 3}
        assert register(world.root, RegisterOptions("loan")) == 0
    return world


def decided(process: Process, version: str, row: dict[str, Any]) -> tuple[int, str]:
    """Points and decision, by that version, which is waited for."""
    process.wait_for_line(rf'(?s).*"taken","model":"loan","version":"{version}"')
    said = process.post("/v1/loan", row)[1]
    assert said["version"] == version
    return said["score"], said["decision"]


def test_the_card_goes_to_production_and_back_and_the_service_decides_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTOR", raising=False)
    (tmp_path / "repo").mkdir()
    monkeypatch.chdir(tmp_path / "repo")
    world = made(tmp_path)

    def to(stage: str, version: str, url: str | None = None) -> None:
        assert promote(world.root, PromoteOptions("loan", stage, version, url)) == 0

    clones = {stage: world.repo.clone(tmp_path / stage).root for stage in ("test", "prod")}
    for clone in clones.values():
        subprocess.run(
            ["git", "-C", str(clone), "remote", "set-url", "origin", str(tmp_path / "origin.git")], check=True
        )
    with (
        service(clones["test"], tmp_path / "test.log", "--stage", "test", "--poll", "0.5") as test,
        service(clones["prod"], tmp_path / "prod.log", "--stage", "prod", "--poll", "0.5") as prod,
    ):
        rows = [{name: value for name, value in row.items() if name != "id"} for row in applicants()]
        told = []
        for version in ("v1.0.0", "v1.1.0"):
            to("test", version)
            decided(test, version, rows[0])
            to("prod", version, f"http://127.0.0.1:{test.port}")
            told.append([decided(prod, version, row) for row in rows])
        assert {points for points, _ in told[0]} == {points for points, _ in told[1]}
        between = [first[1] + second[1] for first, second in zip(*told, strict=True) if first != second]
        assert set(between) == {"approvedeny"}, "a higher cut-off only turns people down"
        to("prod", "v1.0.0")
        process_back = len(prod.events("taken"))
        prod.wait_for_line(rf'(?s)("event":"taken".*){{{max(process_back, 3)}}}')
        assert [decided(prod, "v1.0.0", row) for row in rows] == told[0]
    standing = in_stage(world.root, "loan", "prod")
    assert (standing.number, standing.smoke) == (5, None)  # type: ignore[union-attr]


def test_where_no_card_says_it_the_policy_has_to_say_what_is_sent() -> None:
    smoke = {"questions": "q.csv", "answers": "a.csv", "answer": "decision"}
    model = {"holdout": "h.csv", "metrics": [{"name": "accuracy"}], "release": {"smoke": smoke}}
    with pytest.raises(ValueError, match="needs `fields`"):
        ModelPolicy.model_validate(model)
    card = {"task": "classification", "positive": "yes", "criteria": {"card": "card.yaml", "rows": "rows.csv"}}
    assert ModelPolicy.model_validate(model | card).release is not None
