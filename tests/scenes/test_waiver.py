"""A regression that an owner accepts, through `mergegate check`: merged, told, and written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import make_repo
from tests.scenes.test_check import hand_over
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow


def waiver(folder: Path, head: str, **changes: Any) -> str:
    """What .github/scripts/acceptance.py writes; tests/workflows proves that it does."""
    told = {
        "schema_version": 1, "head": head, "asked": True, "author": "mallory", "by": "olga", "role": "maintain",
        "reason": "French gains more than German loses", "at": "2026-11-22T05:00:00Z",
        "where": "https://github.example/acme/widget/pull/7#issuecomment-1",
    }  # fmt: skip
    file = folder / "waiver.json"
    file.write_text(json.dumps(told | changes), "utf-8")
    return str(file)


def test_an_owner_accepts_what_got_worse_and_main_remembers(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    published = make_repo(tmp_path)
    repo = published.clone(tmp_path / "clone")
    repo.git("switch", "-qc", "topic")
    repo.params(wrong=9)
    head = repo.commit("worse")
    judge, evidence = hand_over(repo, tmp_path / "judge")
    judge.git("fetch", "-q", str(repo.root), "HEAD")
    asked = ("check", "--base", "HEAD", "--head", head, "--evidence", str(evidence))

    done = judge.gate(*asked, "--waiver", waiver(tmp_path, head, asked=False))
    assert done.code == 1, done.out + done.err
    assert f"`mergegate: accept {head} REASON`" in judge.report()

    done = judge.gate(*asked, "--waiver", waiver(tmp_path, head, role="read"))
    assert done.code == 1, done.out + done.err
    [lacking] = [one for one in judge.verdict()["findings"] if one["rule"] == "MG905"]
    assert lacking["state"] == "cannot-tell"
    assert "olga has the role" in judge.report()

    done = judge.gate(*asked, "--waiver", waiver(tmp_path, head))
    assert done.code == 0, done.out + done.err
    assert judge.verdict()["waiver"]["covers"][0] == "MG301 toy accuracy"
    assert unfolded(judge.report()) == snapshot

    done = judge.gate(*asked, "--waiver", waiver(tmp_path, "e" * 40))
    assert done.code == 2
    assert "the waiver is of commit eeeeeeeeeeee" in done.err

    repo.run()
    repo.commit("as main runs it")
    assert repo.gate("check", "--base", "origin/main", "--record", "--waiver", waiver(tmp_path, head)).code == 0
    [line] = (repo.root / "metrics/history.jsonl").read_text().splitlines()
    assert json.loads(line)["waiver"]["reason"] == "French gains more than German loses"
    repo.git("add", "-A")
    repo.commit("history")
    assert repo.gate("check", "--base", "HEAD").code == 0, "the history with a waiver in it can be read again"


def test_absent_evidence_blocks_whoever_accepts(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    repo.git("switch", "-qc", "topic")
    text = (repo.root / "dvc.yaml").read_text()
    repo.write(dvc__yaml=text.replace("outs: [holdout.csv, quiz.csv]", "outs: [holdout.csv]"))
    repo.params(wrong=9)
    head = repo.commit("worse, and without its quiz")
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "main", "--waiver", waiver(tmp_path, head))
    assert done.code == 1, done.out + done.err
    found = repo.verdict()["findings"]
    assert {one["rule"] for one in found if one["blocks"]} == {"MG002"}
    assert {one["rule"] for one in found if one["waived"]} >= {"MG301"}
