"""What to tell of a verdict, in which order, and in which words: the same in every format, as plain text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.facts.plan import Action
from mergegate.facts.verdict import Decision, State
from mergegate.report import numbers
from mergegate.report.plot import gains

if TYPE_CHECKING:
    from mergegate.facts import Absent, Finding, Verdict

MARKS = {Decision.MERGE: "✅", Decision.BLOCK: "⛔", Decision.UNSURE: "❔"}
"""Beside the word, never instead of it."""

SCHEDULED = "MG003"
"""The rule that says what was not judged because training is scheduled."""
CHANGED = "MG703"
"""The rule that says what changes in the criteria."""
WORDS = {
    State.IMPROVED: "improved",
    State.HELD: "held",
    State.REGRESSED: "regressed",
    State.CANNOT_TELL: "cannot tell",
    State.ABSENT: "absent",
}


def word(finding: Finding) -> str:
    """The state of a finding, and whether an owner accepted it; what judges nothing has none."""
    return "for information" if finding.informs else WORDS[finding.state] + (", accepted" if finding.waived else "")


def of_criteria(finding: Finding) -> bool:
    """Whether it speaks of a points card: such findings are read together."""
    return CHANGED <= finding.rule <= "MG715"


@dataclass(frozen=True, slots=True)
class Story:
    """The findings in the order of reading, each in one place."""

    telling: tuple[Finding, ...]
    """What regressed, improved or leaves the verdict open."""
    unclear: tuple[Finding, ...]
    """Slices that have too few rows to tell, and do not decide anything."""
    held: tuple[Finding, ...]
    absent: tuple[Finding, ...]
    informing: tuple[Finding, ...] = ()
    """What judges nothing."""


def story(verdict: Verdict) -> Story:
    """Sort the findings: what decides comes first, all rows before slices, the clearest before the faintest."""
    ordered = sorted(verdict.findings, key=_order)  # stable: what ties stays in the policy's order
    telling = [f for f in ordered if tells(f)]
    rest = [f for f in ordered if not tells(f)]
    return Story(
        telling=tuple(telling),
        unclear=tuple(f for f in rest if f.state is State.CANNOT_TELL),
        held=tuple(f for f in rest if f.state is State.HELD and not f.informs),
        absent=tuple(f for f in rest if f.state is State.ABSENT),
        informing=tuple(f for f in rest if f.informs),
    )


def unsaid(verdict: Verdict) -> tuple[Absent, ...]:
    """Absent evidence that no finding tells of already."""
    told = {finding.subject for finding in verdict.findings if finding.state is State.ABSENT}
    return tuple(absent for absent in verdict.absent if absent.what not in told)


def tells(finding: Finding) -> bool:
    """Whether it stands in the table: it decides or moved, or the whole cannot be told."""
    overall_doubt = finding.state is State.CANNOT_TELL and not sliced(finding)
    decides = finding.blocks or finding.unsure or finding.waived
    return decides or overall_doubt or finding.state in {State.REGRESSED, State.IMPROVED}


def sliced(finding: Finding) -> bool:
    """Whether it speaks of some of the rows alone."""
    return finding.slice is not None and not finding.slice.overall


_READING = (State.REGRESSED, State.ABSENT, State.CANNOT_TELL, State.IMPROVED, State.HELD)


def _order(finding: Finding) -> tuple[object, ...]:
    """Those that decide, then by state; all rows before slices; data before metrics before the quiz (by the rule).

    What judges nothing comes last.
    """
    decides = (finding.blocks, finding.unsure, finding.waived, not finding.informs, True)
    ranked = finding.state is State.REGRESSED or sliced(finding)
    where = (finding.slice.column, finding.slice.value) if finding.slice and sliced(finding) else ("", "")
    return (
        decides.index(True),
        _READING.index(finding.state),
        sliced(finding),
        finding.rule[:3],
        -_clarity(finding) if ranked else 0.0,
        where,
    )


def _clarity(finding: Finding) -> float:
    """How far the change lies beyond the limit (beyond 0 for the better), in half-widths of its interval."""
    seen = gains(finding)
    if seen is None:
        return 0.0
    low, value, high, limit = seen
    half = max((high - low) / 2, 1e-12)
    return (value if finding.state is State.IMPROVED else (limit or 0.0) - value) / half


def name(finding: Finding) -> str:
    """`intent accuracy`, or `intent accuracy where language=de`."""
    return " ".join(part for part in (finding.model, finding.subject, where(finding)) if part)


def where(finding: Finding) -> str:
    """`where language=de` for a slice, and nothing for all rows."""
    return f"where {finding.slice}" if finding.slice is not None and sliced(finding) else ""


def sentence(finding: Finding) -> str:
    """One finding with its number, interval, limit and rows; what its rule said of it where it has no numbers."""
    if finding.change is None or finding.before is None or finding.after is None:
        return finding.said.rstrip(".") or f"{name(finding)}: {WORDS[finding.state]}"
    facts = "; ".join(
        part
        for part in (
            f"{numbers.change(finding)}, {numbers.interval(finding)}",
            numbers.limit(finding),
            numbers.rows(finding),
        )
        if part
    )
    return f"{_moved(finding)} {numbers.pair(finding.before, finding.after)} ({facts})"


def _moved(finding: Finding) -> str:
    change = finding.change.value if finding.change else 0.0
    if finding.state is State.CANNOT_TELL:
        return f"cannot tell whether {name(finding)} got worse:"
    if finding.state is State.HELD:
        return f"{name(finding)} held:"
    return f"{name(finding)} {'rose' if change > 0 else 'fell' if change < 0 else 'stayed'}"


def reason(verdict: Verdict, told: Story) -> str:
    """Why, in one sentence: the first line's second half."""
    if verdict.decision is Decision.MERGE:
        return _why_merge(verdict, told)
    if told.telling and (told.telling[0].blocks or told.telling[0].unsure):
        return sentence(told.telling[0])
    if unsaid(verdict):
        return f"evidence is absent: {unsaid(verdict)[0].what} ({unsaid(verdict)[0].why.rstrip('.')})"
    return sentence(told.telling[0]) if told.telling else "the evidence cannot tell"


