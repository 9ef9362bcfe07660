"""The pull request is the open one whose head is exactly the commit that was run; anything else finds none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.workflows.scripts import Step, run_script
from tests.workflows.stub_github import Fault, GitHub

if TYPE_CHECKING:
    from pathlib import Path

SHA = "a" * 40


def a_pull(**changes: Any) -> dict[str, Any]:
    pull: dict[str, Any] = {
        "number": 7,
        "state": "open",
        "head": {
            "ref": "feature",
            "sha": SHA,
            "user": {"login": "stranger"},
            "repo": {"id": 2, "full_name": "stranger/widget"},
        },
        "base": {"ref": "main", "repo": {"id": 1, "full_name": "acme/widget"}},
    }
    for key, value in changes.items():
        outer, _, inner = key.partition("__")
        if inner:
            pull[outer][inner] = value
        else:
            pull[outer] = value
    return pull


def find(folder: Path, api: dict[str, str], **env: str) -> Step:
    asked = {
        "HEAD_OWNER": "stranger",
        "HEAD_REPOSITORY": "stranger/widget",
        "HEAD_BRANCH": "feature",
        "HEAD_SHA": SHA,
        "BASE_BRANCH": "main",
        **env,
    }
    return run_script("find_pull_request.py", folder, {**api, **asked})


def test_a_fork_s_pull_request_is_found_by_its_head(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """The event names none for a fork."""
    github.pulls.append(a_pull())
    assert find(tmp_path, api).outputs == {"number": "7"}


@pytest.mark.parametrize(
    "pull",
    [
        a_pull(head__sha="b" * 40),
        a_pull(state="closed"),
        a_pull(base__ref="release"),
        a_pull(head__repo={"id": 3, "full_name": "stranger/other"}),
        a_pull(head__repo=None),
        a_pull(base__repo={"id": 9, "full_name": "stranger/widget"}),
    ],
    ids=["pushed since", "closed", "to another branch", "another repository", "fork deleted", "inside the fork"],
)
def test_any_other_pull_request_is_not_the_one(
    github: GitHub, api: dict[str, str], tmp_path: Path, pull: dict[str, Any]
) -> None:
    """Nothing is told to it, and the step is no failure."""
    github.pulls.append(pull)
    step = find(tmp_path, api)
    assert step.exit_code == 0
    assert step.outputs == {"number": ""}


def test_a_branch_name_is_a_value_wherever_it_goes(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Neither the query nor the output can be broken out of."""
    name = 'x&state=all#"$(touch pwned)`;\u00e9'
    github.pulls.append(a_pull(head__ref=name))
    assert find(tmp_path, api, HEAD_BRANCH=name).outputs == {"number": "7"}
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("status", [403, 429, 500, 502])
def test_a_busy_server_is_asked_again(github: GitHub, api: dict[str, str], tmp_path: Path, status: int) -> None:
    """After as long as it asks for."""
    github.pulls.append(a_pull())
    github.faults.append(Fault("GET .*/pulls", status=status, times=2, retry_after=0))
    assert find(tmp_path, api).outputs == {"number": "7"}
    assert [request.status for request in github.requests] == [status, status, 200]


def test_a_server_that_hangs_is_given_up_on(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """And asked again."""
    github.pulls.append(a_pull())
    github.faults.append(Fault("GET .*/pulls", times=1))
    assert find(tmp_path, api, GITHUB_API_SECONDS="1").outputs == {"number": "7"}


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_is_an_error_at_once(github: GitHub, api: dict[str, str], tmp_path: Path, status: int) -> None:
    """The step fails, so no check is created, and a required check that is missing blocks."""
    github.faults.append(Fault("GET .*/pulls", status=status))
    step = find(tmp_path, api)
    assert step.exit_code == 1
    assert step.outputs == {}
    assert len(github.requests) == 1
    assert f"HTTP {status}" in step.log
