"""Call the GitHub API with the standard library: bounded in time, patient with a busy server."""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

TRIES = 5
SECONDS = float(os.environ.get("GITHUB_API_SECONDS", "20"))
"""How long one request may take."""
LONGEST_WAIT = 60.0
PAUSE = float(os.environ.get("GITHUB_API_PAUSE", "1"))
"""Seconds before the second try, where the server names no time; doubled before each later one."""


class GitHubError(Exception):
    """GitHub did not answer, or not with what was asked for."""


def call(method: str, path: str, body: object = None) -> Any:
    """The JSON that the API named by GITHUB_API_URL answers with; `path` begins with a slash."""
    reason = ""
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(_request(method, path, body), timeout=SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            if error.code not in {403, 429} and error.code < 500:
                break
            wait = _wait(attempt, error.headers.get("Retry-After"))
        except (OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            wait = _wait(attempt, None)
        if attempt + 1 < TRIES:
            time.sleep(wait)
    raise GitHubError(f"{method} {path}: {reason}")


def _request(method: str, path: str, body: object) -> urllib.request.Request:
    return urllib.request.Request(  # noqa: S310  (the address is the runner's own)
        os.environ["GITHUB_API_URL"].rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
            "User-Agent": "mergegate",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )


def _wait(attempt: int, retry_after: str | None) -> float:
    """Seconds until the next try: what the server asked for, else PAUSE, twice that, four times ..."""
    asked = float(retry_after) if retry_after and retry_after.isdigit() else PAUSE * 2**attempt
    return min(asked, LONGEST_WAIT)
