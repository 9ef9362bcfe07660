"""What `mergegate init` keeps, shows and refuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from mergegate.adopt.place import put
from mergegate.errors import SurroundingsError
from mergegate.facts.adoption import Draft, Fate, Placed
from tests.adopt.shapes import start
from tests.scenes.repo import Repo
from tests.workflows.refresh_github_schemas import TARGET as SCHEMAS

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DVC = "stages:\n  evaluate:\n    cmd: python evaluate.py\n    metrics:\n      - metrics.json: {cache: false}\n"
METRICS = {"metrics.json": '{"acc": 0.9, "foo": 3, "n_rows": 10, "fit_seconds": 2}', "dvc.yaml": DVC}
FILES = METRICS | {"evaluate.py": "open('metrics.json', 'w').write('{}')\n"}


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    repo = start(folder / "repo", files)
    repo.commit("all")
    return repo


def fates(repo: Repo, *args: str) -> dict[str, str]:
    done = repo.gate("init", "--json", *args)
    assert done.code == 0, done.err
    return {one["path"]: one["fate"] for one in json.loads(done.out)["files"]}


def test_a_dry_run_shows_the_policy_and_writes_nothing(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, FILES)
    done = repo.gate("init", "--dry-run")
    assert done.code == 0, done.err
    assert "would write gate.yaml" in done.out
    assert "- {file: metrics.json, key: acc, better: higher, tolerance: 0.01}  # GUESSED; it is 0.9" in done.out
    assert "# - {file: metrics.json, key: foo, better: ?, tolerance: 0.06}  # it is 3; which way is better?" in done.out
    assert "n_rows of metrics.json (counts something" in done.out
    assert "never ran" in done.out
    assert repo.git("status", "--porcelain") == ""
    assert max(len(line) for line in done.out.split("gate.yaml:")[0].splitlines()) <= 80


def test_without_a_terminal_it_wants_to_be_told_whether_to_write(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, FILES)
    done = repo.gate("init")
    assert (done.code, "--yes" in done.err) == (2, True)


def test_what_is_there_is_kept_and_its_missing_lines_are_shown(tmp_path: Path) -> None:
    theirs = {
        ".github/CODEOWNERS": "* @acme/ml\n",
        "gate.yaml": "version: 1\nmetrics: [{file: metrics.json, key: acc, better: lower}]\n",
        ".gitignore": "/report/\n/evidence/\n",
        ".github/workflows/mergegate-main.yml": "name: mine\n",
        ".pre-commit-config.yaml": "repos: []\n",
    }
    repo = repo_of(tmp_path, FILES | theirs)
    (repo.root / ".gitignore").write_text(theirs[".gitignore"] + "/more\n")
    done = repo.gate("init", "--yes")
    assert done.code == 0, done.err
    for name, text in theirs.items():
        assert (repo.root / name).read_text().startswith(text), name
    assert "kept yours  .github/CODEOWNERS" in done.out
    assert "+ /gate.yaml  @acme/ml" in done.out, "whoever owns everything already owns the gate, too"
    assert "kept yours  gate.yaml" in done.out
    assert "as it is    .gitignore" in done.out
    assert "pre-commit looks after the hooks" in done.out
    assert not (repo.root / ".git/hooks/pre-push").exists()


def test_nobody_is_made_an_owner_by_guessing(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, FILES)
    done = repo.gate("init", "--yes")
    owners = (repo.root / ".github/CODEOWNERS").read_text()
    assert "@YOUR-ORGANISATION/YOUR-TEAM" in owners
    assert "t@example.org" not in owners
    assert "commits are by t <t@example.org>" in " ".join(done.out.split())
    assert set(fates(repo, "--owner", "@acme/ml").values()) == {"already there", "kept yours"}
    (repo.root / ".github/CODEOWNERS").write_text(owners.replace("@YOUR-ORGANISATION/YOUR-TEAM", "@acme/ml"))
    assert fates(repo)[".github/CODEOWNERS"] == "already there", "it reads who owns the gate"


@pytest.mark.parametrize("storage", [False, True])
def test_what_it_writes_passes_every_checker_and_is_pinned(tmp_path: Path, storage: bool) -> None:
    """actionlint, zizmor at its strictest and our own lint; with DVC's remote in the repository and without one."""
    repo = repo_of(tmp_path, FILES | {"params.yaml": "a: 1\n"})
    if storage:
        with (repo.root / ".dvc/config").open("a") as config:
            config.write("    remote = here\n['remote \"here\"']\n    url = ../.storage\n    verify = true\n")
    done = repo.gate("init", "--yes", "--owner", "@acme/ml")
    assert done.code == 0, done.err
    for command in (["actionlint"], ["zizmor", "--offline", "--quiet", "--persona", "auditor", ".github"]):
        said = subprocess.run(
            [BIN / command[0], *command[1:]], cwd=repo.root, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stdout + said.stderr
    lint = repo.gate("lint")
    assert lint.code == 0, lint.out
    flows = {path.name: path.read_text() for path in (repo.root / ".github/workflows").iterdir()}
    assert set(flows) == {"mergegate-judge.yml", "mergegate-main.yml", "mergegate-pull-request.yml"}
    assert all(("dvc-storage-" in text) == storage for text in flows.values())
    assert all(yaml.safe_load(text)["permissions"] == {} for text in flows.values())
    assert "GIT_" not in (repo.root / "requirements/mergegate.in").read_text()
    ruleset = json.loads((repo.root / ".github/rulesets/mergegate.json").read_text())
    assert ruleset["enforcement"] == "active"
    body = json.loads(SCHEMAS.read_text(encoding="utf-8"))["bodies"]["POST /repos/{owner}/{repo}/rulesets"]
    jsonschema.validate(ruleset, body)


def test_the_judge_it_writes_is_the_judge_that_is_tested_here(tmp_path: Path) -> None:
    """But for names and places."""
    repo = repo_of(tmp_path, FILES)
    with (repo.root / ".dvc/config").open("a") as config:
        config.write("    remote = here\n['remote \"here\"']\n    url = ../.storage\n")
    assert repo.gate("init", "--yes").code == 0
    judge = ".github/workflows/mergegate-judge.yml"
    theirs = yaml.safe_load((repo.root / judge).read_text())
    ours = yaml.safe_load((ROOT / ".github/workflows/judge.yml").read_text())
    assert theirs[True]["workflow_run"]["workflows"] == ["mergegate-pull-request"]
    for name, job in ours["jobs"].items():
        assert [step["name"] for step in theirs["jobs"][name]["steps"]] == [step["name"] for step in job["steps"]]
        assert theirs["jobs"][name]["permissions"] == job["permissions"]
    called = set(re.findall(r"[.]github/mergegate/(\w+[.]\w+)", (repo.root / judge).read_text()))
    assert called >= {"decide.py", "find_run.py"}
    there = {path.name for path in (repo.root / ".github/mergegate").iterdir()}
    assert called | {"github_api.py", "git_as_bot.sh"} <= there
    assert not {"launch_machine.py", "retrain_due.py"} & there
    for script in (repo.root / ".github/mergegate").iterdir():
        assert script.read_text() == (ROOT / ".github/scripts" / script.name).read_text()


BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "no stage": ({"README.md": "hi\n"}, "there is no stage"),
    "broken yaml": ({"dvc.yaml": "stages: [\n"}, "dvc.yaml"),
    "a stage of DVC 2": (
        {"dvc.yaml": "stages: {a: {cmd: x, live: {dvclive: {html: true}}}}\n"},
        "DVC 3 has no `live`",
    ),
    "a stage without a command": ({"dvc.yaml": "stages: {a: {deps: [x]}}\n"}, "dvc.yaml"),
    "nothing to judge": (
        {"dvc.yaml": DVC, "metrics.json": '{"step": 3, "rows": 10}'},
        "nothing here can be judged yet",
    ),
    "metrics that are none": ({"dvc.yaml": DVC, "metrics.json": '{"acc": '}, "it is no JSON"),
}


