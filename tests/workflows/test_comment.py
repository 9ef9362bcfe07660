"""One comment of ours, brought up to date in place, and never somebody else's."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.workflows.act import STAND_INS
from tests.workflows.scripts import Step, run_script
from tests.workflows.stub_github import Fault, GitHub

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node
MARK = '![](https://cml.dev/watermark.png#0123abc "CML watermark mergegate")'


def write(folder: Path, api: dict[str, str], text: str = "a report") -> Step:
    (folder / "comment.md").write_text(text, encoding="utf-8")
    node = os.path.dirname(shutil.which("node") or "/usr/bin/node")  # noqa: PTH120
    env = {
        **api,
        "PATH": f"{STAND_INS / 'setup-cml' / 'bin'}:{node}:/usr/bin:/bin",
        "PULL_REQUEST": "7",
        "STAND_IN_LEAKS": str(folder / "leaks.txt"),
    }
    return run_script("write_comment.py", folder, env, "comment.md")


def bodies(github: GitHub) -> list[str]:
    return [comment["body"] for comment in github.comments.get(7, [])]


def methods(github: GitHub) -> list[str]:
    return [request.method for request in github.requests if request.method != "GET"]


def test_the_first_time_a_comment_is_posted_and_then_updated(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    """CML does both."""
    github.comment(7, "Looks good to me", author="ada")
    assert write(tmp_path, api, "first").exit_code == 0
    assert write(tmp_path, api, "second").exit_code == 0
    assert methods(github) == ["POST", "PATCH"]
    assert [body.splitlines()[0] for body in bodies(github)] == ["Looks good to me", "second"]


def test_a_comment_of_somebody_else_that_carries_the_watermark_is_left_alone(
    github: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    """CML alone would edit it."""
    github.comment(7, f"all is well {MARK}", author="mallory")
    assert write(tmp_path, api, "first").exit_code == 0
    assert write(tmp_path, api, "second").exit_code == 0
    github.comment(7, f"all is well {MARK}", author="mallory")
    assert write(tmp_path, api, "third").exit_code == 0
    assert [body.split(" !")[0].splitlines()[0] for body in bodies(github)] == ["all is well", "third", "all is well"]


def test_our_comment_is_found_behind_the_first_page(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """CML alone sees 30 comments and would write another one."""
    for number in range(130):
        github.comment(7, f"comment {number}", author="ada")
    for text in ("first", "second", "third"):
        assert write(tmp_path, api, text).exit_code == 0
    assert len(bodies(github)) == 131
    assert bodies(github)[-1].startswith("third\n")


def test_no_linked_file_leaves_the_machine(github: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """CML's default would upload it, and telemetry would tell of it."""
    (tmp_path / "canary.txt").write_text("secret", encoding="utf-8")
    assert write(tmp_path, api, "see [this](canary.txt) and ![that](canary.txt)").exit_code == 0
    assert not (tmp_path / "leaks.txt").exists()
    assert "[this](canary.txt)" in bodies(github)[0]


@pytest.mark.parametrize("fault", [Fault("GET .*/comments", status=404), Fault("POST .*/comments", status=502)])
def test_a_refusal_is_an_exit_code(github: GitHub, api: dict[str, str], tmp_path: Path, fault: Fault) -> None:
    """The workflow tries again, and tells when all tries were in vain."""
    github.faults.append(fault)
    assert write(tmp_path, api).exit_code == 1
    assert bodies(github) == []
