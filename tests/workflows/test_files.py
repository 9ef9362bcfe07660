"""What act does not enforce, read from the files: triggers, permissions, pins, scopes, and what the owners guard."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.workflows.refresh_github_schemas import TARGET as SCHEMAS

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = [ROOT / "action.yml", *sorted((ROOT / ".github" / "actions").glob("*/action.yml"))]
WRITERS = {
    ("judge", "publish"): {"contents": "read", "checks": "write", "pull-requests": "write"},
    ("verdict", "publish"): {"contents": "read", "checks": "write", "pull-requests": "write"},
    ("main", "commit"): {"contents": "write"},
    ("main", "register"): {"contents": "write", "pull-requests": "read"},
    ("promote", "promote"): {"contents": "write"},
    ("pages", "publish"): {"pages": "write", "id-token": "write"},
    ("retrain", "propose"): {"contents": "write", "pull-requests": "write"},
}
"""The only jobs that may write anything, with all that they may do."""


CHOSEN = {("pull-request", "evidence"), ("main", "reproduce"), ("retrain", "reproduce")}


def load(name: str) -> dict[str, Any]:
    """A workflow; YAML reads its key `on` as true."""
    loaded = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))
    loaded["on"] = loaded.pop(True)
    return dict(loaded)


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    return [(path.stem, name, job) for path in WORKFLOWS for name, job in load(path.stem)["jobs"].items()]


def steps_of(workflow: str) -> list[dict[str, Any]]:
    return [step for job in load(workflow)["jobs"].values() for step in job["steps"]]


def uses(workflow: str) -> list[str]:
    return [step["uses"].partition("@")[0] for step in steps_of(workflow) if "uses" in step]


def test_all_workflows_are_there() -> None:
    """checks, pull-request, judge, main, promote, retrain and runner exist."""
    assert {"checks", "pull-request", "judge", "main", "promote", "retrain", "runner"} <= {
        path.stem for path in WORKFLOWS
    }


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path: Path) -> None:
    """A tag can be moved to other code; a commit cannot."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.search(r"^\s*(- )?uses:", line)]
    assert lines
    for line in lines:
        assert re.search(r"uses: (\./|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)", line), line


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_expression_is_put_into_a_shell_script(path: Path) -> None:
    """A branch called `$(curl ...)` is a value of the environment, never a piece of a script."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    steps = loaded["runs"]["steps"] if "runs" in loaded else [s for j in loaded["jobs"].values() for s in j["steps"]]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_grants_nothing_and_each_job_what_it_needs(path: Path) -> None:
    """Only the jobs that are named here may write."""
    workflow = load(path.stem)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        granted = job["permissions"]
        if (path.stem, name) in WRITERS:
            assert granted == WRITERS[path.stem, name]
        else:
            assert set(granted.values()) <= {"read"}


@pytest.mark.parametrize(("workflow", "name", "job"), jobs(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_job_has_a_fixed_machine_a_limit_and_bash(workflow: str, name: str, job: dict[str, Any]) -> None:
    """The default shell has no pipefail, `ubuntu-latest` moves, and a hanging job would run for six hours.

    The jobs that run stages may have a machine of their own, which the job before them chooses.
    """
    if (workflow, name) in CHOSEN:
        assert job["needs"] == "machine"
        assert job["runs-on"] == "${{ fromJSON(needs.machine.outputs.runs_on) }}"
        assert job["timeout-minutes"] == "${{ fromJSON(needs.machine.outputs.minutes) }}"
    else:
        assert job["runs-on"] == "ubuntu-24.04"
        assert 0 < job["timeout-minutes"] <= 90
    assert load(workflow)["defaults"]["run"]["shell"] == "bash"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_checkout_leaves_its_token_behind_or_names_a_revision(path: Path) -> None:
    """`ref:` in the judge would be the pull request's code with the judge's rights."""
    checkouts = [step for step in steps_of(path.stem) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    for step in checkouts:
        assert step["with"]["persist-credentials"] is False
        if step["name"] == "Check out the judge":
            assert path.stem == "verdict"
            continue
        assert not {"ref", "repository", "allow-unsafe-pr-checkout"} & set(step["with"])


OWN = {
    "repository": "${{ job.workflow_repository }}",
    "ref": "${{ job.workflow_sha }}",
    "path": ".mergegate",
    "sparse-checkout": ".github/scripts",
    "sparse-checkout-cone-mode": False,
    "persist-credentials": False,
}
"""The scripts of the called workflow's own commit: never the caller's, and never the pull request's."""


