"""The other ways in: the wheel, the action, pre-commit, GitLab, a terminal; and the commands of docs/adopt.md."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.adopt.shapes import SHAPES, build, start
from tests.adopt.test_init import FILES
from tests.scenes.repo import Repo

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository with predictions, on a branch that makes them worse."""
    repo = build(tmp_path_factory.mktemp("ways") / "Shop", SHAPES["images"])
    repo.git("switch", "-qc", "topic")
    return repo


def test_the_wheel_holds_all_that_init_writes(tmp_path: Path) -> None:
    """Installed from the wheel, it writes what it writes from a checkout."""
    build_it = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build_it, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
    files = {**FILES, "metrics.json": '{"acc": 0.9}'}
    repo = start(tmp_path / "repo", files)
    repo.commit("all")
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    command = [sys.executable, "-c", "import sys, mergegate; print(mergegate.__file__)"]
    where = subprocess.run(command, cwd=repo.root, env=env, check=True, capture_output=True, text=True).stdout
    assert str(tmp_path / "installed") in where
    command = [sys.executable, "-m", "mergegate", "init", "--yes"]
    done = subprocess.run(command, cwd=repo.root, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (repo.root / ".github/workflows/mergegate-judge.yml").is_file()
    for name in ("decide.py", "commit_lock.sh", "git_as_bot.sh"):
        assert (repo.root / ".github/mergegate" / name).read_text() == (ROOT / ".github/scripts" / name).read_text()


def test_the_commands_of_the_page_can_be_called_as_they_stand_there(rows: Repo) -> None:
    page = (ROOT / "docs/adopt.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ mergegate (.+)$", page, flags=re.MULTILINE)
    assert commands[:3] == ["init --yes", "run", "check"]
    for command in commands:
        done = rows.gate(*command.split())
        assert done.code == 0, done.err


def test_the_action_runs_and_says_the_decision(rows: Repo, tmp_path: Path) -> None:
    """Its own scripts, as a runner would start them, on a change that makes the numbers worse."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    scripts = {step["name"]: step["run"] for step in action["runs"]["steps"] if "run" in step}
    if not (rows.root / "gate.yaml").exists():
        assert rows.gate("init", "--yes").code == 0
    rows.commit("adopt")
    (rows.root / "params.yaml").write_text("skill: 0.5\n")
    env = {
        **os.environ, "PYTHONPATH": str(ROOT / "src"), "VENV": str(Path(sys.executable).parents[1]), "LOCK": "",
        "GITHUB_PATH": str(tmp_path / "path"), "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "BASE": "main", "COMMAND": "check",
    }  # fmt: skip
    codes = {}
    for name, script in scripts.items():
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        codes[name] = subprocess.run(bash, cwd=rows.root, env=env, check=False, capture_output=True).returncode
        env["PATH"] = f"{(tmp_path / 'path').read_text().strip()}:{os.environ['PATH']}"
    assert codes == {"Install": 0, "Run": 1}
    assert (tmp_path / "output").read_text() == "decision=block\n"
    assert "from 0.2 to 0.5: 0.3 worse" in (tmp_path / "summary").read_text()


def test_what_nobody_can_find_out_is_asked_at_a_terminal(tmp_path: Path) -> None:
    repo = start(tmp_path / "repo", FILES)
    repo.commit("all")
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "mergegate", "init"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"}
    with subprocess.Popen(command, cwd=repo.root, env=env, stdin=slave, stdout=subprocess.PIPE, text=True) as asked:
        os.write(master, b"lower\ny\n")
        said = asked.communicate(timeout=60)[0]
    os.close(master)
    os.close(slave)
    assert asked.returncode == 0
    assert "foo of metrics.json is 3: higher, lower or [skip]?" in said
    assert "key: foo, better: lower, tolerance: 0.06}" in (repo.root / "gate.yaml").read_text()


def test_the_lines_for_gitlab_are_what_gitlab_reads(tmp_path: Path) -> None:
    text = re.search(r"```yaml\n(.*?)```", (ROOT / "docs/gitlab.md").read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    (tmp_path / ".gitlab-ci.yml").write_text(text[1])
    check = Path(sys.executable).parent / "check-jsonschema"
    command = [str(check), "--builtin-schema", "vendor.gitlab-ci", str(tmp_path / ".gitlab-ci.yml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    judge = yaml.safe_load(text[1])["judge"]["script"]
    assert "cml comment create --publish=false report/report.md" in judge
    assert judge[-1] == 'exit "$code"'


def test_the_hook_for_pre_commit_names_a_command_that_there_is() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "mergegate plan --check"
    assert f"id: {hook['id']}" in (ROOT / "docs/adopt.md").read_text(encoding="utf-8")
