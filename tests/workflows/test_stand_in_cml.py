"""The stand-in of `cml` keeps to what CML 0.20.6 does, its surprises included: they are what the workflows avoid."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.workflows.act import STAND_INS
from tests.workflows.scripts import Step, run_step

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflows.stub_github import GitHub

pytestmark = pytest.mark.node
SHA = "c" * 40


def cml(folder: Path, api: dict[str, str], *arguments: str, **env: str) -> Step:
    node = os.path.dirname(shutil.which("node") or "/usr/bin/node")  # noqa: PTH120
    (folder / "report.md").write_text("see [a file](canary.txt)", encoding="utf-8")
    (folder / "canary.txt").write_text("secret", encoding="utf-8")
    told = {**api, "PATH": f"{node}:/usr/bin:/bin", "STAND_IN_LEAKS": str(folder / "leaks.txt"), **env}
    told = {name: value for name, value in told.items() if value}
    return run_step([str(STAND_INS / "setup-cml" / "bin" / "cml"), *arguments, "report.md"], folder, told)


def test_a_check_is_a_success_unless_it_is_told_otherwise(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Which is why the workflow always tells it."""
    assert cml(tmp_path, api, "check", "create", f"--head-sha={SHA}", "--title=gate").exit_code == 0
    assert github.checks_of(SHA, "gate") == ["success"]


def test_a_check_takes_its_conclusion_and_its_commit(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """As the workflow gives them."""
    done = cml(tmp_path, api, "check", "create", "--title=gate", f"--head-sha={SHA}", "--conclusion=failure")
    assert done.exit_code == 0
    assert github.checks_of(SHA, "gate") == ["failure"]


@pytest.mark.parametrize("conclusion", ["", "fine", "action_required"])
def test_a_conclusion_that_cml_does_not_know_is_refused(
    github: GitHub, api: dict[str, str], tmp_path: Path, conclusion: str
) -> None:
    """Also an empty one: only where the option is missing is the default taken."""
    assert cml(tmp_path, api, "check", "create", f"--head-sha={SHA}", f"--conclusion={conclusion}").exit_code == 1
    assert github.checks == []


def test_linked_files_are_published_by_default(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Which is why the workflow says `--publish=false`."""
    assert cml(tmp_path, api, "comment", "update", "--target=pr/7").exit_code == 0
    assert "upload" in (tmp_path / "leaks.txt").read_text(encoding="utf-8")
    assert "asset.cml.dev" in github.comments[7][0]["body"]


def test_only_the_first_thirty_comments_are_seen(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """So the second update is a second comment."""
    for number in range(30):
        github.comment(7, f"comment {number}", author="ada")
    for _ in range(2):
        assert cml(tmp_path, api, "comment", "update", "--target=pr/7", "--watermark-title=gate").exit_code == 0
    assert len(github.comments[7]) == 32


def test_a_body_that_is_too_long_is_refused(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """65,536 characters."""
    github.comment(7, "x")
    done = cml(tmp_path, api, "comment", "update", "--target=pr/7", f"--watermark-title={'x' * 70_000}")
    assert done.exit_code == 1
    assert "too long" in done.log


def test_the_token_is_repo_token_and_then_github_token(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """And none at all is an error."""
    for env, code in (
        ({"GITHUB_TOKEN": "", "REPO_TOKEN": "one"}, 0),
        ({"GITHUB_TOKEN": "two"}, 0),
        ({"GITHUB_TOKEN": ""}, 1),
    ):
        assert cml(tmp_path, api, "comment", "create", "--target=pr/7", **env).exit_code == code


def test_without_a_target_the_pull_request_is_not_found(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Under `workflow_run` CML would write to the commit."""
    assert cml(tmp_path, api, "comment", "update", GITHUB_EVENT_NAME="workflow_run").exit_code == 1


def test_telemetry_is_sent_unless_it_is_forbidden(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """The workflow forbids it."""
    cml(tmp_path, api, "comment", "create", "--target=pr/7", "--publish=false")
    assert not (tmp_path / "leaks.txt").exists()
    cml(tmp_path, api, "comment", "create", "--target=pr/7", "--publish=false", ITERATIVE_DO_NOT_TRACK="")
    assert (tmp_path / "leaks.txt").read_text(encoding="utf-8") == "telemetry\n"
