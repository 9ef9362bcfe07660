"""`mergegate init` on repositories of different shape: each reaches a verdict with three commands."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.adopt.shapes import SHAPES, Shape, build
from tests.scenes.repo import Repo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=list(SHAPES))
def adopted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Shape, Any]:
    """A repository after the first command, with what that said."""
    shape = SHAPES[request.param]
    repo = build(tmp_path_factory.mktemp("adopt") / "Shop", shape)
    done = repo.gate("init", "--yes")
    assert done.code == 0, done.err
    return repo, shape, done.out


def hashes(repo: Repo) -> dict[str, str]:
    """Every file but those of git and DVC, with the hook."""
    files = [path for path in repo.root.rglob("*") if path.is_file() and not {".git", "cache", "tmp"} & set(path.parts)]
    files.append(repo.root / ".git/hooks/pre-push")
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def verdict(repo: Repo, shape: Shape, knob: str) -> tuple[int, dict[str, Any]]:
    """The second and the third command, after a change."""
    (repo.root / shape.knob).write_text(knob)
    done = repo.gate("run")
    assert done.code == 0, done.err
    done = repo.gate("check")
    assert done.code in {0, 1}, done.err
    return done.code, repo.verdict()


def test_it_finds_what_can_be_judged_and_marks_every_guess(adopted: tuple[Repo, Shape, str]) -> None:
    repo, shape, said = adopted
    gate = (repo.root / "gate.yaml").read_text()
    for one in shape.judged:
        first, *rest = one.rsplit(" ", 1) if one.startswith("TABLE") else (one.split(" ", 1)[0], one)
        if first.startswith("TABLE"):
            assert f"    holdout: {rest[0]}  # 400 rows" in gate
            assert "    slices: [region]  # GUESSED" in gate
            assert "    # quiz: {table: quiz.csv}" in gate
            known = shape is SHAPES["predictions"]
            assert ("    reevaluate: {stage: predict, model: model.json}  # GUESSED" in gate) == known
        else:
            key, better = one.removeprefix(f"{first} ").rsplit(" ", 1)
            lines = [line for line in gate.splitlines() if f"file: {first}, " in line and key in line]
            assert [f"better: {better}" in line and "GUESSED" in line for line in lines] == [True]
    assert gate.count("GUESSED") >= len(shape.judged)
    assert ("no interval" in said) == (not any(one.startswith("TABLE") for one in shape.judged))
    for remark in shape.remarks:
        assert remark in said
    hook = repo.root / ".git/hooks/pre-push"
    assert hook.stat().st_mode & 0o111
    assert "exec mergegate plan --check" in hook.read_text()


def test_a_better_change_merges_a_worse_one_is_blocked_and_init_again_changes_nothing(
    adopted: tuple[Repo, Shape, str],
) -> None:
    repo, shape, _ = adopted
    before = hashes(repo)
    if shape is SHAPES["monorepo"] or shape is SHAPES["dvclive"]:
        done = repo.gate("init", "--yes", "--json")
        assert done.code == 0
        assert {one["path"] for one in json.loads(done.out)["files"] if one["fate"] == "written"} == set()
        assert hashes(repo) == before
    code, found = verdict(repo, shape, shape.better)
    assert (code, found["decision"]) == (0, "merge")
    assert "improved" in {one["state"] for one in found["findings"]}
    code, found = verdict(repo, shape, shape.worse)
    assert (code, found["decision"]) == (1, "block")
    rules = {one["rule"] for one in found["findings"] if one["blocks"]}
    assert rules & {"MG301", "MG801"}


def test_the_judge_in_ci_sees_numbers_that_lie_in_a_folder_that_dvc_keeps(tmp_path: Path) -> None:
    """What the three workflows do, one after the other, in clones with a common remote."""
    repo = build(tmp_path / "Shop", SHAPES["example-get-started"])
    with (repo.root / ".dvc/config").open("a") as config:
        config.write(f"    remote = r\n['remote \"r\"']\n    url = {tmp_path / 'remote'}\n    verify = true\n")
    assert repo.gate("init", "--yes").code == 0
    repo.commit("adopt")
    assert repo.gate("run", "--push").code == 0
    topic, judge = Repo(tmp_path / "topic"), Repo(tmp_path / "judge")
    repo.git("clone", "-q", str(repo.root), str(topic.root))
    (topic.root / "params.yaml").write_text("skill: 0.5\n")
    assert topic.gate("run").code == 0
    head = topic.commit("worse")
    done = topic.gate("run", "--base", "origin/main", "--evidence", str(tmp_path / "evidence"))
    assert done.code == 0, done.err
    repo.git("clone", "-q", str(repo.root), str(judge.root))
    judge.git("fetch", "-q", str(topic.root), "HEAD")
    done = judge.gate("check", "--base", "HEAD", "--head", head, "--evidence", str(tmp_path / "evidence"))
    assert done.code == 1, done.out + done.err
    lost = [one["subject"] for one in judge.verdict()["findings"] if one["blocks"]]
    assert lost == ["avg_prec.test of eval/metrics.json", "roc_auc.test of eval/metrics.json"]
