"""The frozen types that cross rooms."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from mergegate.facts.comparison import (
    Basis,
    Comparison,
    Direction,
    Discordant,
    Estimate,
    Family,
    Replicates,
    Slice,
    Studentised,
)
from mergegate.facts.evidence import Absent, Evidence, Revision, TableFile
from mergegate.facts.joint import CountTable, Joint, MomentTable
from mergegate.facts.plan import Action, Plan, Reason, RunRecord, StagePlan, StageRun
from mergegate.facts.quiz import Quiz, QuizItem
from mergegate.facts.verdict import Decision, Finding, Note, State, Verdict

if TYPE_CHECKING:
    from mergegate.facts.policy import ModelPolicy, Policy

__all__ = [
    "Absent",
    "Action",
    "Basis",
    "Comparison",
    "CountTable",
    "Decision",
    "Direction",
    "Discordant",
    "Estimate",
    "Evidence",
    "Family",
    "Finding",
    "Joint",
    "ModelPolicy",
    "MomentTable",
    "Note",
    "Plan",
    "Policy",
    "Quiz",
    "QuizItem",
    "Reason",
    "Replicates",
    "Revision",
    "RunRecord",
    "Slice",
    "StagePlan",
    "StageRun",
    "State",
    "Studentised",
    "TableFile",
    "Verdict",
]

_PYDANTIC = {"ModelPolicy", "Policy"}
"""The types that are models: their classes take a while to build, and most commands need none of them."""


def __getattr__(name: str) -> object:
    if name not in _PYDANTIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("mergegate.facts.policy"), name)