@pytest.mark.parametrize("files", [pytest.param(one, id=name) for name, one in BROKEN.items()])
def test_what_is_missing_is_said_in_plain_words(tmp_path: Path, files: tuple[dict[str, str], str]) -> None:
    repo = repo_of(tmp_path, files[0])
    done = repo.gate("init", "--yes")
    assert done.code == 2
    assert files[1] in done.err
    assert "do:" in done.err
    assert not (repo.root / "gate.yaml").exists()


def test_a_folder_that_is_no_repository_or_has_no_dvc_is_told_what_comes_first(tmp_path: Path) -> None:
    bare = Repo(tmp_path)
    done = bare.gate("init", "--yes")
    assert (done.code, "in no git repository" in done.err) == (2, True)
    bare.git("init", "-q", "-b", "main")
    done = bare.gate("init", "--yes")
    assert (done.code, "no commit yet" in done.err) == (2, True)
    bare.write(README__md="hi\n")
    bare.commit("first")
    done = bare.gate("init", "--yes")
    assert (done.code, "`dvc init`" in done.err) == (2, True)
    (tmp_path / "models/.dvc").mkdir(parents=True)
    done = bare.gate("init", "--yes")
    assert (done.code, "DVC starts in models" in done.err) == (2, True)


def test_numbers_that_dvclive_wrote_without_a_pipeline_are_judged_as_they_were_committed(tmp_path: Path) -> None:
    """From a notebook: `dvclive/dvc.yaml` names metrics and plots, and there is no stage."""
    live = {
        "dvclive/dvc.yaml": "params:\n- params.yaml\nmetrics:\n- metrics.json\nplots:\n- plots/metrics:\n    x: step\n",
        "dvclive/params.yaml": "epochs: 3\n",
        "dvclive/metrics.json": '{"step": 3, "train": {"acc": 0.99}, "val": {"acc": 0.9}}',
        "dvclive/plots/metrics/val/acc.tsv": "step\tacc\n0\t0.1\n3\t0.9\n",
    }
    repo = repo_of(tmp_path, live)
    done = repo.gate("init", "--yes")
    assert done.code == 0, done.err
    assert "what somebody committed" in done.out
    assert "file: dvclive/metrics.json, key: val.acc, better: higher" in (repo.root / "gate.yaml").read_text()
    (repo.root / "dvclive/metrics.json").write_text('{"step": 3, "train": {"acc": 0.99}, "val": {"acc": 0.7}}')
    assert repo.gate("check").code == 1


