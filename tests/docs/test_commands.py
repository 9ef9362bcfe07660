"""What the pages tell people to type works: in a repository like theirs, with real git and DVC."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from tests.docs.blocks import EVERY, ROOT, Block, words_of
from tests.scenes.repo import DVC, PREDICT, Repo, make_repo

BIN = Path(sys.executable).parent
MOST_NOT_RUN = 12
"""Blocks that may go unrun; each says why."""
VERDICTS = {"check": {0, 1, 3}, "compare": {0, 1, 3}, "report": {0, 1, 3}, "lint": {0, 1}}
"""Commands whose exit code is an answer."""
SCORES = """\
with open("scores.json", "w") as target:
    json.dump({"accuracy": 1 - wrong / 50}, target)
"""
MORE = """\
    metrics: [scores.json: {cache: false}]
    plots: [holdout.csv: {x: id, y: prediction, cache: true}]
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository with a pipeline, a policy, metrics, plots, two tables, and a branch with a change that has run."""
    repo = make_repo(tmp_path_factory.mktemp("docs"))
    repo.write(predict__py=PREDICT + SCORES)
    repo.write(dvc__yaml=DVC.replace("    outs: [holdout.csv, quiz.csv]\n", f"    outs: [quiz.csv]\n{MORE}"))
    rows = "".join(f"{n},a,{'b' if n % 40 == 0 else 'a'},{('de', 'en')[n % 2]}\n" for n in range(400))
    for name in ("before.csv", "after.csv"):
        (repo.root / name).write_text(f"id,label,prediction,language\n{rows}")
    repo.commit("more to show")
    repo.run()
    repo.commit("it has run")
    repo.git("switch", "-qc", "topic")
    repo.params(wrong=4)
    repo.commit("better")
    repo.run()
    repo.commit("that has run, too")
    assert repo.gate("check").code == 0
    return repo


RUN = [block for block in EVERY if not block.not_run]


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({block.page for block in RUN}))
def test_every_command_of_a_page_works(page: str, scratch: Repo, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    shutil.copytree(scratch.root, root, symlinks=True)
    env = {
        **{key: value for key, value in os.environ.items() if key != "GITHUB_ACTIONS"},
        "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path),
        "NO_COLOR": "1", "SHELL": "/bin/bash", "DVC_NO_ANALYTICS": "1",
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@example.org",
    }  # fmt: skip
    for block in RUN:
        if block.page == page:
            for command in block.commands:
                _run(block, command, root, env)


WORKED: set[str] = set()
"""What was typed on another page before, and need not be again."""


def _run(block: Block, command: str, root: Path, env: dict[str, str]) -> None:
    words = words_of(command)
    if shlex.join(words) in WORKED:
        return
    if words[:1] == ["make"] or words[:2] == ["pip", "install"]:
        return  # they take long, or change this machine: `test_what_is_not_run_is_at_least_there` holds them
    if "criteria/generated" in command:  # speaks of this repository's own data
        for name in ("criteria", "data"):
            (root / name).symlink_to(ROOT / name)
        if not (ROOT / "data/loan/applications.csv").is_file() and not os.environ.get("CI"):
            pytest.skip("needs `make data`")
    done = subprocess.run(
        ["bash", "-c", command], cwd=root, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    allowed = VERDICTS.get(words[1], {0}) if words[:1] == ["mergegate"] else {0}
    assert done.returncode in allowed, f"{block}: {command}\n{done.stdout}\n{done.stderr}"
    WORKED.add(shlex.join(words))


def test_what_is_not_run_says_why_and_is_little() -> None:
    marked = [block for block in EVERY if block.not_run]
    assert len(marked) <= MOST_NOT_RUN
    assert all(len(block.not_run.split()) >= 3 for block in marked)
    assert len(RUN) > len(marked)


@cache
def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"], capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "src", "COLUMNS": "200", "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


def lines_of(block: Block) -> list[list[str]]:
    """The words of each line of a block that calls a command of ours, of DVC, make or pip."""
    lines = [part.strip() for command in block.commands for line in command.splitlines() for part in line.split("&&")]
    return [words_of(line) for line in lines if re.match(r"(mergegate|dvc|make|pip)( |$)", line)]


@pytest.mark.slow
def test_what_is_not_run_is_at_least_there() -> None:
    """Options of mergegate and DVC are in their help, make's targets in the Makefile, extras in pyproject.toml."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for block in EVERY:
        for words in lines_of(block):
            wanted = [word for word in words[1:] if "=" not in word]
            if words[0] == "make":
                assert all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in wanted), f"{block}: {words}"
            elif words[0] == "pip":
                named = re.findall(r"mergegate\[([\w,]+)\]", " ".join(words))
                assert all(extra in extras for group in named for extra in group.split(",")), f"{block}: {words}"
            elif block.not_run:
                group = words[0] == "dvc" and words[1] in {"remote", "metrics", "plots", "config"}
                known = help_of(*words[: 3 if group else 2])
                options = [word.split("=")[0] for word in words if word.startswith("-")]
                assert [one for one in options if one not in known] == [], f"{block}: {words}"
