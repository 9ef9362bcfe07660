"""Find out whether somebody accepts what the pull request made worse: `acceptance.py FILE` for the judge, before a
merge; `acceptance.py FILE merged` for main, after one.

The facts come from GitHub's API alone: who put the label that is still there, what that person wrote, for which
commit, and what their role is. Whether such a person may accept it, and what of it, is for `mergegate check` to say,
by main's policy. Where GitHub does not answer, the file says that, and nothing is accepted.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from github_api import GitHubError, call
from write_comment import all_comments

LABEL = "mergegate: accept"
WORDS = re.compile(r"\s*mergegate: accept\b(.*)", re.DOTALL | re.IGNORECASE)
COMMIT = re.compile(r"\s+`?([0-9a-f]{40})\b`?(.*)", re.DOTALL)
LEAST_REASON = 10
LONGEST_REASON = 500
MOST_PAGES = 50
ROLES = ("none", "read", "triage", "write", "maintain", "admin")

Found = dict[str, Any]


class Lacking(Exception):  # noqa: N818  (no error: nobody accepted anything)
    """What an acceptance lacks, in words that end up in the report."""


def labeller(events: list[Found]) -> Found:
    """The account that put the label which is still there; `events` are the oldest first."""
    actor: Found | None = None
    for event in events:
        if event.get("event") in {"labeled", "unlabeled"} and _is_label(event.get("label") or {}):
            actor = (event.get("actor") or {}) if event["event"] == "labeled" else None
    if not actor or not actor.get("login"):
        raise Lacking("nobody can tell who put the label; take it off and put it again")
    if actor.get("type") != "User":
        raise Lacking(f"{actor['login']} put the label, and is no person")
    return actor


def reason_of(comments: list[Found], person: Found, head: str) -> tuple[str, Found]:
    """The reason that `person` wrote for commit `head`, and the newest comment in which they did."""
    login = person["login"]
    own = [one for one in comments if (one.get("user") or {}).get("id") == person["id"]]
    said = [(found[1], one) for one in own if (found := WORDS.match(_seen(one["body"] or "")))]
    if not said:
        raise Lacking(f"{login} put the label and gave no reason: no comment of theirs begins with “{LABEL}”")
    named = [(found, one) for rest, one in said if (found := COMMIT.match(rest))]
    if not named:
        raise Lacking(f"the comment of {login} names no commit: the whole name of the head belongs before the reason")
    fitting = [(found[2], one) for found, one in named if found[1] == head]
    if not fitting:
        raise Lacking(f"{login} accepted commit {named[-1][0][1][:12]}, and the head is {head[:12]} now")
    rest, comment = fitting[-1]
    if comment.get("created_at") != comment.get("updated_at"):
        raise Lacking(f"the comment of {login} was edited, by whomever; only one as it was first written counts")
    reason = " ".join(rest.split())[:LONGEST_REASON]
    if len(reason) < LEAST_REASON:
        raise Lacking(f"{login} gave no reason of at least {LEAST_REASON} characters")
    return reason, comment


def _seen(text: str) -> str:
    """What a person sees of a text: a line that was copied from a page can hold spaces of no width."""
    return text.replace("\u200b", "").replace("\u2060", "")


def role_of(repository: str, login: str) -> str:
    """What the person is in the repository; a role of the organisation's own making counts as what it is based on."""
    found = call("GET", f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission")
    named = [found.get("role_name"), found.get("permission")]
    return next((str(role) for role in named if role in ROLES), "none")


def look(repository: str, number: str, head: str) -> Found:
    """What there is to say of this pull request and this commit of it."""
    told: Found = {"schema_version": 1, "head": head}
    try:
        pull = call("GET", f"/repos/{repository}/pulls/{number}")
        if not any(map(_is_label, pull.get("labels") or [])):
            return told
        told |= {"asked": True, "author": (pull.get("user") or {}).get("login") or ""}
        person = labeller(_all_events(repository, number))
        reason, comment = reason_of(all_comments(repository, number), person, head)
        told |= {"role": role_of(repository, person["login"]), "by": person["login"], "reason": reason}
        return told | {"at": comment["created_at"], "where": str(comment.get("html_url") or "")[:300]}
    except Lacking as lacking:
        return told | {"missing": str(lacking)[:500]}
    except GitHubError as error:
        return told | {"asked": True, "missing": f"GitHub did not say who accepts ({error})"[:500]}


def merged_pull(repository: str, sha: str) -> tuple[str, str]:
    """The number and the head of the pull request whose merge made `sha`; empty where there is none."""
    for pull in call("GET", f"/repos/{repository}/commits/{sha}/pulls?per_page=100"):
        if pull.get("merged_at") and pull.get("merge_commit_sha") == sha:
            return str(pull["number"]), str(pull["head"]["sha"])
    return "", ""


def _is_label(label: Found) -> bool:
    return str(label.get("name") or "").casefold() == LABEL


def _all_events(repository: str, number: str) -> list[Found]:
    """Every event of the pull request, the oldest first; too many to read are as good as none."""
    found: list[Found] = []
    for page in range(1, MOST_PAGES + 1):
        some = call("GET", f"/repos/{repository}/issues/{number}/events?per_page=100&page={page}")
        found += some
        if len(some) < 100:
            return found
    raise Lacking("the pull request has too many events to read")


def main(file: Path, *, merged: bool) -> int:
    """Write the file; where there is no pull request it says that nobody asked."""
    env = os.environ
    repository = env["GITHUB_REPOSITORY"]
    if merged:
        try:
            number, head = merged_pull(repository, env["GITHUB_SHA"])
        except GitHubError as error:
            sys.stdout.write(f"::error title=Cannot find the merged pull request::{error}\n")
            return 1
    else:
        number, head = env["PULL_REQUEST"], env["HEAD_SHA"]
    told = look(repository, number, head) if number else {"schema_version": 1}
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{'the label is there' if told.get('asked') else 'nobody accepts anything'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), merged=sys.argv[2:] == ["merged"]))
