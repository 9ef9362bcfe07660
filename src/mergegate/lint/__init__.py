"""Finds in workflows and settings what would let a pull request around its gate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mergegate.lint.rules import LINT_RULES
from mergegate.lint.workflow import repository

if TYPE_CHECKING:
    from mergegate.facts.lint import LintFinding, TextFile

_IGNORED = re.compile(r"#.*\bmergegate: ignore\[([A-Z0-9, ]+)\] \S")


def lint(files: tuple[TextFile, ...]) -> tuple[LintFinding, ...]:
    """Everything that the rules find, by file and line; raises UseError where a workflow cannot be read.

    A finding is left out where its line, or the line above it, says `# mergegate: ignore[CODE] REASON`.
    """
    repo = repository(files)
    lines = {file.path: file.text.splitlines() for file in files}
    found = {finding for rule in LINT_RULES for finding in rule.check(repo)}
    return tuple(sorted(one for one in found if not _ignored(one, lines.get(one.path, []))))


def _ignored(finding: LintFinding, lines: list[str]) -> bool:
    near = lines[max(finding.line - 2, 0) : finding.line]
    return any(
        finding.code in match[1].replace(" ", "").split(",") for line in near if (match := _IGNORED.search(line))
    )


__all__ = ["LINT_RULES", "lint"]