def _why_merge(verdict: Verdict, told: Story) -> str:
    if verdict.bootstrap:
        return "first run, nothing to compare with yet"
    if any(f.rule == SCHEDULED for f in told.absent) and not (told.telling or told.held):
        return "not judged, as training is scheduled"
    accepted = [f for f in told.telling if f.waived]
    if accepted and verdict.waiver:
        return f"accepted by {verdict.waiver.by}: {sentence(accepted[0])}"
    better = [f for f in told.telling if f.state is State.IMPROVED]
    if better:
        return f"improved: {sentence(better[0])}"
    checks = _checks(len(told.held))
    if verdict.plan and verdict.plan.stages and not verdict.plan.count(Action.RUN, Action.RESTORE, Action.MAY_RUN):
        return f"nothing to rerun, {checks} held" if told.held else "nothing to rerun"
    return f"nothing got worse, {checks} held" if told.held else "nothing that is judged changed"


def _checks(count: int) -> str:
    return f"{count:,} check" if count == 1 else f"{count:,} checks"


def also(verdict: Verdict, told: Story) -> str:
    """What else moved, in one line: the next three by name and the rest by count. Empty where nothing else did."""
    headline = reason(verdict, told)
    others = [finding for finding in told.telling if not (finding.informs or headline.endswith(sentence(finding)))]
    one_model = len({finding.model for finding in verdict.findings} - {""}) == 1
    named = [_briefly(finding, one_model=one_model) for finding in others[:3]]
    counts = Counter(WORDS[finding.state] for finding in others[3:])
    moved = f"Also: {', '.join(named + [f'{count:,} more {word}' for word, count in counts.items()])}." if named else ""
    quiet = ", ".join(_quiet(verdict, told, headline))
    return " ".join(part for part in (moved, f"{quiet[:1].upper()}{quiet[1:]}." if quiet else "") if part)


def _briefly(finding: Finding, *, one_model: bool) -> str:
    """`f1_macro −3.9 points`, `quiz 78 → 74`, `coverage absent`."""
    subject = name(finding).removeprefix(f"{finding.model} ") if one_model else name(finding)
    told = numbers.change(finding) or numbers.pair(finding.before, finding.after) or WORDS[finding.state]
    return f"{subject} {told}"


def _quiet(verdict: Verdict, told: Story, headline: str) -> list[str]:
    parts = []
    if told.held and not headline.endswith(" held"):
        parts.append(f"{_checks(len(told.held))} held")
    if told.unclear:
        parts.append(f"{len(told.unclear):,} {'slice' if len(told.unclear) == 1 else 'slices'} too small to tell")
    scheduled = [name(f) for f in told.absent if f.rule == SCHEDULED]
    if scheduled:
        parts.append(f"not judged, as training is scheduled: {', '.join(scheduled)}")
    missing = len(unsaid(verdict)) + len(told.absent) - len(scheduled)
    if missing and not verdict.bootstrap:
        parts.append(f"{missing:,} {'piece' if missing == 1 else 'pieces'} of evidence absent")
    return parts
