"""`mergegate check` at home and in the judge, on real repositories of two revisions."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import GATE, Repo, make_repo
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow


def states(found: dict[str, object]) -> dict[str, str]:
    """What each rule says of its first subject, which for the tables that are answered again is the holdout."""
    findings = found["findings"]
    assert isinstance(findings, list)
    return {one["rule"]: one["state"] for one in reversed(findings) if one["slice"] is None}


def check(repo: Repo, code: int) -> dict[str, object]:
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    return repo.verdict()


def test_a_change_of_words_runs_nothing_and_merges(repo: Repo) -> None:
    repo.write(README__md="hello\n")
    repo.commit("docs")
    done = repo.gate("run", "--json")
    assert [stage["outcome"] for stage in json.loads(done.out)["stages"]] == ["unchanged", "unchanged"]
    found = check(repo, 0)
    assert found["decision"] == "merge"
    assert states(found)["MG301"] == "held"


def test_a_worse_model_is_blocked(repo: Repo) -> None:
    repo.params(wrong=9)
    repo.commit("worse")
    assert repo.gate("run").code == 0
    found = check(repo, 1)
    assert found["decision"] == "block"
    assert states(found)["MG301"] == "regressed"
    assert repo.report().startswith("## ")
    assert "block" in repo.report().splitlines()[0]


def test_a_better_model_merges_as_improved(repo: Repo) -> None:
    repo.params(wrong=1)
    repo.commit("better")
    assert repo.gate("run").code == 0
    assert states(check(repo, 0))["MG301"] == "improved"


def test_one_broken_language_is_blocked_by_its_slice(repo: Repo) -> None:
    repo.params(broken="nl", wrong=1)
    repo.commit("broken nl")
    assert repo.gate("run").code == 0
    found = check(repo, 1)
    findings = found["findings"]
    assert isinstance(findings, list)
    regressed = [one["slice"] for one in findings if one["rule"] == "MG302" and one["state"] == "regressed"]
    assert regressed == [{"column": "language", "value": "nl"}]


def test_a_failed_must_pass_question_is_blocked(repo: Repo) -> None:
    repo.params(quiz="bad")
    repo.commit("quiz")
    assert repo.gate("run").code == 0
    found = check(repo, 1)
    assert states(found)["MG401"] == "regressed"


def test_changes_that_were_not_run_are_no_evidence(repo: Repo) -> None:
    repo.params(wrong=9)
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == 2
    assert "were not run" in done.err
    assert "mergegate run" in done.err


def test_predictions_edited_by_hand_are_refused(repo: Repo) -> None:
    repo.params(wrong=9)
    assert repo.gate("run").code == 0
    table = repo.root / "holdout.csv"
    text = table.read_text().replace(",other,", ",on,")
    table.unlink()
    table.write_text(text)
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == 2
    assert not (repo.root / "report/verdict.json").exists()


def test_a_pull_request_that_changes_the_policy_is_judged_by_that_of_base(repo: Repo) -> None:
    repo.write(gate__yaml=GATE.replace("0.01", "0.5"))
    repo.params(wrong=9)
    repo.commit("looser")
    assert repo.gate("run").code == 0
    found = check(repo, 1)
    assert states(found)["MG901"] == "cannot-tell"
    assert states(found)["MG301"] == "regressed"


def test_the_first_pull_request_of_a_repository_is_told_that_there_is_nothing_to_compare(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, policy=None)
    repo.git("switch", "-qc", "topic")
    repo.git("branch", "-q", "-D", "main")
    repo.git("switch", "-q", "--orphan", "main")
    repo.git("checkout", "-q", "topic", "--", ".")
    shutil.move(repo.root / "dvc.lock", tmp_path / "dvc.lock")
    repo.commit("main never ran")
    repo.git("switch", "-qc", "first")
    shutil.move(tmp_path / "dvc.lock", repo.root / "dvc.lock")
    repo.write(gate__yaml=GATE)
    repo.commit("introduce the gate")
    done = repo.gate("check", "--base", "main")
    assert done.code == 0, done.out + done.err
    assert repo.verdict()["bootstrap"] is True
    assert "nothing to compare" in repo.report()


def test_a_base_whose_results_are_gone_blocks_and_says_how_to_heal(repo: Repo, snapshot: SnapshotAssertion) -> None:
    repo.params(wrong=1)
    repo.commit("better")
    assert repo.gate("run").code == 0
    empty = repo.root.parent / "empty"
    empty.mkdir()
    (repo.root / ".dvc/config.local").write_text(f"['remote \"storage\"']\n    url = {empty}\n")
    shutil.rmtree(repo.root / ".dvc/cache")
    found = check(repo, 1)
    assert states(found)["MG001"] == "absent"
    assert unfolded(repo.report()) == snapshot
    assert "main" in repo.report()


def hand_over(repo: Repo, judge: Path) -> tuple[Repo, Path]:
    """What the two workflows do: the pull request's run leaves evidence, the judge is a clone of main."""
    base = repo.git("rev-parse", "origin/main")
    shutil.rmtree(repo.root / "evidence", ignore_errors=True)
    done = repo.gate("run", "--base", base, "--evidence", "evidence")
    assert done.code == 0, done.err
    origin = repo.git("remote", "get-url", "origin")
    return Repo(Path(origin)).clone(judge), repo.root / "evidence"


