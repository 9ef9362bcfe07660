"""Metrics, quiz, target, labels, policy: a pull request that passes every rule on them, and one that passes none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.scenes.repo import GATE, PREDICT, Repo
from tests.scenes.words import without_hashes

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.slow


def judged(repo: Repo, code: int) -> dict[str, set[tuple[str, bool]]]:
    """Run and check: by rule, the states of its findings and whether they block."""
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    found: dict[str, set[tuple[str, bool]]] = {}
    for one in repo.verdict()["findings"]:
        found.setdefault(one["rule"], set()).add((one["state"], one["blocks"]))
    return found


def told(repo: Repo) -> str:
    """The report, but for the names of commits, digests and the day."""
    report = re.sub(r"\b20\d\d-\d\d-\d\d\b", "DAY", without_hashes(repo.report()))
    return report.split("<details><summary>Stages")[0] + report.rpartition("</details>")[2]


def test_a_pull_request_that_makes_everything_better_passes_every_rule(repo: Repo, snapshot: SnapshotAssertion) -> None:
    repo.params(wrong=1)
    repo.commit("better")
    found = judged(repo, 0)
    assert found["MG301"] == {("improved", False)}
    assert ("improved", False) in found["MG302"]
    assert not any(blocks for states in found.values() for _, blocks in states)
    assert found["MG401"] == found["MG402"] == {("held", False)}
    assert ("held", False) in found["MG501"] or ("improved", False) in found["MG501"]
    assert not {"MG001", "MG002", "MG202", "MG901"} & set(found)
    assert told(repo) == snapshot


def test_a_pull_request_that_makes_everything_worse_breaks_every_rule(repo: Repo, snapshot: SnapshotAssertion) -> None:
    """Accuracy, each language, the quiz by heart and by score, and the target; labels and policy are told besides."""
    repo.params(wrong=30, quiz="bad")
    repo.write(predict__py=PREDICT.replace("good = number or", "good = number > 12 or"))
    rows = (repo.root / "rows.csv").read_text().splitlines()
    swap = {"on": "off", "off": "on"}
    cells = [row.split(",") for row in rows]
    moved = [",".join([row[0], swap.get(row[1], row[1]), *row[2:]]) for row in cells[:41]]
    repo.write(rows__csv="\n".join([*moved, *rows[41:]]) + "\n", gate__yaml=GATE.replace("0.01", "0.9"))
    repo.commit("worse")
    found = judged(repo, 1)
    for rule in ("MG301", "MG302", "MG401", "MG402", "MG501"):
        assert ("regressed", True) in found[rule], (rule, found[rule])
    assert found["MG202"] == found["MG901"] == {("cannot-tell", False)}
    assert told(repo) == snapshot
