"""Findings become a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts import Decision, Finding, Verdict
from mergegate.judge.levels import share_alpha
from mergegate.judge.rules import RULES
from mergegate.judge.waive import to_accept, waive

if TYPE_CHECKING:
    from mergegate.facts.exam import Exam


def decide(exam: Exam) -> Verdict:
    """The verdict on a pull request: every rule is asked, one blocking finding blocks."""
    levelled = share_alpha(exam)
    found = tuple(finding for rule in RULES for finding in rule.check(exam, levelled))
    findings, waiver = waive(exam, found)
    return Verdict(
        decision=_decision(findings),
        base=exam.base,
        head=exam.head,
        findings=findings,
        absent=exam.absent,
        policy_digest=exam.policy_digest,
        policy_changed=exam.policy_changed,
        bootstrap=any(absent.bootstrap for absent in exam.absent),
        unsure_passes=exam.policy.unsure == "merge",
        alpha=exam.policy.alpha,
        question=_question(exam),
        attempt=exam.attempt,
        waiver=waiver,
        to_accept=to_accept(exam, findings),
    )


def _question(exam: Exam) -> str:
    """What was judged: this artefact, this recipe, or which of the models as what."""
    moved = [model for _, model in sorted(exam.models.items()) if not model.identical and model.family.comparisons]
    recipes = [model.name for model in moved if model.recipe]
    artefacts = [model.name for model in moved if not model.recipe]
    if recipes and artefacts:
        return f"this recipe ({', '.join(recipes)}), this artefact ({', '.join(artefacts)})"
    if exam.metrics and not exam.models:
        return "numbers in metrics files"
    return "this recipe" if recipes else "this artefact"


def _decision(findings: tuple[Finding, ...]) -> Decision:
    if any(finding.blocks for finding in findings):
        return Decision.BLOCK
    if any(finding.unsure for finding in findings):
        return Decision.UNSURE
    return Decision.MERGE
