"""Everything that the rules look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mergegate.facts.intact import Intact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.facts.comparison import Comparison, Family
    from mergegate.facts.cost import CostCheck
    from mergegate.facts.criteria import CriteriaExam
    from mergegate.facts.data import DataExam
    from mergegate.facts.discrepancy import Discrepancies
    from mergegate.facts.evidence import Absent, Revision
    from mergegate.facts.history import Reuse
    from mergegate.facts.holdout import Picked, SplitExam, Transfer
    from mergegate.facts.invariance import Invariances
    from mergegate.facts.joint import Joint
    from mergegate.facts.limits import LimitCheck
    from mergegate.facts.metricfile import MetricMove
    from mergegate.facts.policy import Policy
    from mergegate.facts.quiz import Quiz
    from mergegate.facts.retraining import Retraining
    from mergegate.facts.shadow import Shadow
    from mergegate.facts.target import TargetCheck
    from mergegate.facts.waiver import Acceptance


@dataclass(frozen=True, slots=True)
class Reevaluation:
    """The candidate's model, run by base's code on base's rows, against what the pull request claims."""

    table: str
    done: bool
    why_not: str = ""
    """Where it was not done: why, in words."""
    rows: int = 0
    """Rows compared."""
    differing: int = 0
    """Rows on which the claimed answer is another."""
    subject: str = "predictions"
    """What was answered again: `predictions` (of the holdout), `quiz`, `shadow` or `invariances`."""
    failed: bool = False
    """True where nothing excuses that it was not done: base's code ought to have run this model."""
    code: tuple[str, ...] = ()
    """Where it was not done because the pull request changes that code: the files, as far as they are files."""


@dataclass(frozen=True, slots=True)
class ModelExam:
    """One model: base against head."""

    name: str
    family: Family
    joint: Joint
    identical: bool = False
    """True where both tables are the same bytes."""
    quiz: Quiz | None = None
    target: TargetCheck | None = None
    reevaluation: Reevaluation | None = None
    """Of the holdout."""
    also: tuple[Reevaluation, ...] = ()
    """Of quiz, shadow rows and pairs."""
    reuse: Reuse | None = None
    """How often the holdout was used before; None where there is no history, or nothing changed."""
    picked: tuple[Picked, ...] = ()
    """Where rows left the holdout: whether those that a model has wrong left more often."""
    transfer: Transfer | None = None
    """Where the holdout changed and the policy asks: both models on both holdouts."""
    cost: CostCheck | None = None
    recipe: bool = False
    """True where the comparisons are of recipes: they hold the noise of training again."""
    shadow: Shadow | None = None
    invariances: Invariances | None = None
    limits: tuple[LimitCheck, ...] = ()
    conjunction: Comparison | None = None
    """The worst conjunction, on the half of the rows that the search has not seen."""
    discrepancies: Discrepancies | None = None


@dataclass(frozen=True, slots=True)
class Exam:
    """One pull request."""

    policy: Policy
    base: Revision
    head: Revision
    models: Mapping[str, ModelExam] = field(default_factory=dict)
    data: Mapping[str, DataExam] = field(default_factory=dict)
    """The policy's tables of data, by their names; empty where it names none."""
    metrics: tuple[MetricMove, ...] = ()
    """Numbers of metrics files that the policy names, in its order."""
    absent: tuple[Absent, ...] = ()
    policy_digest: str = ""
    policy_changed: bool = False
    splits: Mapping[str, SplitExam] = field(default_factory=dict)
    """By the name that the policy gives the split; empty where it asks for none."""
    acceptance: Acceptance | None = None
    """What the judge's job found of an owner's acceptance; None where nobody looked."""
    criteria: Mapping[str, CriteriaExam] = field(default_factory=dict)
    """By model; empty where the policy asks for none."""
    intact: Intact = field(default_factory=Intact)
    """What the pull request does to that which it is judged by; in the judge alone."""
    attempt: int = 1
    """1 until a head of this pull request is blocked; then each other head that is judged is one attempt more."""
    retraining: Retraining | Absent | None = None
    """When base's data last changed, against the schedule of its params.yaml; None where it has none."""
