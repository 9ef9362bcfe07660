"""Who accepts what got worse is asked of GitHub, and whatever is not quite right is no acceptance and says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflows.scripts import run_script
from tests.workflows.stub_github import Fault, GitHub

from mergegate.errors import UseError
from mergegate.facts.waiver import Acceptance
from mergegate.read.waiver import read_acceptance

if TYPE_CHECKING:
    from pathlib import Path

HEAD, OTHER = "a" * 40, "b" * 40
REASON = "French gains more than German loses"
SAID = f"mergegate: accept {HEAD} {REASON}"


@pytest.fixture
def pull(github: GitHub) -> GitHub:
    """Pull request 7 by mallory; olga maintains the repository, walter writes to it."""
    repo = {"id": 1, "full_name": "acme/widget"}
    github.pulls.append(
        {"number": 7, "state": "open", "user": {"login": "mallory"}, "head": {"sha": HEAD, "repo": repo}}
    )
    github.roles |= {"olga": "maintain", "walter": "write", "mallory": "write", "sam": "security champion"}
    return github


def ask(folder: Path, api: dict[str, str], *args: str, **env: str) -> Acceptance:
    """What the script wrote, through the schema that `mergegate check` reads it with."""
    asked = {**api, "PULL_REQUEST": "7", "HEAD_SHA": HEAD, **env}
    done = run_script("acceptance.py", folder, asked, "waiver.json", *args)
    assert done.exit_code == 0, done.log
    return read_acceptance(folder / "waiver.json")


def test_an_owner_s_label_with_their_reason_for_this_commit_is_an_acceptance(
    pull: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    pull.comment(7, SAID, "olga")
    pull.label(7, "olga")
    found = ask(tmp_path, api)
    assert (found.asked, found.missing, found.by, found.role, found.author) == (True, "", "olga", "maintain", "mallory")
    assert (found.reason, found.head, found.at) == (REASON, HEAD, "2026-11-22T05:00:00Z")
    assert found.where.endswith("/pull/7#issuecomment-1001")


def test_a_line_that_was_copied_from_a_page_is_read_as_it_is_seen(
    pull: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    pull.comment(7, f"mergegate: accept `{HEAD[:6]}\u200b{HEAD[6:]}` {REASON}", "olga")
    pull.label(7, "olga")
    assert ask(tmp_path, api).reason == REASON


def test_without_the_label_nobody_asked_whatever_was_written(pull: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    pull.comment(7, SAID, "olga")
    assert not ask(tmp_path, api).asked
    pull.label(7, "olga")
    pull.label(7, "mallory", on=False)
    assert not ask(tmp_path, api).asked
    assert not ask(tmp_path, api, PULL_REQUEST="").asked


@pytest.mark.parametrize(
    ("body", "writer", "said"),
    [
        ("", "olga", "gave no reason: no comment of theirs"),
        (SAID, "mallory", "gave no reason: no comment of theirs"),
        (f"> {SAID}", "olga", "gave no reason: no comment of theirs"),
        (f"mergegate: accept {REASON}", "olga", "names no commit"),
        (f"mergegate: accept {HEAD[:12]} {REASON}", "olga", "names no commit"),
        (f"mergegate: accept {OTHER} {REASON}", "olga", "accepted commit bbbbbbbbbbbb, and the head is aaaaaaaaaaaa"),
        (f"mergegate: accept {HEAD}", "olga", "gave no reason of at least 10 characters"),
        (f"mergegate: accept {HEAD} ok \n\n .", "olga", "gave no reason of at least 10 characters"),
    ],
)  # fmt: skip
def test_a_label_without_a_reason_for_this_commit_is_none(
    pull: GitHub, api: dict[str, str], tmp_path: Path, body: str, writer: str, said: str
) -> None:
    pull.comment(7, body, writer)
    pull.label(7, "olga")
    found = ask(tmp_path, api)
    assert found.asked
    assert said in found.missing
    assert (found.by, found.reason) == ("", "")


def test_an_edited_comment_is_nobody_s_word(pull: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Whoever may write to a repository may edit what others wrote there, under their names."""
    pull.comment(7, SAID, "olga")["updated_at"] = "2026-11-22T06:00:00Z"
    pull.label(7, "olga")
    assert "was edited" in ask(tmp_path, api).missing
    pull.comment(7, SAID, "olga")
    assert ask(tmp_path, api).missing == ""


