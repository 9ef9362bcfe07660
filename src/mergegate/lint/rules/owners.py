"""Who is asked before the gate itself is changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from mergegate.lint.rules.base import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.lint import LintFinding
    from mergegate.lint.workflow import Repository

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""In the order in which GitHub looks; the first that is there counts."""
GUARDED = ("gate.yaml", "dvc.yaml", "params.yaml", ".dvc/config")


class GateWithoutOwner:
    """**What.** A file that decides what may merge has no owner in CODEOWNERS: the policy, the pipeline, its params,
    DVC's settings, the workflows, or CODEOWNERS itself.

    **Why.** The gate tells of a change to its policy and judges by main's; after the merge the change is main's.
    Somebody who may agree to that has to be asked.

    **How to fix.** Name owners for them in `.github/CODEOWNERS`, and demand their review in the ruleset.
    """

    code: ClassVar[str] = "ML018"
    title: ClassVar[str] = "What decides has no owner"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each file, in a repository that has a policy or a pipeline."""
        if not {"gate.yaml", "dvc.yaml"} & set(repo.files):
            return
        place = next((place for place in PLACES if place in repo.files), PLACES[0])
        text = repo.files[place].text if place in repo.files else ""
        workflows = sorted(path for path in repo.files if path.startswith(".github/workflows/"))
        guarded = [name for name in GUARDED if name in repo.files]
        for path in (*guarded, *workflows, *([place] if text else [])):
            if not owned(path, text):
                yield finding(self, place, 1, f"{path} has no owner")


def owned(path: str, text: str) -> bool:
    """Whether the last line of a CODEOWNERS text that matches the path names somebody."""
    found = False
    for line in text.splitlines():
        pattern, *owners = line.split("#")[0].split() or [""]
        if pattern and _pattern(pattern).fullmatch(path):
            found = bool(owners)
    return found


def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern as git reads it: anchored where a slash is not its last sign, and all below a folder."""
    anchored = "/" in pattern.rstrip("/")
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", pattern.strip("/"))
    kinds = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(kinds.get(part, re.escape(part)) for part in parts)
    # `/docs/*` means the files there and none further down; a name or a folder means all below it.
    below = "" if pattern.endswith("/*") else "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return re.compile(("" if anchored else "(?:.*/)?") + body + below)