def test_the_judge_runs_the_candidates_model_again(repo: Repo, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    repo.params(wrong=1)
    repo.commit("better")
    judge, evidence = hand_over(repo, tmp_path / "judge")
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(evidence))
    assert done.code == 0, done.out + done.err
    found = judge.verdict()
    assert states(found)["MG301"] == "improved"
    assert states(found)["MG902"] == "held"
    assert unfolded(judge.report()) == snapshot


def test_the_judge_blocks_predictions_that_are_not_the_models(
    repo: Repo, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    repo.params(wrong=9)
    repo.commit("worse, and forged")
    judge, evidence = hand_over(repo, tmp_path / "judge")
    forge(evidence)
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(evidence))
    assert done.code == 1, done.out + done.err
    assert states(judge.verdict())["MG902"] == "regressed"
    assert unfolded(judge.report()) == snapshot


def forge(evidence: Path) -> None:
    """Copy the right answers into the predictions, and mend the manifest, as a cheat would."""
    manifest = json.loads((evidence / "evidence.json").read_text())
    for file in manifest["files"]:
        path = evidence / file["name"]
        if file["path"] == "holdout.csv":
            lines = path.read_text().splitlines()
            rows = [line.split(",") for line in lines[1:]]
            path.write_text("\n".join([lines[0], *(",".join([r[0], r[1], r[1], *r[3:]]) for r in rows)]) + "\n")
            file["md5"] = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            file["size"] = path.stat().st_size
    (evidence / "evidence.json").write_text(json.dumps(manifest))


def test_a_run_that_failed_is_never_a_verdict(repo: Repo, tmp_path: Path) -> None:
    repo.write(predict__py="raise SystemExit('no such tokeniser')\n")
    repo.commit("crash")
    base = repo.git("rev-parse", "origin/main")
    assert repo.gate("run", "--base", base, "--evidence", "evidence").code == 2
    origin = Repo(Path(repo.git("remote", "get-url", "origin")))
    judge = origin.clone(tmp_path / "judge")
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(repo.root / "evidence"))
    assert done.code == 70
    assert "predict" in done.err
    assert not (judge.root / "report/verdict.json").exists()


def judged(repo: Repo, judge: Path, *, code: int) -> dict[str, object]:
    """Judge what the working tree's commit hands over, with git's word for what it changes."""
    clone, evidence = hand_over(repo, judge)
    clone.git("fetch", "-q", str(repo.root), "HEAD")
    head = repo.git("rev-parse", "HEAD")
    done = clone.gate("check", "--base", "HEAD", "--head", head, "--evidence", str(evidence))
    assert done.code == code, done.out + done.err
    return clone.verdict()


def test_the_judge_asks_git_what_changed_and_not_the_pull_request(repo: Repo, tmp_path: Path) -> None:
    """A hand-over that claims to have changed the prediction code cannot so escape from being run again."""
    repo.params(wrong=9)
    repo.commit("worse, and forged")
    clone, evidence = hand_over(repo, tmp_path / "judge")
    forge(evidence)
    manifest = json.loads((evidence / "evidence.json").read_text())
    for stage in manifest["plan"]:
        stage["reasons"].append(["file", "predict.py", "1", "2"])
    (evidence / "evidence.json").write_text(json.dumps(manifest))
    clone.git("fetch", "-q", str(repo.root), "HEAD")
    head = repo.git("rev-parse", "HEAD")
    done = clone.gate("check", "--base", "HEAD", "--head", head, "--evidence", str(evidence))
    assert done.code == 1, done.out + done.err
    assert states(clone.verdict())["MG902"] == "regressed"


def test_changed_prediction_code_is_told_and_its_claims_are_judged_by_bases_labels(
    repo: Repo, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    text = (repo.root / "predict.py").read_text()
    repo.write(predict__py=text + "# a comment\n")
    repo.commit("comment")
    found = judged(repo, tmp_path / "judge", code=0)
    assert "MG903" not in states(found), "model and table are base's own, so there is nothing to run again"
    repo.write(predict__py=text.replace("number % 50 < int", "number % 50 < 1 + int"))
    repo.commit("slightly worse code")
    found = judged(repo, tmp_path / "judge2", code=1)
    assert states(found)["MG903"] == "absent"
    assert unfolded(Repo(tmp_path / "judge2").report()) == snapshot


def test_a_loosened_policy_is_seen_by_git_even_where_the_hand_over_hides_it(repo: Repo, tmp_path: Path) -> None:
    repo.write(gate__yaml=GATE.replace("0.01", "0.5"))
    repo.commit("looser")
    clone, evidence = hand_over(repo, tmp_path / "judge")
    manifest = json.loads((evidence / "evidence.json").read_text())
    manifest["policy_digest"] = hashlib.sha256(GATE.encode()).hexdigest()
    (evidence / "evidence.json").write_text(json.dumps(manifest))
    clone.git("fetch", "-q", str(repo.root), "HEAD")
    done = clone.gate("check", "--base", "HEAD", "--head", repo.git("rev-parse", "HEAD"), "--evidence", str(evidence))
    assert done.code == 3, done.out + done.err
    assert states(clone.verdict())["MG901"] == "cannot-tell"
