"""Give our check the lines that may have caused what got worse: `mark_lines.py ANNOTATIONS_JSON`.

CML creates the check and knows no annotations, so the check that is there gets them, and is otherwise left as it is:
what a check concludes is decided elsewhere. Without the file there is nothing to mark.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from github_api import GitHubError, call

NAME = "mergegate"
OURS = "github-actions"
MOST = 50
"""Annotations that GitHub takes in one request."""
LONGEST_FILE = 1_000_000
LEVELS = {"notice", "warning", "failure"}


def read(path: Path) -> list[dict[str, Any]]:
    """The annotations of a file of ours that quotes the pull request; what is not of their form is left out."""
    if not path.is_file() or path.stat().st_size > LONGEST_FILE:
        return []
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return []
    return [_kept(one) for one in told if _sound(one)][:MOST] if isinstance(told, list) else []


def _sound(one: object) -> bool:
    if not isinstance(one, dict):
        return False
    path, line = one.get("path"), one.get("start_line")
    texts = all(isinstance(one.get(key), str) and one[key] for key in ("path", "title", "message"))
    inside = texts and not str(path).startswith("/") and ".." not in str(path).split("/")
    number = isinstance(line, int) and not isinstance(line, bool) and line > 0
    return bool(inside and number and one.get("annotation_level") in LEVELS)


def _kept(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": one["path"],
        "start_line": one["start_line"],
        "end_line": one["start_line"],
        "annotation_level": one["annotation_level"],
        "title": one["title"][:255],
        "message": one["message"][:4_000],
    }


def newest(repository: str, sha: str) -> dict[str, Any] | None:
    """The check that was created last on the commit under our name, by GitHub Actions."""
    found = call("GET", f"/repos/{repository}/commits/{sha}/check-runs?check_name={NAME}&per_page=100")["check_runs"]
    ours = [one for one in found if one["name"] == NAME and (one.get("app") or {}).get("slug") == OURS]
    return max(ours, key=lambda one: one["id"]) if ours else None


def main(path: Path) -> int:
    """Mark the lines; what goes wrong is told, and changes nothing about the check."""
    marked = read(path)
    if not marked:
        sys.stdout.write("no line to mark\n")
        return 0
    repository = os.environ["GITHUB_REPOSITORY"]
    try:
        check = newest(repository, os.environ["HEAD_SHA"])
        if check is None:
            sys.stdout.write("::warning title=No line is marked::there is no check of ours on this commit\n")
            return 1
        output = check.get("output") or {}
        body = {
            "output": {
                "title": output.get("title") or NAME, "summary": output.get("summary") or "", "annotations": marked,
            }
        }  # fmt: skip
        call("PATCH", f"/repos/{repository}/check-runs/{check['id']}", body)
    except GitHubError as error:
        sys.stdout.write(f"::warning title=No line is marked::{error}\n")
        return 1
    sys.stdout.write(f"{len(marked)} lines marked\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
