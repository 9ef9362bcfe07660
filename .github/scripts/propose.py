"""Open the pull request of a retraining: `propose.py FOLDER`, with what the job before it handed over in FOLDER.

The branch is named after the data, so that the same data never makes a second pull request: one that is open waits
for its judge or its owner, and one that was closed was refused by a person. Of FOLDER only the files that a
retraining changes are taken over: what ran there had read a release that nobody has looked at.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from github_api import GitHubError, call

TAKEN = ("criteria", "data.dvc", "data.md5", "dvc.lock", "metrics", "pyproject.toml", "requirements")
"""What a retraining changes."""
NAME = "github-actions[bot]"
EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"
LONGEST = 60_000
WAITS = (
    "\n> [!IMPORTANT]\n> This was opened with the workflow's own token, and GitHub lets such a pull request start no "
    "workflow by itself: press **Approve workflows to run**, or close it and open it again where there is no such "
    "button. docs/retrain.md says how to give the retraining a token of its own.\n"
)


def data_hash(text: str) -> str:
    """The hash of the data in a data.dvc."""
    found = re.search(r"^- md5: ([0-9a-f]{32})(?:\.dir)?$", text, re.MULTILINE)
    if found is None:
        raise ValueError("data.dvc names no data by its MD5")
    return found[1]


def take_over(folder: Path) -> None:
    """Copy the files of `TAKEN` to their places; links and everything else stay where they are."""
    for name in TAKEN:
        for path in sorted([folder / name, *(folder / name).rglob("*")]):
            if path.is_file() and not path.is_symlink():
                target = Path(path.relative_to(folder))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def earlier(branch: str) -> str:
    """What became of an earlier pull request from this branch; empty where there was none."""
    owner = os.environ["GITHUB_REPOSITORY"].partition("/")[0]
    head = quote(f"{owner}:{branch}", safe="")
    pulls = call("GET", f"/repos/{os.environ['GITHUB_REPOSITORY']}/pulls?head={head}&state=all&per_page=100")
    own = [pull for pull in pulls if pull["head"]["ref"] == branch]
    return f"#{own[0]['number']} has this data already, and is {own[0]['state']}" if own else ""


def create(branch: str, body: str) -> int:
    """Let CML commit, push and open; the address of the remote is put back, for CML writes the token into it."""
    short = branch.rpartition("-")[2]
    before = subprocess.run(
        ["git", "remote", "get-url", "origin"], check=True, capture_output=True, text=True
    ).stdout.strip()
    command = [
        ".github/scripts/patiently.sh", "cml", "pr", "create", f"--branch={branch}",
        f"--title=Retrain on new data ({short})", f"--body={body}",
        f"--message=Retrain on new data\n\nThe data is now {short}: the hash that data.dvc names it by.",
        f"--user-name={NAME}", f"--user-email={EMAIL}",
        *(name for name in TAKEN if Path(name).exists()),
    ]  # fmt: skip
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        subprocess.run(["git", "remote", "set-url", "origin", before], check=True)


def main() -> int:
    """Open it, unless there was one."""
    folder = Path(sys.argv[1])
    branch = f"mergegate/retrain-{data_hash((folder / 'data.dvc').read_text(encoding='utf-8'))[:12]}"
    try:
        already = earlier(branch)
    except GitHubError as error:
        sys.stdout.write(f"::error title=Cannot see whether there is a pull request::{error}\n")
        return 1
    if already:
        sys.stdout.write(f"::notice title=No second pull request::{already}\n")
        return 0
    body = (folder / "build" / "retrain" / "body.md").read_text(encoding="utf-8")[:LONGEST]
    if os.environ["STARTS_CHECKS"] != "true":
        body += WAITS
        sys.stdout.write("::warning title=The checks wait for you::open the pull request and approve its workflows\n")
    take_over(folder)
    return create(branch, body)


if __name__ == "__main__":
    sys.exit(main())
