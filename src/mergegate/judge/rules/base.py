"""What a rule is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts import Finding
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class Rule(Protocol):
    """A code, a title, and a pure check; the class's docstring is the rule's page: what, why, how to fix.

    A rule whose findings an owner may accept also says `waivable: ClassVar[bool] = True`. Say so only of a rule that
    measured something and found it worse: what nobody has seen, and whose word it is, is not an owner's to accept.
    """

    code: ClassVar[str]
    title: ClassVar[str]

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:
        """What this rule says of the pull request, in a stable order."""
        ...
