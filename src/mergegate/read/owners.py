"""Who owns a file, as GitHub reads CODEOWNERS: the last pattern that fits decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order."""
_PIECES = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_SPLIT = re.compile(r"(\*\*/|/\*\*$|\*\*|\*|\?)")


def owners_of(text: str, paths: Iterable[str]) -> dict[str, str]:
    """Path -> its owners, separated by spaces; a path without owners is left out."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    rules = [_rule(line) for line in lines if line.strip()]
    found = {}
    for path in paths:
        fitting = [owners for pattern, owners in rules if pattern.match(path)]
        if fitting and fitting[-1]:
            found[path] = fitting[-1]
    return found


def _rule(line: str) -> tuple[re.Pattern[str], str]:
    pattern, *owners = line.split()
    return re.compile(_regex(pattern)), " ".join(owners)


def _regex(pattern: str) -> str:
    """As .gitignore has it: a slash before the end binds to the top; a folder stands for all that is in it."""
    rooted = "/" in pattern.rstrip("/")
    body = "".join(_PIECES.get(piece, re.escape(piece)) for piece in _SPLIT.split(pattern.strip("/")))
    deep = "/.*" if pattern.endswith("/") else "" if pattern.endswith("/*") else "(?:/.*)?"
    return f"{'' if rooted else '(?:.*/)?'}{body}{deep}\\Z"
