"""GitHub's API fails in every way, at every call of the scripts: nothing that fails becomes a pass, and a comment that
fails changes no check.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.workflows.act import STAND_INS
from tests.workflows.scripts import SCRIPTS, Step, run_script, run_step
from tests.workflows.stub_github import BOT, Fault, GitHub

pytestmark = [pytest.mark.node, pytest.mark.slow]
HEAD, BASE = "a" * 40, "5" * 40
MARK = '![](https://cml.dev/watermark.png#0123abc "CML watermark mergegate")'
WAYS = {
    "403": Fault("", status=403, retry_after=0),
    "429": Fault("", status=429, retry_after=0),
    "500": Fault("", status=500),
    "502": Fault("", status=502),
    "hangs": Fault(""),
    "strange": Fault("", status=200),
}
"""The last answers 200 with JSON that is not what was asked for."""
READS = {
    "find_pull_request": ("GET .*/pulls$", ("find_pull_request.py",)),
    "find_run": ("GET .*/workflows/pull-request.yml/runs", ("find_run.py",)),
    "count_attempts": ("GET .*/comments", ("attempt.py", "read")),
    "acceptance_pull": ("GET .*/pulls/7$", ("acceptance.py", "waiver.json")),
    "acceptance_events": ("GET .*/issues/7/events", ("acceptance.py", "waiver.json")),
    "acceptance_comments": ("GET .*/issues/7/comments", ("acceptance.py", "waiver.json")),
    "acceptance_role": ("GET .*/collaborators/", ("acceptance.py", "waiver.json")),
}
"""What the judge asks: the call that fails, and the step that makes it."""


@pytest.fixture
def step_env(github: GitHub, api: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """What every step of the judge sees; the pull request is open, blocked, and accepted by an owner."""
    repository = {"id": 1, "full_name": "acme/widget"}
    base = {"ref": "main", "sha": BASE, "repo": repository}
    head = {"ref": "topic", "sha": HEAD, "user": {"login": "acme"}, "repo": repository}
    pull = {"number": 7, "state": "open", "user": {"login": "ada"}, "head": head, "base": base}
    github.pulls.append(pull)
    run = {"id": 9, "event": "pull_request", "status": "completed", "conclusion": "success", "head_sha": HEAD}
    github.runs.append({**run, "head_repository": repository, "html_url": "https://github.example/9"})
    github.label(7, "olga")
    github.roles["olga"] = "maintain"
    github.comment(7, f"mergegate: accept {HEAD} we know, and it is worth it", "olga")
    (tmp_path / "event.json").write_text(json.dumps({"label": {"name": "mergegate: accept"}}), encoding="utf-8")
    node = Path(shutil.which("node") or "/usr/bin/node").parent
    return {
        **api,
        "PATH": f"{STAND_INS / 'setup-cml' / 'bin'}:{Path(sys.executable).parent}:{node}:/usr/bin:/bin",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_API_SECONDS": "0.2",
        "GITHUB_API_PAUSE": "0",
        "PATIENTLY_WAIT": "0",
        "PATIENTLY_LIMIT": "2",
        "HEAD_OWNER": "acme",
        "HEAD_BRANCH": "topic",
        "HEAD_SHA": HEAD,
        "HEAD_REPOSITORY": "acme/widget",
        "BASE_BRANCH": "main",
        "PULL_REQUEST": "7",
        "RUN_CONCLUSION": "success",
        "RUN_URL": "https://github.example/run",
        "JUDGE_RESULT": "success",
        "JUDGE_URL": "https://github.example/judge",
    }


def accepted(folder: Path) -> bool:
    """Whether the file that the judge is handed names somebody who accepts."""
    told = json.loads((folder / "waiver.json").read_text(encoding="utf-8"))
    return "by" in told and told["role"] != "none"


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("operation", list(READS))
def test_a_question_that_fails_is_no_answer(
    github: GitHub, step_env: dict[str, str], tmp_path: Path, operation: str, way: str
) -> None:
    """The step fails, so that no check is made and the required one is missing; or nobody is taken to have accepted."""
    matches, (script, *arguments) = READS[operation]
    github.faults.append(replace(WAYS[way], matches=matches))
    step = run_script(script, tmp_path, step_env, *arguments)
    if script == "acceptance.py":
        assert step.exit_code or not accepted(tmp_path), step.log
    else:
        assert step.exit_code, step.log
        assert step.outputs == {}
    assert any(request.status in {int(way) if way.isdigit() else 200, 0, 504} for request in github.requests)


@pytest.mark.parametrize("way", ["429", "502"])
@pytest.mark.parametrize("operation", list(READS))
def test_a_question_that_fails_for_a_while_is_asked_again(
    github: GitHub, step_env: dict[str, str], tmp_path: Path, operation: str, way: str
) -> None:
    """Two failures, then an answer."""
    matches, (script, *arguments) = READS[operation]
    github.faults.append(replace(WAYS[way], matches=matches, times=2))
    step = run_script(script, tmp_path, step_env, *arguments)
    assert step.exit_code == 0, step.log
    assert accepted(tmp_path) if script == "acceptance.py" else step.outputs


def publish(folder: Path, env: dict[str, str], decision: str, exit_code: str) -> dict[str, Step]:
    """The steps of the job `publish`, in their order, each whatever became of the one before it, as the file has it."""
    report = folder / "report"
    report.mkdir(exist_ok=True)
    verdict = {"decision": decision, "unsure_passes": True, "base": {"sha": BASE}, "findings": []}
    (report / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    (report / "report.md").write_text(f"## mergegate: {decision}\n", encoding="utf-8")
    env = {**env, "JUDGE_EXIT_CODE": exit_code, "REPO_TOKEN": "fake-token"}
    decided = run_script("decide.py", folder, env, "report", "comment.md")
    patient = str(SCRIPTS / "patiently.sh")
    create = ["cml", "check", "create", "--title=mergegate", f"--head-sha={HEAD}", "--status=completed"]
    conclusion = f"--conclusion={decided.outputs['conclusion']}"
    checked = run_step([patient, *create, conclusion, "comment.md"], folder, env)
    steps = {"decide": decided, "check": checked}
    steps["count"] = run_script("attempt.py", folder, env, "mark", "report", "comment.md")
    if steps["count"].exit_code == 0:
        write = ["python3", str(SCRIPTS / "write_comment.py"), "comment.md"]
        steps["comment"] = run_step([patient, *write], folder, env)
    return steps


DECISIONS = {"merge": ("0", "success"), "block": ("1", "failure"), "unsure": ("3", "neutral")}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("call", ["GET .*/comments", "POST .*/comments", "PATCH .*/comments"])
def test_a_comment_that_fails_changes_no_check(
    github: GitHub, step_env: dict[str, str], tmp_path: Path, call: str, way: str
) -> None:
    """Whatever was decided is what the check says; and nobody else's comment is touched."""
    if call.startswith("PATCH"):
        github.comment(7, f"an older report {MARK}", BOT)
    decision = list(DECISIONS)[(len(call) + len(way)) % 3]
    exit_code, conclusion = DECISIONS[decision]
    before = [dict(one) for one in github.comments[7]]
    github.faults.append(replace(WAYS[way], matches=call))
    steps = publish(tmp_path, step_env, decision, exit_code)
    assert steps["check"].exit_code == 0, steps["check"].log
    assert github.checks_of(HEAD) == [conclusion]
    assert github.comments[7] == before
    if way != "strange":  # CML believes any answer of 200
        assert steps.get("comment", steps["count"]).exit_code != 0