def test_the_verdict_for_others_is_the_judge_that_is_tested_here() -> None:
    """Step by step, but for where its scripts lie and who sets up Python: nobody mends one and forgets the other."""
    ours, theirs = load("judge"), load("verdict")
    for name, job in ours["jobs"].items():
        other = theirs["jobs"][name]
        assert {key: value for key, value in other.items() if key != "steps"} == {
            key: value for key, value in job.items() if key != "steps"
        }
        steps = {step["name"]: step for step in other["steps"]}
        assert steps.pop("Check out the judge")["with"] == OWN
        assert [one for one in steps if one not in {"Python", "Locked packages"}] == [
            step["name"] for step in job["steps"] if step["name"] != "Set up"
        ]
        for step in job["steps"]:
            if step["name"] not in {"Set up", "Bring main's storage"}:
                text = json.dumps(step).replace(".github/scripts/", ".mergegate/.github/scripts/")
                assert steps[step["name"]] == json.loads(text)
    assert theirs["env"] == {**ours["env"], "EVIDENCE_WORKFLOW": "${{ inputs.evidence }}"}
    assert set(theirs["on"]) == {"workflow_call"}
    assert "secrets" not in theirs["on"]["workflow_call"]


def test_the_pull_request_s_job_has_nothing_to_steal_and_nothing_to_poison() -> None:
    """It runs strangers' code: it reads the repository, and that is all."""
    workflow = load("pull-request")
    assert workflow["on"] == {"pull_request": {"branches": ["main"]}}
    assert [job["permissions"] for job in workflow["jobs"].values()] == [{"contents": "read"}] * 2
    text = (ROOT / ".github/workflows/pull-request.yml").read_text(encoding="utf-8")
    assert not re.search(r"secrets\.|github\.token|id-token|GITHUB_TOKEN", text)
    assert "actions/cache/restore" in uses("pull-request")
    assert not {"actions/cache", "actions/cache/save"} & set(uses("pull-request"))


def test_a_new_push_cancels_the_run_of_the_old_one() -> None:
    """One run for each pull request."""
    assert load("pull-request")["concurrency"] == {
        "group": "pull-request-${{ github.event.pull_request.number }}",
        "cancel-in-progress": True,
    }


def test_a_push_to_main_never_cancels_the_publishing_of_another() -> None:
    """A half-published remote is worse than a late one."""
    assert load("main")["concurrency"]["cancel-in-progress"] is False


def test_the_judge_is_set_off_by_the_pull_request_s_run_and_by_the_label_alone() -> None:
    """Both triggers take the workflow of main, whatever the pull request makes of the file; a label needs a right."""
    assert load("judge")["on"] == {
        "workflow_run": {"workflows": ["pull-request"], "types": ["completed"]},
        "pull_request_target": {"branches": ["main"], "types": ["labeled", "unlabeled"]},
    }
    assert load("pull-request")["name"] == "pull-request"


def test_the_judge_saves_no_cache() -> None:
    """Its scope is main's, and it has read what a stranger made."""
    assert not {"actions/cache", "actions/cache/save"} & set(uses("judge"))


def test_the_judge_s_jobs_look_at_pull_requests_only() -> None:
    """A run that anything else set off is nobody's to judge."""
    for job in load("judge")["jobs"].values():
        wanted = "github.event.workflow_run.event == 'pull_request' || github.event.label.name == 'mergegate: accept'"
        assert wanted in job["if"]


def test_another_label_cancels_no_judge() -> None:
    """Its event belongs to a group of its own."""
    group = load("judge")["concurrency"]["group"]
    assert "github.event.label.name == 'mergegate: accept'" in group
    assert group.endswith("|| github.run_id }}")


def test_the_label_is_the_same_everywhere() -> None:
    """In the workflow, in the script and in the gate."""
    for file in (".github/workflows/judge.yml", ".github/scripts/acceptance.py", "src/mergegate/facts/waiver.py"):
        assert re.search(r"['\"]mergegate: accept['\"]", (ROOT / file).read_text(encoding="utf-8")), file


def test_publishing_is_never_skipped_for_a_failed_judge() -> None:
    """A required check that is skipped counts as passed."""
    publish = load("judge")["jobs"]["publish"]
    assert publish["needs"] == "judge"
    assert publish["if"].startswith("always() && needs.judge.outputs.run != 'none' && ")


def test_the_check_is_created_before_the_comment_and_always_with_its_conclusion() -> None:
    """A comment that fails changes nothing, and CML's default conclusion is `success`."""
    steps = load("judge")["jobs"]["publish"]["steps"]
    names = [step["name"] for step in steps]
    assert names.index("Create the check") < names.index("Write the comment")
    check = steps[names.index("Create the check")]["run"]
    assert "--title=mergegate" in check
    assert "--status=completed" in check
    assert '--conclusion="$CONCLUSION"' in check


