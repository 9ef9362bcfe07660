"""The shell commands that the pages tell people to type."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!-- not run: (.+?) -->\s*$")
SHELLS = {"console", "sh", "bash", "shell"}


@dataclass(frozen=True)
class Block:
    """One fenced block of shell commands."""

    page: str
    line: int
    commands: tuple[str, ...]
    """Each as it is given to a shell; a whole script is one."""
    not_run: str = ""
    """Why the tests do not run it; empty where they do."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(path: Path) -> tuple[Block, ...]:
    """Every shell block of a page, in order."""
    text = path.read_text("utf-8")
    found = []
    for fence in _FENCE.finditer(text):
        if fence.group(1) not in SHELLS:
            continue
        mark = _MARK.search(text[: fence.start()])
        line = text.count("\n", 0, fence.start()) + 1
        commands = _typed(fence.group(2)) if fence.group(1) == "console" else (fence.group(2),)
        found.append(Block(path.relative_to(ROOT).as_posix(), line, commands, mark.group(1) if mark else ""))
    return tuple(found)


def _typed(text: str) -> tuple[str, ...]:
    """The lines after a `$`, with those that a backslash joins to them."""
    joined = text.replace("\\\n", " ")
    return tuple(line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ "))


def words_of(command: str) -> list[str]:
    """A command's words, without its comment."""
    return shlex.split(command, comments=True)


EVERY = tuple(block for page in PAGES for block in blocks_of(page))