@pytest.mark.parametrize("way", list(WAYS))
def test_a_check_that_cannot_be_created_is_missing_and_never_a_pass(
    github: GitHub, step_env: dict[str, str], tmp_path: Path, way: str
) -> None:
    """A required check that is missing blocks; the comment is written all the same."""
    github.faults.append(replace(WAYS[way], matches="POST .*/check-runs"))
    steps = publish(tmp_path, step_env, "merge", "0")
    assert github.checks_of(HEAD) == []
    if way != "strange":
        assert steps["check"].exit_code != 0
    assert github.comments[7][-1]["body"].startswith("## mergegate: merge")


@pytest.mark.parametrize("way", ["403", "429", "500", "502", "hangs"])
def test_what_fails_once_is_done_once_in_the_end(
    github: GitHub, step_env: dict[str, str], tmp_path: Path, way: str
) -> None:
    """One check and one comment, not two."""
    github.faults += [
        replace(WAYS[way], matches=call, times=1)
        for call in ("POST .*/check-runs", "GET .*/comments", "POST .*/comments")
    ]
    steps = publish(tmp_path, step_env, "block", "1")
    assert [step.exit_code for step in steps.values()] == [0, 0, 0, 0]
    assert github.checks_of(HEAD) == ["failure"]
    assert len([one for one in github.comments[7] if one["user"]["login"] == BOT]) == 1


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7.0), ("99999", 60.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 2.0), ("-5", 2.0)]
)
def test_the_server_s_time_is_kept_to_and_never_for_long(tmp_path: Path, asked: str, seconds: float) -> None:
    """Retry-After in seconds counts, up to a minute; a date does not, and the next try comes after the usual pause."""
    script = f"import github_api; print(github_api._wait(1, {asked!r}))"
    done = run_step(["python3", "-c", script], tmp_path, {"PYTHONPATH": str(SCRIPTS)})
    assert float(done.log) == seconds
