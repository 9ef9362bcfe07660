"""The split into training and holdout, through `mergegate check` on real repositories of two revisions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from mergegate.split import in_holdout
from tests.scenes.repo import Repo
from tests.scenes.split_repo import PREDICT, SPLIT, TRAIN, as_csv, make_split_repo, rows, told

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make_split_repo(tmp_path_factory.mktemp("split"))


def judged(repo: Repo, code: int) -> dict[str, dict[str, Any]]:
    """Commit, run and check; the findings by rule and subject."""
    repo.commit("change")
    done = repo.gate("run")
    assert done.code == 0, done.err
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    return {f"{one['rule']} {one['subject']}": one for one in repo.verdict()["findings"]}


def test_a_model_that_changes_alone_leaves_the_split_and_nothing_of_it_is_brought(repo: Repo) -> None:
    repo.params(skill=90)
    found = judged(repo, 0)
    assert found["MG204 split"]["state"] == "held"
    assert "base's own" in found["MG204 split"]["said"]
    assert not (repo.root / "train.csv").exists() or "MG205 holdout in training by group" not in found


def test_new_rows_in_new_groups_pass_every_rule_of_the_split(repo: Repo, snapshot: SnapshotAssertion) -> None:
    repo.write(rows__csv=as_csv(rows(range(200))))
    found = judged(repo, 0)
    states = {name: one["state"] for name, one in found.items() if name[:5] in {"MG204", "MG205", "MG206", "MG207"}}
    assert set(states.values()) == {"held"}, states
    assert len(states) == 5
    assert told(repo.report()) == snapshot


def test_a_split_by_row_is_blocked_as_a_leak_and_as_not_the_policys(repo: Repo, snapshot: SnapshotAssertion) -> None:
    """It looks much better: the model knows every group that it is examined on."""
    repo.params(by="id")
    found = judged(repo, 1)
    assert found["MG301 accuracy"]["state"] == "improved"
    assert found["MG204 split"]["state"] == "regressed"
    assert found["MG205 holdout in training by group"]["blocks"]
    assert found["MG205 holdout in training by content"]["blocks"]
    assert told(repo.report()) == snapshot


def test_another_salt_is_a_reset_and_another_share_is_not_the_policys(repo: Repo, snapshot: SnapshotAssertion) -> None:
    repo.params(salt="t")
    found = judged(repo, 1)
    assert {name for name, one in found.items() if one["blocks"]} == {"MG209 split", "MG201 holdout"}
    assert "from `s` to `t`: base's model was trained on" in found["MG209 split"]["said"]
    assert told(repo.report()) == snapshot
    repo.params(salt="s", share="0.15")
    found = judged(repo, 1)
    assert "with a share of 0.1" in found["MG204 split"]["said"]
    assert found["MG207 holdout size"]["state"] == "regressed"
    assert found["MG205 holdout in training by group"]["state"] == "regressed"


def test_what_the_model_changed_is_told_from_what_the_data_changed(repo: Repo, snapshot: SnapshotAssertion) -> None:
    """Harder rows come into the holdout while the model gets better: the score falls, and nothing got worse."""
    hard = [(f"hard-{row[0]}", *row[1:]) for row in rows(range(160, 260))]
    repo.write(rows__csv=as_csv(rows() + hard), train__py=TRAIN.replace('"skill": int', '"skill": 5 + int'))
    found = judged(repo, 0)
    assert "is the data's and" in found["MG303 accuracy, old and new holdout"]["said"]
    assert told(repo.report()) == snapshot


def test_a_predictor_that_cannot_read_the_new_rows_is_said_and_the_common_rows_are_judged(repo: Repo) -> None:
    read = (
        '[{"answer" if key == "label" else key: cell for key, cell in row.items()} for row in csv.DictReader(source)]'
    )
    split = SPLIT.replace("list(csv.DictReader(source))", read).replace('"text", "label"]', '"text", "answer"]')
    repo.write(split__py=split, predict__py=PREDICT.replace('row["label"]', 'row["answer"]'))
    repo.write(rows__csv=as_csv(rows(range(161))))
    found = judged(repo, 0)["MG303 accuracy, old and new holdout"]
    assert found["state"] == "absent"
    assert "the rows that both have are judged: base's code could not run base's model on the new rows" in found["said"]
    assert "the pull request changes predict.py" in found["said"]


def test_rows_that_base_has_wrong_cannot_leave_unseen(repo: Repo, published: Repo, snapshot: SnapshotAssertion) -> None:
    """Of 430 held-out rows 99 are wrong; whoever drops 20 of them, in 20 groups, and no right one, is blocked."""
    lines = [line.split(",") for line in (published.root / "holdout.csv").read_text().splitlines()[1:]]
    wrong = {line[3]: line[0] for line in lines if line[1] != line[2]}
    dropped = set(list(wrong.values())[:20])
    repo.write(rows__csv=as_csv([row for row in rows() if row[0] not in dropped]))
    found = judged(repo, 1)
    assert [name for name, one in found.items() if one["blocks"]] == [
        "MG208 rows that left, by base's model", "MG208 rows that left, by the candidate's model"
    ]  # fmt: skip
    assert told(repo.report()) == snapshot


def test_the_judge_runs_both_models_on_both_holdouts(repo: Repo, tmp_path: Path) -> None:
    """What changed is handed over, what is base's own is not; the claims of a changed holdout are no forgery."""
    repo.write(rows__csv=as_csv(rows(range(200))))
    repo.params(skill=90)
    repo.commit("more rows, better model")
    base = repo.git("rev-parse", "origin/main")
    assert repo.gate("run", "--base", base, "--evidence", "evidence").code == 0
    manifest = json.loads((repo.root / "evidence/evidence.json").read_text())
    assert {file["path"] for file in manifest["files"]} == {"holdout.csv", "held.csv", "train.csv", "model.json"}
    judge = Repo(Path(repo.git("remote", "get-url", "origin"))).clone(tmp_path / "judge")
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(repo.root / "evidence"))
    assert done.code == 0, done.out + done.err
    found = {one["rule"]: one for one in judge.verdict()["findings"]}
    assert found["MG902"]["state"] == "held"
    assert "on 540 rows" in found["MG902"]["said"]
    assert found["MG303"]["examples"][0] == ["accuracy", "old holdout (430 rows)", "new holdout (540 rows)"]
    assert found["MG204"]["state"] == "held"


