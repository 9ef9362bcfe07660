"""Merges are written down on main, once each, and pull requests are told how often their holdout was used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import Repo, make_repo
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow
FILE = "metrics/history.jsonl"


def lines(repo: Repo) -> list[dict[str, Any]]:
    path = repo.root / FILE
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def merge(repo: Repo, **params: int) -> str:
    """What the workflow of main does after a merge."""
    repo.params(**params)
    repo.commit("merge")
    repo.run()
    sha = repo.commit("lock") if repo.git("status", "--porcelain") else repo.git("rev-parse", "HEAD")
    done = repo.gate("check", "--base", "HEAD~2", "--record")
    assert done.code in {0, 1, 3}, done.err
    return sha


def assert_drawn(main: Repo) -> None:
    """The report has the schedule with its past, and the page of the history has the merges."""
    names = {path.name.removesuffix(".vl.json") for path in (main.root / "report" / "plots").iterdir()}
    assert names == {"forest", "target-1", "confusion-1", "power-1"}
    target = json.loads((main.root / "report" / "plots" / "target-1.vl.json").read_text())
    assert [row["value"] for row in target["datasets"]["rows"] if row["what"] == "merged"] == [0.92, 0.94]

    done = main.gate("report", "--history", "--out", "page")
    assert (done.code, done.out) == (0, "page/index.html: 2 merges, 0 versions\n")
    page = (main.root / "page" / "index.html").read_text()
    assert '<svg class="vega"' in page
    assert "toy accuracy" in page
    assert "Data: holdout.csv" in page
    assert "nothing was promoted there yet" in page


@pytest.fixture
def main(tmp_path: Path) -> Repo:
    return make_repo(tmp_path)


def test_merges_are_counted_until_the_holdout_is_another(main: Repo, snapshot: SnapshotAssertion) -> None:
    first = merge(main, wrong=4)
    [line] = lines(main)
    assert (line["sha"], line["decision"]) == (first, "merge")
    told = line["models"]["toy"]["metrics"]["accuracy"]
    assert (told["before"], told["after"], told["state"]) == (0.9, 0.92, "improved")
    assert told["low"] < 0.02 < told["high"]

    again = main.gate("check", "--base", "HEAD~2", "--record")
    assert again.code == 0
    assert len(lines(main)) == 1, "a commit is written down once"
    main.commit("history")
    main.write(README__md="words\n")
    main.commit("docs")
    assert main.gate("check", "--base", "HEAD~1", "--record").code == 0
    assert len(lines(main)) == 1, "a merge that changed no predictions used no holdout"

    merge(main, wrong=3)
    assert len(lines(main)) == 2
    assert lines(main)[0]["models"]["toy"]["holdout"] == lines(main)[1]["models"]["toy"]["holdout"]
    main.commit("history")
    main.git("branch", "-f", "base")
    main.git("switch", "-qc", "topic")
    main.params(wrong=2)
    main.commit("better still")
    assert main.gate("run").code == 0
    assert main.gate("check", "--base", "base").code == 0
    [found] = [one for one in main.verdict()["findings"] if one["rule"] == "MG203"]
    assert "has decided 2 merges" in found["said"]
    assert unfolded(main.report()) == snapshot
    assert (found["state"], found["blocks"]) == ("held", False)

    assert_drawn(main)

    rows = (main.root / "rows.csv").read_text().splitlines()
    main.write(rows__csv="\n".join(rows[:-20]) + "\n")
    main.params(wrong=3)
    main.commit("another holdout")
    assert main.gate("run").code == 0
    main.commit("its lock")
    main.git("branch", "-f", "base")
    main.params(wrong=2)
    main.commit("better on it")
    assert main.gate("run").code == 0
    assert main.gate("check", "--base", "base").code == 0
    [found] = [one for one in main.verdict()["findings"] if one["rule"] == "MG203"]
    assert "has decided 0 merges" in found["said"]


def test_a_handed_over_verdict_is_not_written_down(main: Repo) -> None:
    done = main.gate("check", "--record", "--evidence", "evidence")
    assert done.code == 2
    assert "only main writes down its own merges" in done.err
