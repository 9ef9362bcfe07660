"""What can go wrong, said so that a reader knows what, where and what to do."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    FINE = 0
    BLOCK = 1
    USE = 2
    UNSURE = 3
    SURROUNDINGS = 70


class MergegateError(Exception):
    """A failure with its three answers: what happened, where, and what to do about it.

    An error is never a verdict: it leaves the process with `code`, which is neither `Exit.FINE` nor `Exit.BLOCK`.
    """

    code: Exit = Exit.SURROUNDINGS

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.do:
            lines.append(f"  do:    {self.do}")
        return "\n".join(lines)


class UseError(MergegateError):
    """The command, the policy or a table is wrong: the person who called it can mend it (exit 2)."""

    code = Exit.USE


class PolicyError(UseError):
    """Everything that is wrong with a policy file, collected and raised once."""


class TableError(UseError):
    """A table cannot be evidence: a column is missing, an id stands twice, a score is not a number."""


class SurroundingsError(MergegateError):
    """Git, DVC, a remote, the disk or the network failed; says nothing about the pull request (exit 70)."""

    code = Exit.SURROUNDINGS
