"""What a rule of `mergegate lint` is."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar, Protocol

from mergegate.facts.lint import LintFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.lint.workflow import Repository


class LintRule(Protocol):
    """A code, a title, what to do, and a pure check; the class's docstring is its page: what, why, how to fix."""

    code: ClassVar[str]
    title: ClassVar[str]

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """What this rule finds in the repository."""
        ...


def finding(rule: LintRule, path: str, line: int, what: str) -> LintFinding:
    """A finding whose why and what to do are those of the rule's page."""
    parts = [" ".join(part.split()) for part in (inspect.getdoc(type(rule)) or "").split("**")]
    told = dict(zip(parts[1::2], parts[2::2], strict=False))
    return LintFinding(path, line, rule.code, what, told["Why."], told["How to fix."])
