"""What an owner's acceptance changes: it never reaches a finding that no person may accept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.facts import State
from mergegate.facts.waiver import Waiver
from mergegate.judge.rules import RULES
from mergegate.judge.rules.waiver import why_not

if TYPE_CHECKING:
    from mergegate.facts import Finding
    from mergegate.facts.exam import Exam

WAIVABLE = frozenset(rule.code for rule in RULES if getattr(rule, "waivable", False))
"""The codes of the rules that say `waivable = True`; whoever does not say so is out of reach."""


def waivable(finding: Finding) -> bool:
    """Whether an owner may accept this: evidence that is there, of a rule that says so."""
    return finding.rule in WAIVABLE and finding.state in {State.REGRESSED, State.CANNOT_TELL}


def waive(exam: Exam, findings: tuple[Finding, ...]) -> tuple[tuple[Finding, ...], Waiver | None]:
    """The findings with those accepted that may be, and the waiver; None where no acceptance is in force."""
    asked = exam.acceptance
    if asked is None or not asked.asked or why_not(asked, exam.policy):
        return findings, None
    covered = {id(one) for one in findings if (one.blocks or one.unsure) and waivable(one)}
    waiver = Waiver(
        by=asked.by, role=asked.role, reason=asked.reason, head=asked.head, at=asked.at, where=asked.where,
        covers=tuple(_name(one) for one in findings if id(one) in covered),
    )  # fmt: skip
    return tuple(_accepted(one) if id(one) in covered else one for one in findings), waiver


def to_accept(exam: Exam, findings: tuple[Finding, ...]) -> str:
    """The commit that an owner would have to name; empty where no acceptance could make this a merge."""
    open_ = [one for one in findings if one.blocks or one.unsure]
    asked = exam.acceptance
    if asked is None or exam.policy.waiver is None or not open_ or not all(map(waivable, open_)):
        return ""
    return asked.head


def _accepted(finding: Finding) -> Finding:
    return replace(finding, blocks=False, unsure=False, waived=True)


def _name(finding: Finding) -> str:
    where = f"where {finding.slice}" if finding.slice is not None and not finding.slice.overall else ""
    return " ".join(part for part in (finding.rule, finding.model, finding.subject, where) if part)
