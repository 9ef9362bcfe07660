"""What marks the lines of a real pull request: params, code, data and what the policy asks of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from tests.scenes.data_repo import TABLES, lines, make_data_repo, put
from tests.scenes.repo import make_repo

pytestmark = pytest.mark.slow


def test_a_param_and_a_file_are_marked_and_the_checks_are_told_as_test_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    repo = make_repo(tmp_path)
    repo.git("switch", "-qc", "topic")
    repo.params(wrong=9, quiz="bad")
    repo.write(train__py=(repo.root / "train.py").read_text() + "# more\n")
    repo.commit("worse")
    repo.run()
    repo.commit("ran")
    done = repo.gate("check", "--annotations", "--junit", "out/junit.xml", "--json")
    assert done.code == 1
    assert json.loads(done.out)["decision"] == "block"
    marked = [line.split("::")[1] for line in done.err.splitlines()]
    assert [part.partition(",title")[0] for part in marked] == [
        "error file=params.yaml,line=1", "error file=params.yaml,line=3", "error file=train.py,line=6",
    ]  # fmt: skip
    kept = json.loads((repo.root / "report" / "annotations.json").read_text())
    assert [(one["path"], one["start_line"]) for one in kept] == [
        ("params.yaml", 1), ("params.yaml", 3), ("train.py", 6),
    ]  # fmt: skip
    cases = parse(repo.root / "out/junit.xml").iter("testcase")  # noqa: S314
    failed = {case.attrib["name"] for case in cases if case.find("failure") is not None}
    assert {"verdict", "MG301 toy accuracy", "MG401 toy must-pass questions"} <= failed

    assert repo.gate("check").err == ""
    monkeypatch.setitem(os.environ, "GITHUB_ACTIONS", "true")
    assert repo.gate("check").err.startswith("::error file=params.yaml,line=1,")


def test_data_is_marked_where_dvc_names_it_and_where_the_policy_asks(tmp_path: Path) -> None:
    repo = make_data_repo(tmp_path)
    repo.git("switch", "-qc", "topic")
    put(repo, lines()[:1_500])
    repo.commit("fewer rows")
    done = repo.gate("check", "--annotations")
    assert done.code == 1
    policy = (repo.root / "gate.yaml").read_text().splitlines()
    [asked] = [number for number, line in enumerate(policy, 1) if line == "    phrases:"]
    assert f"::error file=gate.yaml,line={asked},title=mergegate%3A phrases got worse::" in done.err
    assert "::error file=data.dvc,line=2," in done.err
    assert TABLES.splitlines()[2] == "    phrases:"