def test_cml_uploads_nothing_and_tells_nobody() -> None:
    """Its default is to publish every linked local file."""
    script = (ROOT / ".github/scripts/write_comment.py").read_text(encoding="utf-8")
    assert '"--publish=false"' in script
    for step in steps_of("judge"):
        if "REPO_TOKEN" in step.get("env", {}):
            assert step["env"]["ITERATIVE_DO_NOT_TRACK"] == "1"


def test_the_token_is_given_to_the_steps_that_call_github_and_to_no_other() -> None:
    """Least of all to the one that reads the hand-over."""
    holders = {
        (workflow, step["name"])
        for workflow in ("judge", "main", "promote", "pull-request", "checks", "retrain", "runner")
        for step in steps_of(workflow)
        if "github.token" in json.dumps(step)
    }
    assert holders == {
        ("judge", "Fetch the evidence"),
        ("judge", "Find the run with the evidence"),
        ("judge", "See whether an owner accepts it"),
        ("main", "See whether an owner accepted it"),
        ("judge", "Find the pull request"),
        ("judge", "Count the attempts"),
        ("judge", "Install CML"),
        ("judge", "Create the check"),
        ("judge", "Mark the lines"),
        ("judge", "Count this attempt"),
        ("judge", "Write the comment"),
        ("main", "Commit and push"),
        ("main", "Register"),
        ("main", "Commit their records and model cards"),
        ("promote", "Promote"),
        ("retrain", "Install CML"),
        ("retrain", "Open the pull request"),
        ("runner", "Wait"),
        ("runner", "Install CML"),
    }


def test_a_machine_is_launched_by_main_alone_for_code_of_this_repository() -> None:
    """Its token and the cloud's credentials are in an environment, and no step but the launch sees them."""
    workflow = load("runner")
    assert workflow["on"] == {
        "workflow_run": {"workflows": ["pull-request", "main", "retrain"], "types": ["requested"]}
    }
    assert "head_repository.full_name == github.repository" in workflow["jobs"]["wait"]["if"]
    assert workflow["jobs"]["launch"]["environment"] == "runner"
    assert [step["name"] for step in steps_of("runner") if "secrets." in json.dumps(step)] == ["Launch"]
    for other in {path.stem for path in WORKFLOWS} - {"runner"}:
        assert "secrets.RUNNER_TOKEN" not in (ROOT / f".github/workflows/{other}.yml").read_text(encoding="utf-8")


def test_a_stranger_s_code_is_given_no_machine_of_ours() -> None:
    (step,) = [step for step in steps_of("pull-request") if step.get("uses") == "./.github/actions/machine"]
    assert step["with"] == {
        "base": "${{ github.event.pull_request.base.sha }}",
        "own": "${{ github.event.pull_request.head.repo.full_name == github.repository }}",
    }


def test_what_reads_a_new_release_may_write_nothing_and_what_opens_the_pull_request_runs_none_of_it() -> None:
    """The release is code of somebody else, which nobody has looked at yet."""
    workflow = load("retrain")
    assert workflow["on"] == {"schedule": [{"cron": "23 4 * * 1"}], "workflow_dispatch": None}
    assert workflow["concurrency"] == {"group": "retrain", "cancel-in-progress": False}
    assert workflow["jobs"]["reproduce"]["permissions"] == {"contents": "read"}
    propose = workflow["jobs"]["propose"]
    assert propose["environment"] == "retrain"
    fetch = next(step for step in propose["steps"] if step.get("uses", "").startswith("actions/download-artifact"))
    assert fetch["with"]["path"] == "build/retrained"
    assert not [step for step in propose["steps"] if "./.github/actions/setup" in step.get("uses", "")]
    for name in ("machine", "reproduce"):
        assert "secrets." not in json.dumps(workflow["jobs"][name])


def test_a_promotion_is_approved_waits_for_the_one_before_it_and_runs_main_s_code() -> None:
    """Its inputs are values of the environment; one that somebody else approved is not cut off half-way."""
    workflow = load("promote")
    job = workflow["jobs"]["promote"]
    assert job["environment"] == "${{ inputs.to }}"
    assert workflow["concurrency"] == {"group": "promote", "cancel-in-progress": False}
    assert job["if"] == "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
    assert {name: one.get("options") for name, one in workflow["on"]["workflow_dispatch"]["inputs"].items()} == {
        "model": ["intent", "loan"],
        "to": ["test", "prod"],
        "version": None,
    }