def test_a_lock_that_is_stale_on_main_is_told_before_the_gate_begins(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, FILES | {"evaluate.py": "open('metrics.json', 'w').write('{\"acc\": 0.9}')\n"})
    assert repo.gate("run").code == 0
    assert "would run again" not in repo.gate("init", "--dry-run").out
    (repo.root / "dvc.yaml").write_text(DVC.replace("evaluate.py\n", "evaluate.py  2\n"))
    assert "evaluate would run again: call `mergegate run` on main once" in repo.gate("init", "--dry-run").out


def test_names_that_would_break_out_of_a_comment_stay_in_their_line(tmp_path: Path) -> None:
    odd = "x\ny: 1\u2028z\u0085"
    repo = repo_of(tmp_path, FILES | {"metrics.json": json.dumps({f"acc {odd}": 0.5, odd: 3})})
    assert repo.gate("init", "--yes").code == 0
    policy = yaml.safe_load((repo.root / "gate.yaml").read_text())
    assert [one["key"] for one in policy["metrics"]] == [f"acc {odd}"]


def test_results_that_are_not_on_this_machine_are_asked_for(tmp_path: Path) -> None:
    files = {"dvc.yaml": DVC.replace(": {cache: false}", ""), "evaluate.py": ""}
    repo = start(tmp_path / "repo", files, ("/metrics.json",))
    repo.commit("code")
    (repo.root / "evaluate.py").write_text("open('metrics.json', 'w').write('{\"acc\": 0.5}')\n")
    assert repo.gate("run").code == 0
    (repo.root / "metrics.json").unlink()
    assert repo.gate("init", "--dry-run").code == 0, "DVC's cache has it"
    shutil.rmtree(repo.root / ".dvc/cache")
    done = repo.gate("init", "--yes")
    assert (done.code, "`dvc pull metrics.json`" in done.err) == (2, True)


