"""One small class for each rule: its docstring is its page."""

from __future__ import annotations

from mergegate.judge.rules.base import Rule
from mergegate.judge.rules.cardcode import GeneratedIsCard, NothingButTheCard
from mergegate.judge.rules.cost import CostBudget, CostGrew
from mergegate.judge.rules.criteria import (
    BinCoverage,
    CriteriaChanged,
    CriteriaUnreadable,
    DecisionsFlip,
    RuleDirection,
    TooManyRules,
)
from mergegate.judge.rules.data import AnswerLeaks, DataChanged, DataDrifted, SchemaBroken, TextsBroken
from mergegate.judge.rules.discrepancies import DiscrepanciesShown
from mergegate.judge.rules.evidence import BaseEvidence, HeadEvidence, TrainingScheduled
from mergegate.judge.rules.features import LeakFeature, ProxyFeature
from mergegate.judge.rules.holdout import HoldoutRelabelled, HoldoutReuse, HoldoutRows
from mergegate.judge.rules.intact import (
    ClaimedMetrics,
    CodeUnnoticed,
    GroundlessOutput,
    HoldoutEdited,
    OddFile,
    OtherThanLocked,
    OwnersAsked,
    StageWeakened,
)
from mergegate.judge.rules.invariances import InvarianceBroken
from mergegate.judge.rules.limits import AbsoluteLimit, WorstConjunction
from mergegate.judge.rules.metricfile import MetricFileLost, MetricFileMoved
from mergegate.judge.rules.metrics import MetricDrop, SliceDrop
from mergegate.judge.rules.people import ApprovalRatio, CeilingGap, FalseDenials
from mergegate.judge.rules.picked import HoldoutPicked
from mergegate.judge.rules.quiz import MustPass, QuizScore
from mergegate.judge.rules.retraining import RetrainingLate
from mergegate.judge.rules.retry import RetriedUntilGreen
from mergegate.judge.rules.shadow import ShadowRate
from mergegate.judge.rules.split import HoldoutInTraining, HoldoutShrunken, NearDuplicates, SplitAsPolicy, SplitReset
from mergegate.judge.rules.target import TargetMissed
from mergegate.judge.rules.transfer import OldModelNewData
from mergegate.judge.rules.trust import ClaimedNumbers, ModelDoesNotRun, NotReevaluated, PolicyChanged
from mergegate.judge.rules.waiver import OwnerAccepts

RULES: tuple[Rule, ...] = (
    BaseEvidence(),
    HeadEvidence(),
    TrainingScheduled(),
    SchemaBroken(),
    DataChanged(),
    DataDrifted(),
    TextsBroken(),
    AnswerLeaks(),
    HoldoutRows(),
    HoldoutRelabelled(),
    HoldoutReuse(),
    SplitAsPolicy(),
    HoldoutInTraining(),
    NearDuplicates(),
    HoldoutShrunken(),
    HoldoutPicked(),
    SplitReset(),
    MetricDrop(),
    SliceDrop(),
    OldModelNewData(),
    AbsoluteLimit(),
    WorstConjunction(),
    DiscrepanciesShown(),
    MustPass(),
    QuizScore(),
    RetrainingLate(),
    TargetMissed(),
    ShadowRate(),
    InvarianceBroken(),
    CostBudget(),
    CostGrew(),
    CriteriaChanged(),
    CriteriaUnreadable(),
    DecisionsFlip(),
    CeilingGap(),
    RuleDirection(),
    BinCoverage(),
    TooManyRules(),
    GeneratedIsCard(),
    ApprovalRatio(),
    FalseDenials(),
    ProxyFeature(),
    LeakFeature(),
    NothingButTheCard(),
    MetricFileMoved(),
    MetricFileLost(),
    PolicyChanged(),
    ClaimedNumbers(),
    NotReevaluated(),
    RetriedUntilGreen(),
    OwnerAccepts(),
    ModelDoesNotRun(),
    ClaimedMetrics(),
    GroundlessOutput(),
    OtherThanLocked(),
    StageWeakened(),
    OddFile(),
    OwnersAsked(),
    HoldoutEdited(),
    CodeUnnoticed(),
)

__all__ = ["RULES", "Rule"]
