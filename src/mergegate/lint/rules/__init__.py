"""One small class for each rule of `mergegate lint`: its docstring is its page."""

from __future__ import annotations

from mergegate.lint.rules.base import LintRule
from mergegate.lint.rules.owners import GateWithoutOwner
from mergegate.lint.rules.supply import ActionMoves, PicklesKept, RemoteBelieved, ToolMoves, ValueInShell
from mergegate.lint.rules.theircode import (
    ArtefactRun,
    CacheOfTheirs,
    HeadWithRights,
    IdentityWithTheirCode,
    RemoteWrittenByTheirCode,
    SecretsWithTheirCode,
    WritesWithTheirCode,
)
from mergegate.lint.rules.verdict import (
    CheckWithoutConclusion,
    CommentUploads,
    GateFromHead,
    RequiredCanBeSkipped,
    StaleMayMerge,
    VerdictLost,
)

LINT_RULES: tuple[LintRule, ...] = (
    SecretsWithTheirCode(),
    IdentityWithTheirCode(),
    WritesWithTheirCode(),
    CacheOfTheirs(),
    RemoteWrittenByTheirCode(),
    HeadWithRights(),
    ArtefactRun(),
    GateFromHead(),
    RequiredCanBeSkipped(),
    CheckWithoutConclusion(),
    CommentUploads(),
    VerdictLost(),
    ActionMoves(),
    ToolMoves(),
    PicklesKept(),
    RemoteBelieved(),
    ValueInShell(),
    GateWithoutOwner(),
    StaleMayMerge(),
)

__all__ = ["LINT_RULES", "LintRule"]