def test_a_fresh_clone_whose_metrics_lie_in_a_folder_that_dvc_keeps_is_told_what_to_pull(tmp_path: Path) -> None:
    """As example-get-started is cloned: neither metrics nor plots are there."""
    stage = DVC.replace("    metrics:\n      - metrics.json: {cache: false}\n", "    outs: [eval]\n")
    top = "metrics: [eval/metrics.json]\nplots: [eval/roc.json, eval/loss.csv]\n"
    code = "import os\nos.mkdir('eval')\nopen('eval/metrics.json', 'w').write('{\"acc\": 0.9}')\n"
    repo = start(tmp_path / "repo", {"dvc.yaml": stage + top, "evaluate.py": code}, ("/eval",))
    repo.commit("code")
    assert repo.gate("run").code == 0
    shutil.rmtree(repo.root / "eval")
    done = repo.gate("init", "--yes")
    assert done.code == 2
    assert done.err.count("`dvc pull eval`") == 1
    assert "bring what the stages wrote" in done.err


def test_names_stay_names_in_workflows_owners_and_the_ruleset(tmp_path: Path) -> None:
    """A branch is no list, an owner no line, and a folder no command."""
    repo = repo_of(tmp_path, FILES)
    repo.git("branch", "-m", 'v1,"x"')
    assert repo.gate("init", "--yes").code == 0
    flows = [yaml.safe_load(path.read_text()) for path in sorted((repo.root / ".github/workflows").iterdir())]
    found = [flow[True].get(event, {}).get("branches") for flow in flows for event in ("push", "pull_request")]
    assert [one for one in found if one] == [['v1,"x"'], ['v1,"x"']]
    assert flows[0][True]["pull_request_target"]["branches"] == ['v1,"x"']
    assert json.loads((repo.root / ".github/rulesets/mergegate.json").read_text())["name"].startswith('v1,"x"')
    for owner in ("@a/b\n* @evil", "somebody", " "):
        done = repo.gate("init", "--yes", "--owner", owner)
        assert (done.code, "is no owner" in done.err) == (2, True)
    (repo.root / "a b/.dvc").mkdir(parents=True)
    done = Repo(repo.root / "a b").gate("init", "--yes")
    assert (done.code, "call it by letters" in done.err) == (2, True)


def test_where_one_file_cannot_be_written_or_a_policy_of_theirs_is_wrong_nothing_is(tmp_path: Path) -> None:
    """Not half an adoption, and nothing outside of the repository."""
    repo = repo_of(tmp_path, FILES)
    (repo.root / ".github").write_text("a file\n")
    done = repo.gate("init", "--yes")
    assert (done.code, ".github is no folder" in done.err) == (70, True)
    (repo.root / ".github").unlink()
    (tmp_path / "elsewhere").mkdir()
    (repo.root / ".github").symlink_to(tmp_path / "elsewhere")
    done = repo.gate("init", "--yes")
    assert (done.code, "leads out of the repository" in done.err) == (70, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    (repo.root / ".github").unlink()
    (repo.root / "gate.yaml").write_text("version: 1\nmodel: {}\n")
    done = repo.gate("init", "--yes")
    assert (done.code, "gate.yaml:2: model" in done.err) == (2, True)
    assert repo.gate("init", "--dry-run").code == 0, "what would be proposed is shown all the same"
    assert repo.git("status", "--porcelain") == "?? gate.yaml"
    (repo.root / "gate.yaml").unlink()
    (repo.root / "gate.yaml").symlink_to("nowhere")
    done = repo.gate("init", "--yes")
    assert (done.code, "is no file" in done.err) == (2, True)


def test_a_disk_that_fills_up_midway_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "b"
    placed = [Placed(Draft("a", "1"), Fate.WRITTEN), Placed(Draft("b/c", "2"), Fate.WRITTEN)]
    taken.write_text("a file where a folder is wanted\n")
    with pytest.raises(SurroundingsError):
        put(tmp_path, placed)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_metrics_that_hold_no_number_are_named(tmp_path: Path) -> None:
    """NaN and infinity are none, nor is a text."""
    repo = repo_of(tmp_path, FILES | {"metrics.json": '{"acc": NaN, "loss": Infinity, "f1": "0.5"}'})
    done = repo.gate("init", "--yes")
    assert (done.code, "metrics.json holds no finite number" in done.err) == (2, True)