def test_the_last_to_put_the_label_is_who_accepts(pull: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Taken off and put again by somebody else, it is that person's."""
    pull.comment(7, SAID, "olga")
    pull.label(7, "olga")
    pull.label(7, "olga", on=False)
    pull.label(7, "mallory")
    assert "mallory put the label and gave no reason" in ask(tmp_path, api).missing


def test_a_bot_s_label_is_nobody_s(pull: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    pull.comment(7, SAID, "helper[bot]")
    pull.label(7, "helper[bot]")
    assert "is no person" in ask(tmp_path, api).missing


def test_a_label_that_nobody_is_known_to_have_put_is_none(pull: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    """Its account was deleted, or the event is missing."""
    pull.comment(7, SAID, "olga")
    pull.labels[7] = ["mergegate: accept"]
    assert "nobody can tell who put the label" in ask(tmp_path, api).missing
    pull.label(7, "olga")
    pull.events[7][0]["actor"] = None
    assert "nobody can tell who put the label" in ask(tmp_path, api).missing


def test_roles_are_as_github_names_them_and_a_made_up_one_counts_as_its_base(
    pull: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    for login, role in (("walter", "write"), ("stranger", "read"), ("sam", "write")):
        pull.comment(7, SAID, login)
        pull.label(7, login)
        assert ask(tmp_path, api).role == role


def test_a_label_far_down_a_long_history_is_found(pull: GitHub, api: dict[str, str], tmp_path: Path) -> None:
    pull.events[7] = [{"event": "mentioned", "actor": {"login": "x"}} for _ in range(250)]
    for number in range(120):
        pull.comment(7, f"thought {number}", "mallory")
    pull.comment(7, SAID, "olga")
    pull.label(7, "olga")
    assert ask(tmp_path, api).by == "olga"


@pytest.mark.parametrize("gone", ["/pulls/7", "/issues/7/events", "/issues/7/comments", "/collaborators/olga"])
def test_where_github_does_not_answer_nothing_is_accepted_and_the_report_can_say_so(
    pull: GitHub, api: dict[str, str], tmp_path: Path, gone: str
) -> None:
    pull.comment(7, SAID, "olga")
    pull.label(7, "olga")
    pull.faults.append(Fault(gone, status=404))
    found = ask(tmp_path, api)
    assert found.asked
    assert "GitHub did not say who accepts" in found.missing


def test_after_the_merge_the_same_is_read_of_the_pull_request_that_was_merged(
    pull: GitHub, api: dict[str, str], tmp_path: Path
) -> None:
    merge: dict[str, Any] = {"merged_at": "2026-11-22T06:00:00Z", "merge_commit_sha": api["GITHUB_SHA"]}
    pull.comment(7, SAID, "olga")
    pull.label(7, "olga")
    assert not ask(tmp_path, api, "merged").asked, "a push that merged nothing"
    pull.pulls[0] |= merge | {"state": "closed"}
    assert ask(tmp_path, api, "merged").reason == REASON


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Invalid JSON"),
        ('{"schema_version": 1, "asked": true}', "names the commit, the author, who accepts and the reason"),
        ('{"schema_version": 1, "role": "owner"}', "role"),
        ('{"schema_version": 1, "surprise": 1}', "surprise"),
        (json.dumps({"schema_version": 1, "where": "javascript:alert(1)"}), "where"),
        (" " * 30_000, "larger than"),
    ],
)
def test_a_file_that_the_script_did_not_write_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "waiver.json"
    file.write_text(content, "utf-8")
    with pytest.raises(UseError, match=said):
        read_acceptance(file)