def test_a_hand_over_names_what_is_bases_own_and_lies_about_nothing_with_it(repo: Repo, tmp_path: Path) -> None:
    repo.params(skill=90)
    repo.commit("better model")
    base = repo.git("rev-parse", "origin/main")
    assert repo.gate("run", "--base", base, "--evidence", "evidence").code == 0
    place = repo.root / "evidence/evidence.json"
    manifest = json.loads(place.read_text())
    assert set(manifest["same"]) == {"held.csv", "train.csv"}
    judge = Repo(Path(repo.git("remote", "get-url", "origin"))).clone(tmp_path / "judge")
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(repo.root / "evidence"))
    assert done.code == 0, done.out + done.err
    manifest["same"]["train.csv"] = "0" * 32
    place.write_text(json.dumps(manifest))
    done = judge.gate("check", "--base", "HEAD", "--evidence", str(repo.root / "evidence"))
    assert done.code == 1, "a table that is neither brought nor base's own is absent, and that blocks"
    assert "train.csv" in judge.report()


def test_near_copies_of_held_out_texts_in_new_training_groups_are_blocked(repo: Repo) -> None:
    """Neither group nor content is the same: a paraphrase under a new name."""
    held = [row for row in rows() if in_holdout(row[1], salt="s", share=0.25)][:40]
    ours = next(name for name in (f"new{n}" for n in range(99)) if not in_holdout(name, salt="s", share=0.25))
    copies = [(f"copy-{key}", ours, f"{text} s", label) for key, _, text, label in held]
    repo.write(rows__csv=as_csv(rows() + copies))
    found = judged(repo, 1)
    assert [name for name, one in found.items() if one["blocks"]] == ["MG206 near-duplicates"]
    assert "40 of 430 held-out texts have a near-duplicate in training" in found["MG206 near-duplicates"]["said"]
    assert found["MG206 near-duplicates"]["examples"][0] == ["held out", "in training", "similarity", "so on base"]


def test_a_split_whose_table_is_no_evidence_is_absent_and_blocks(repo: Repo) -> None:
    split = SPLIT.replace('["id", "group", "text", "label"]', '["id", "group", "words", "label"]')
    split = split.replace("list(csv.DictReader(source))", '[{**row, "words": "x"} for row in csv.DictReader(source)]')
    repo.write(split__py=split.replace('lineterminator="\\n")', 'extrasaction="ignore", lineterminator="\\n")'))
    found = judged(repo, 1)
    absent = next(one for name, one in found.items() if name.startswith("MG002 train.csv"))
    assert (absent["state"], absent["blocks"]) == ("absent", True)
    assert "has no column `text`" in absent["said"]