def test_what_is_registered_is_the_commit_that_has_the_lock() -> None:
    """And where rules kept that commit off main, nothing is registered before it is merged."""
    register = load("main")["jobs"]["register"]
    assert register["needs"] == ["reproduce", "commit"]
    assert "needs.reproduce.outputs.stale != 'true' || needs.commit.outputs.commit != ''" in register["if"]
    assert load("main")["jobs"]["commit"]["outputs"] == {"commit": "${{ steps.commit.outputs.commit }}"}


def test_the_required_job_demands_success_of_every_other() -> None:
    """`always()` alone would pass whatever the others did."""
    workflow = load("checks")
    last = workflow["jobs"]["checks"]
    assert last["if"] == "always()"
    assert set(last["needs"]) == set(workflow["jobs"]) - {"checks"}
    (step,) = last["steps"]
    for need in last["needs"]:
        assert step["env"][need.upper()] == f"${{{{ needs.{need}.result }}}}"
        assert f'test "${need.upper()}" = success' in step["run"]


def ruleset(name: str = "main") -> dict[str, Any]:
    return dict(json.loads((ROOT / "rulesets" / f"{name}.json").read_text(encoding="utf-8")))


def rules() -> dict[str, dict[str, Any]]:
    return {rule["type"]: rule.get("parameters", {}) for rule in ruleset()["rules"]}


@pytest.mark.parametrize("name", ["main", "tags"])
def test_the_rulesets_are_what_github_imports(name: str) -> None:
    """Checked against the body of `POST /repos/{owner}/{repo}/rulesets`."""
    schema = json.loads(SCHEMAS.read_text(encoding="utf-8"))["bodies"]["POST /repos/{owner}/{repo}/rulesets"]
    jsonschema.validate(ruleset(name), schema)


def test_no_tag_of_a_version_or_a_stage_may_be_moved_or_deleted() -> None:
    """`intent@v1.2.0` and `intent#prod#3` stay what they were; a promotion makes a new one."""
    found = ruleset("tags")
    assert (found["target"], found["enforcement"], found["bypass_actors"]) == ("tag", "active", [])
    assert found["conditions"]["ref_name"]["include"] == ["refs/tags/*@v*", "refs/tags/*#*"]
    assert {"update", "deletion"} <= {rule["type"] for rule in found["rules"]}


def test_the_ruleset_lets_nobody_around_the_gate() -> None:
    """Active on the default branch, no bypass, no force-push, no deletion, owners asked."""
    found = ruleset()
    assert found["enforcement"] == "active"
    assert found["bypass_actors"] == []
    assert found["conditions"]["ref_name"] == {"include": ["~DEFAULT_BRANCH"], "exclude": []}
    assert {"deletion", "non_fast_forward"} <= set(rules())
    assert rules()["pull_request"]["require_code_owner_review"] is True


def test_the_required_checks_are_the_ones_that_the_workflows_make() -> None:
    """A name that no workflow makes would wait for ever; checks of any other app do not count."""
    required = rules()["required_status_checks"]["required_status_checks"]
    assert {check["context"] for check in required} == {"mergegate", load("checks")["jobs"]["checks"]["name"]}
    assert {check["integration_id"] for check in required} == {15368}


@pytest.mark.parametrize(
    "path",
    [
        *(
            "gate.yaml",
            "dvc.yaml",
            "data.dvc",
            "data.md5",
            "params.yaml",
            ".dvc/config",
            ".github/workflows/judge.yml",
            ".github/CODEOWNERS",
        ),
        *("rulesets/main.json", "src/mergegate/cli/check.py", "requirements/pipelines.txt", "pyproject.toml"),
        *(".gitattributes", ".gitmodules", ".dvcignore", "Makefile", ".ci/run", "scripts/bring_data.py"),
    ],
)
def test_what_decides_has_an_owner(path: str) -> None:
    """The policy, the workflows, the pipeline, the holdout, the gate and what it is installed from."""
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    patterns = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    assert any(f"/{path}" == pattern or (pattern[-1] == "/" and f"/{path}".startswith(pattern)) for pattern in patterns)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["zizmor", "--offline", "--persona", "auditor", ".github", "tests/workflows/stand_ins"],
        ["actionlint"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions", *map(str, ACTIONS)],
        ["check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"],
        ["yamllint", "--strict", ".github", ".yamllint.yaml"],
        ["shellcheck", *map(str, sorted((ROOT / ".github" / "scripts").glob("*.sh")))],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_the_linters_find_nothing(command: list[str]) -> None:
    """Each of them, as strict as it can be."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
