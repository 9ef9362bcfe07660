"""What differs is told beside what moved, and what made a model worse is found out by mixing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenes.repo import GATE, PREDICT, Repo, make_repo
from tests.scenes.test_check import hand_over

pytestmark = pytest.mark.slow
MORE = "number % 50 < int(model"
LIBRARIES = "toy==1.0\n"
DVC_LIBRARIES = "deps: [predict.py, rows.csv, model.json, requirements.txt]"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A main whose policy gives the mixing time, and whose predictions depend on a lock of libraries."""
    repo = make_repo(tmp_path_factory.mktemp("changed"))
    text = (repo.root / "dvc.yaml").read_text().replace("deps: [predict.py, rows.csv, model.json]", DVC_LIBRARIES)
    repo.write(dvc__yaml=text, requirements__txt=LIBRARIES, gate__yaml=GATE + "attribution: {seconds: 300}\n")
    repo.run()
    repo.commit("a lock of libraries, and time to mix")
    return repo


def note(repo: Repo, title: str) -> list[dict[str, str]]:
    """The rows of the note whose title begins so, each by the names of its columns."""
    [found] = [one["rows"] for one in repo.verdict()["notes"] if one["title"].startswith(title)]
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def check(repo: Repo, code: int) -> Any:
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    return done


def test_a_drop_is_shared_among_params_code_and_data_and_told_beside_what_changed(repo: Repo) -> None:
    """Params spoil rows 5 and 6 of each 50, the code 10 and 11, a new row none: exactly 4 points each."""
    repo.params(wrong=7)
    repo.write(predict__py=PREDICT.replace(MORE, f"number % 50 in (10, 11) or {MORE}"))
    repo.write(rows__csv=(repo.root / "rows.csv").read_text() + "r9999,on,g9999,de\n")
    repo.commit("three things at once")
    done = check(repo, 1)
    assert "What made toy change, by 6 mixed pipelines (4): code −0.0400, params −0.0400, data +0.0000" in done.out

    parts = {row["part"]: row["accuracy"] for row in note(repo, "What made toy change")}
    assert parts == {"code": "−0.0400", "params": "−0.0400", "data": "+0.0000", "together": "−0.0800"}
    assert next(one["title"] for one in repo.verdict()["notes"]) == "What made toy change, by 6 mixed pipelines"
    assert "What made toy change" in repo.report()

    rows = {row["what"]: row for row in note(repo, "What changed")}
    assert set(rows) == {"params.yaml:wrong", "predict.py", "rows.csv"}
    assert (rows["predict.py"]["kind"], rows["predict.py"]["read by"]) == ("code", "predict")
    assert (rows["rows.csv"]["kind"], rows["params.yaml:wrong"]["read by"]) == ("data", "train, predict")
    assert rows["predict.py"]["what moved"] == "toy accuracy −8.0 points"

    again = check(repo, 1)
    assert "runs" not in again.err, "every mix comes from the run cache now"


def test_what_needs_each_other_is_shared_evenly(repo: Repo) -> None:
    """The code asks for a param of its own, and only both together do harm."""
    repo.params(broken="all")
    repo.write(
        predict__py=PREDICT.replace('row["language"] == broken and number % 3', 'broken == "all" and number % 10 == 9')
    )
    repo.commit("two that work together")
    check(repo, 1)
    parts = {row["part"]: row["accuracy"] for row in note(repo, "What made toy change")}
    assert parts == {"code": "−0.0500", "params": "−0.0500", "together": "−0.1000"}


def test_libraries_are_told_apart_from_what_can_be_mixed(repo: Repo) -> None:
    """One environment has one set of libraries: every mix runs with head's."""
    repo.params(wrong=9)
    repo.write(requirements__txt="toy==2.0\nextra==1\n")
    repo.commit("a library and a param")
    check(repo, 1)
    parts = {row["part"]: row["accuracy"] for row in note(repo, "What made toy change")}
    assert parts == {
        "params": "−0.0800", "libraries (as they are installed here)": "+0.0000", "together": "−0.0800",
    }  # fmt: skip
    rows = {row["what"]: (row["kind"], row["before"], row["now"]) for row in note(repo, "What changed")}
    assert rows["toy"] == ("libraries", "1.0", "2.0")
    assert rows["extra"] == ("libraries", "–", "1")


def test_one_kind_of_change_needs_no_mixing(repo: Repo) -> None:
    repo.params(wrong=9)
    repo.commit("params alone")
    check(repo, 1)
    assert not [one for one in repo.verdict()["notes"] if one["title"].startswith("What made")]
    assert repo.verdict()["absent"] == []


def test_what_cannot_be_told_apart_says_why(repo: Repo, tmp_path: Path) -> None:
    """Code that dies without its param; changes that are nowhere but on this disk; no time; the judge's own place."""
    with_param = PREDICT.replace('params["broken"]', 'params["shattered"]')
    repo.write(predict__py=with_param, params__yaml="wrong: 9\nbroken: none\nshattered: none\nquiz: good\n")
    text = (
        (repo.root / "dvc.yaml")
        .read_text()
        .replace("params: [wrong, broken, quiz]", "params: [wrong, shattered, quiz]")
    )
    repo.write(dvc__yaml=text)
    assert repo.gate("run").code == 0
    repo.git("add", "predict.py", "dvc.yaml")
    repo.git("commit", "-qm", "a param of another name")
    check(repo, 1)
    [told] = repo.verdict()["absent"]
    assert told["what"] == "what made toy change"
    assert "params.yaml is not committed" in told["why"]

    repo.commit("and its value")
    check(repo, 1)
    [told] = repo.verdict()["absent"]
    assert "not attributed: base with head's code" in told["why"]
    stage = {row["what"]: row for row in note(repo, "What changed")}["predict: params"]
    assert (stage["kind"], stage["before"], stage["now"]) == ("stage", "params.yaml:broken", "params.yaml:shattered")

    judge, evidence = hand_over(repo, tmp_path / "judge")
    judge.git("fetch", "-q", str(repo.root), "HEAD")
    head = repo.git("rev-parse", "HEAD")
    done = judge.gate("check", "--base", "HEAD", "--head", head, "--evidence", str(evidence))
    assert done.code == 1, done.out + done.err
    assert judge.verdict()["absent"] == []
    assert note(judge, "What changed")


def test_too_little_time_is_said_with_what_it_would_take(published: Repo, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    clone.write(gate__yaml=GATE + "attribution: {seconds: 0.01}\n")
    clone.commit("hardly any time")
    clone.git("branch", "-f", "other")
    clone.params(wrong=9)
    clone.write(predict__py=PREDICT + "# a comment\n")
    clone.commit("two things")
    assert clone.gate("run").code == 0
    clone.commit("its lock")
    clone.git("switch", "-q", "other")
    clone.write(README__md="words\n")
    clone.commit("main goes on")
    clone.git("switch", "-q", "-")
    assert clone.gate("check", "--base", "other").code == 1
    assert "base has moved on" in clone.verdict()["absent"][0]["why"]

    assert clone.gate("check", "--base", "other~1").code == 1
    [told] = clone.verdict()["absent"]
    assert "not attributed: 2 mixed pipelines would take about" in told["why"]
    assert "the policy allows 0 s" in told["why"]
