"""The frozen types that cross rooms."""

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
from mergegate.facts.policy import ModelPolicy, Policy
from mergegate.facts.quiz import Quiz, QuizItem
from mergegate.facts.verdict import Decision, Finding, Note, State, Verdict

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
