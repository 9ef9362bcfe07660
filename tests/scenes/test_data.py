"""`mergegate check` where the data changes: every rule on data passes once and blocks once."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.data_repo import HEADER, TABLES, dvc, lines, make_data_repo, put
from tests.scenes.repo import GATE, Repo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make_data_repo(tmp_path_factory.mktemp("scene"))


def check(repo: Repo, code: int, *args: str) -> dict[str, dict[str, Any]]:
    """The findings on data by rule and subject."""
    done = repo.gate("check", "--base", "origin/main", *args)
    assert done.code == code, done.out + done.err
    found = [one for one in repo.verdict()["findings"] if one["rule"].startswith("MG1")]
    return {f"{one['rule']} {one['subject']}": one for one in found}


def told(repo: Repo) -> str:
    """What the comment shows before anything is opened, and the rows that its findings on data show."""
    report = repo.report()
    top = re.sub(r"\d+ checks held", "N checks held", report.partition("<details>")[0])
    tables = re.findall(r"^phrases [a-z ]+, MG1\d\d\n\n(?:\|.*\n)+", report, flags=re.MULTILINE)
    return "\n".join([top, *tables])


def test_unchanged_data_is_not_even_brought(repo: Repo) -> None:
    repo.write(README__md="hello\n")
    repo.commit("docs")
    found = check(repo, 0)
    assert {key: one["state"] for key, one in found.items()} == dict.fromkeys(
        ("MG102 answers", "MG102 names", "MG102 phrases"), "held"
    )
    assert not (repo.root / "data").exists()


def test_sound_changes_are_told_by_split_and_class_and_merge(repo: Repo, snapshot: SnapshotAssertion) -> None:
    rows = lines()
    changed = [row.replace("thing 7,", "other thing 7,") for row in rows[1:]]
    changed[9] = changed[9].replace(",off,", ",on,")
    put(repo, [*changed, "r5000,off,g9,en,please turn it off,3"])
    repo.write(names__csv="name\nAda\nGrace\nKathleen\n")
    repo.commit("data")
    found = check(repo, 0)
    assert {one["state"] for one in found.values()} == {"held"}
    assert found["MG102 phrases rows"]["said"].startswith(
        "2,000 rows, before 2,000: 1 added (0 held out), 1 removed (1 held out), 1 relabelled (1 held out), 1 edited"
    )
    assert told(repo) == snapshot


def test_everything_that_is_wrong_blocks_and_is_named(repo: Repo, snapshot: SnapshotAssertion) -> None:
    """Schema, limits, drift, texts and a leak, each by its own rule, with rows to look at."""
    rows = [row for row in lines() if not (",de," in row and int(row.split(",")[0][1:]) % 10)]
    rows[5] = rows[5].replace("please", "plÃ¤se")
    rows[6] = "r6,off,g1,xx,\x07,-5"
    rows[7] = "r8,on,g1,en,twice,5"
    rows[9:15] = [row.replace("please", "pl\ufffdse") for row in rows[9:15]]
    put(repo, [f"{row},{'paid' if row.split(',')[1] == 'on' else 'late'}" for row in rows], header=HEADER + ",outcome")
    repo.commit("data")
    found = check(repo, 1)
    blocking = {key for key, one in found.items() if one["blocks"]}
    assert blocking == {
        "MG101 phrases schema",
        "MG102 phrases rows",
        "MG103 phrases distribution of language",
        "MG104 phrases text wrongly decoded",
        "MG105 phrases outcome",
    }
    assert "`language` is none of the allowed values in 1 row" in str(found["MG101 phrases schema"])
    assert told(repo) == snapshot


def test_a_table_that_is_none_is_blocked_and_named(repo: Repo) -> None:
    for text, said in {
        "id,label,language,text,amount\nr1,on,de,hi there,1": "`group` is missing",
        HEADER + ",label\nr1,on,g1,de,hi there,1,on": "`label` stands 2 times",
        HEADER: "it has 0 rows",
        HEADER + "\nr1,on,g1,de,hi there,many\n,on,g1,de,hi there,1": "is no number",
    }.items():
        header, *rows = text.splitlines()
        put(repo, rows, header=header)
        repo.commit("data")
        schema = check(repo, 1)["MG101 phrases schema"]
        assert said in str(schema["said"]) + str(schema["examples"])


def test_a_table_that_is_gone_or_unreadable_is_never_a_pass(repo: Repo) -> None:
    put(repo, lines())
    (repo.root / "data/toy/rows.csv").unlink()
    (repo.root / "data/toy/rows.csv").write_bytes(b"id,label\n\xff\xfe,on\n")
    dvc(repo, "add", "data")
    repo.commit("latin-1")
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == 2, done.out
    assert "cannot be read" in done.err or "UTF-8" in done.err
    repo.git("rm", "-q", "data.dvc")
    shutil.rmtree(repo.root / "data")
    repo.commit("no data")
    assert repo.gate("check", "--base", "origin/main").code == 1
    assert "neither DVC nor git has data/toy/rows.csv" in repo.report()


def test_data_that_base_never_had_passes_once_and_says_so(repo: Repo, tmp_path: Path) -> None:
    repo.git("rm", "-q", "names.csv")
    repo.commit("no names")
    repo.git("switch", "-qc", "first")
    repo.write(names__csv="name\nAda\n")
    repo.commit("names")
    done = repo.gate("check", "--base", "topic")
    assert done.code == 0, done.out + done.err
    [found] = [one for one in repo.verdict()["findings"] if one["rule"] == "MG102" and one["state"] == "absent"]
    assert "never had names.csv" in found["said"]
    assert repo.verdict()["bootstrap"] is False


def test_a_file_that_is_not_what_dvc_tracks_is_no_evidence(repo: Repo) -> None:
    put(repo, lines(1_900))
    table = repo.root / "data/toy/rows.csv"
    table.unlink()
    table.write_text(HEADER + "\n")
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == 2
    assert "dvc add data" in done.err


def hand_over(repo: Repo, judge: Path) -> tuple[Repo, Path, str]:
    base = repo.git("rev-parse", "origin/main")
    assert repo.gate("run", "--base", base, "--evidence", "evidence").code == 0
    clone = Repo(Path(repo.git("remote", "get-url", "origin"))).clone(judge)
    clone.git("fetch", "-q", str(repo.root), "HEAD")
    return clone, repo.root / "evidence", repo.git("rev-parse", "HEAD")


def test_the_judge_believes_only_the_table_that_the_commit_names(repo: Repo, tmp_path: Path) -> None:
    """The pull request's new objects are in nobody's remote: folder and table are proven by the commit's hash."""
    put(repo, [*lines(), "r5000,maybe,g9,en,please turn it off,3"])
    repo.commit("data")
    clone, evidence, head = hand_over(repo, tmp_path / "judge")
    handed = [file["path"] for file in json.loads((evidence / "evidence.json").read_text())["files"]]
    assert [path for path in handed if path.startswith(("data", "names"))] == ["data.dir", "data/toy/rows.csv"]
    args = ("check", "--base", "HEAD", "--head", head, "--evidence", str(evidence))
    assert clone.gate(*args).code == 1
    [schema] = [one for one in clone.verdict()["findings"] if one["rule"] == "MG101"]
    assert schema["blocks"]
    assert "holdout.csv" in handed, "what a stage writes is always handed over, as the lock may be stale"
    same = [one["subject"] for one in clone.verdict()["findings"] if "is the same as base's" in one["said"]]
    assert same == ["answers", "names"]
    forge(evidence, "data/toy/rows.csv")
    done = clone.gate(*args)
    assert done.code == 2
    assert "is not the one that the pull request's commit names" in done.err


def forge(evidence: Path, path: str) -> None:
    """Hand over a cleaner table than the one that would be merged, and mend the manifest."""
    manifest = json.loads((evidence / "evidence.json").read_text())
    for file in manifest["files"]:
        if file["path"] == path:
            target = evidence / file["name"]
            target.write_text(target.read_text().replace(",maybe,", ",on,"))
            file["md5"] = hashlib.md5(target.read_bytes(), usedforsecurity=False).hexdigest()
            file["size"] = target.stat().st_size
    (evidence / "evidence.json").write_text(json.dumps(manifest))


def test_what_a_stage_writes_is_compared_like_any_table(repo: Repo) -> None:
    repo.params(wrong=6)
    repo.commit("worse")
    assert repo.gate("run").code == 0
    found = check(repo, 1)
    assert found["MG102 answers rows"]["said"].startswith("2,000 rows, before 2,000: 40 edited")


def test_the_policy_of_base_sets_the_limits(repo: Repo) -> None:
    repo.write(gate__yaml=GATE + TABLES.replace("removed: 0.1", "removed: 0.9"))
    put(repo, lines(1_500))
    repo.commit("fewer rows, looser limit")
    assert check(repo, 1)["MG102 phrases rows"]["blocks"]
