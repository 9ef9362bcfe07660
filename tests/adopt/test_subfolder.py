"""DVC in a folder below git's top (`dvc init --subdir`): the gate judges it there, and `init` writes what fits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adopt.shapes import SHAPES, build
from tests.scenes.repo import Repo

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent


def nested(folder: Path, *names: str) -> Repo:
    """A repository whose folders `names` are DVC projects with predictions; `root` is the first of them."""
    plain = build(folder / "plain", SHAPES["predictions"])
    shutil.rmtree(plain.root / ".git")
    for name in names:
        shutil.copytree(plain.root, folder / "mono" / name)
    top = Repo(folder / "mono")
    top.git("init", "-q", "-b", "main")
    top.commit("start")
    return Repo(folder / "mono" / names[0])


@pytest.fixture(scope="module")
def mono(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Two projects; `init` was called in the first."""
    repo = nested(tmp_path_factory.mktemp("sub"), "models/cv", "nlp")
    done = repo.gate("init", "--yes", "--owner", "@acme/ml")
    assert done.code == 0, done.err
    return repo


def test_init_writes_the_policy_into_the_project_and_ci_at_the_top(mono: Repo) -> None:
    top = mono.root.parents[1]
    assert (mono.root / "gate.yaml").is_file()
    assert not (top / "gate.yaml").exists()
    assert "/models/cv/gate.yaml  @acme/ml" in (top / ".github/CODEOWNERS").read_text()
    assert "cd models/cv && exec mergegate plan --check" in (top / ".git/hooks/pre-push").read_text()
    for name in ("pull-request", "judge", "main"):
        text = (top / f".github/workflows/mergegate-{name}.yml").read_text()
        assert "    working-directory: models/cv\n" in text
        assert " .github/mergegate/" not in text.replace("run: >-\n", ""), (
            "a script is called from the project's folder"
        )
    for command in (["actionlint"], ["zizmor", "--offline", "--quiet", "--persona", "auditor", ".github"]):
        said = subprocess.run([BIN / command[0], *command[1:]], cwd=top, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
    again = json.loads(mono.gate("init", "--yes", "--json").out)
    assert {one["fate"] for one in again["files"]} <= {"already there", "kept yours"}
    assert [one["path"] for one in again["files"] if one["missing"]] == ["models/cv/.gitignore"]


def test_a_second_project_is_judged_at_home_and_told_why(mono: Repo) -> None:
    top = Repo(mono.root.parents[1])
    done = top.gate("init", "--yes")
    assert (done.code, "`cd models/cv && mergegate init`" in done.err) == (2, True)
    other = Repo(top.root / "nlp")
    done = other.gate("init", "--yes")
    assert done.code == 0, done.err
    assert "CI judges the DVC project in models/cv" in " ".join(done.out.split())
    assert "requirements" not in done.out
    assert (other.root / "gate.yaml").is_file()
    (other.root / "params.yaml").write_text("skill: 0.5\n")
    assert other.gate("run").code == 0
    assert other.gate("check").code == 1
    top.git("restore", "nlp")


def test_the_judge_reads_the_project_s_files_and_sees_what_changes_outside_of_it(mono: Repo, tmp_path: Path) -> None:
    """The owners are those of the top's CODEOWNERS, and a marked line is named as GitHub names it."""
    top = Repo(mono.root.parents[1])
    (top.root / ".github/CODEOWNERS").write_text("/models/cv/dvc.yaml @acme/pipeline\n")
    top.commit("adopt")
    top.git("switch", "-qc", "topic")
    (mono.root / "params.yaml").write_text("skill: 0.5\n")
    dvc = (mono.root / "dvc.yaml").read_text()
    (mono.root / "dvc.yaml").write_text(dvc.replace("deps: [predict.py, model.json]", "deps: [model.json]"))
    (top.root / "README.md").write_text("hi\n")
    assert mono.gate("run").code == 0
    assert mono.gate("check").code == 1
    top.commit("worse")
    done = mono.gate("run", "--base", "main", "--evidence", str(tmp_path / "evidence"))
    assert done.code == 0, done.err
    top.git("switch", "-q", "main")
    evidence = ("--evidence", str(tmp_path / "evidence"), "--out", str(tmp_path / "report"))
    done = mono.gate("check", "--base", "HEAD", "--head", "topic", *evidence)
    assert done.code == 1, done.err
    verdict = json.loads((tmp_path / "report/verdict.json").read_text())
    rules = {one["rule"]: one for one in verdict["findings"]}
    assert rules["MG301"]["blocks"]
    assert "@acme/pipeline own dvc.yaml" in rules["MG910"]["do"]
    files = next(note["rows"] for note in verdict["notes"] if note["title"] == "Files that changed")
    assert {"params.yaml", "../../README.md"} <= {row[0] for row in files}
    assert not [row for row in files if row[0].startswith("report/")], "git never sees the report of an earlier check"
    marked = json.loads((tmp_path / "report/annotations.json").read_text())
    assert "models/cv/params.yaml" in {one["path"] for one in marked}
