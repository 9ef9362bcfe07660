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
    from mergegate.facts.waiver import Waiver

MARKS = {Decision.MERGE: "✅", Decision.BLOCK: "⛔", Decision.UNSURE: "❔"}
"""Beside the word, never instead of it."""

SCHEDULED = "MG003"
"""The rule that says what was not judged because training is scheduled."""
CHANGED = "MG703"
"""The rule that says what changes in the criteria."""
FLIPS = "MG705"
"""The rule that says who is decided otherwise."""
METRIC_FILES = ("MG801", "MG802")
"""The rules on numbers that the pull request wrote itself."""
MOST_CARDS = 3
"""Cards whose changes stand above the table."""
DATA = "MG102"
"""The rule that says which rows of the data changed."""
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
    telling = [f for f in ordered if _tells(f)]
    rest = [f for f in ordered if not _tells(f)]
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


def _tells(finding: Finding) -> bool:
    overall_doubt = finding.state is State.CANNOT_TELL and not _sliced(finding)
    decides = finding.blocks or finding.unsure or finding.waived
    return decides or overall_doubt or finding.state in {State.REGRESSED, State.IMPROVED}


def _sliced(finding: Finding) -> bool:
    return finding.slice is not None and not finding.slice.overall


_READING = (State.REGRESSED, State.ABSENT, State.CANNOT_TELL, State.IMPROVED, State.HELD)


def _order(finding: Finding) -> tuple[object, ...]:
    """Those that decide, then by state; all rows before slices; data before metrics before the quiz (by the rule)."""
    weight = 0 if finding.blocks else 1 if finding.unsure else 2 if finding.waived else 3
    ranked = finding.state is State.REGRESSED or _sliced(finding)
    where = (finding.slice.column, finding.slice.value) if finding.slice and _sliced(finding) else ("", "")
    return (
        weight,
        _READING.index(finding.state),
        _sliced(finding),
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
    return f"where {finding.slice}" if finding.slice is not None and _sliced(finding) else ""


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


_FIRST_RUN = (
    "The base has no results of its own, so nothing was compared. "
    "This passes once; from the next pull request on, the results of this one are the base."
)
_POLICY_CHANGED = (
    "This pull request changes gate.yaml. It was judged by the gate.yaml of the base; an owner must read the change."
)


def _moved_on(verdict: Verdict) -> str:
    """What to know where the evidence was made on another commit of the base than it is judged against."""
    made = verdict.plan.base if verdict.plan else ""
    if not made or made == verdict.base.sha:
        return ""
    return (
        f"The evidence was made on {made[:12]}, and it is judged against {verdict.base.sha[:12]}, by whose policy and "
        "labels. Bring the branch up to date: then it runs, and is judged, again."
    )


def _accepted(waiver: Waiver) -> str:
    """Who, why, for which commit and for which findings."""
    covers = ", ".join(waiver.covers[:4]) + (f" and {len(waiver.covers) - 4:,} more" if len(waiver.covers) > 4 else "")
    what = covers or "what got worse (nothing did)"
    return f"{waiver.by} ({waiver.role}) accepted {what} of commit {waiver.head[:12]}: “{waiver.reason}”"


def _noteworthy(finding: Finding) -> bool:
    """Whether it says which rows of a table changed, in so many words, and does not stand in the table anyway."""
    return finding.subject.endswith(" rows") and len(finding.examples) > 1 and not _tells(finding)


def _criteria_changed(verdict: Verdict) -> list[tuple[str, str]]:
    """What changes in each card, and whom it decides otherwise."""
    said: list[tuple[str, str]] = []
    changed = [one for one in verdict.findings if one.rule == CHANGED and len(one.examples) > 1]
    for one in changed[:MOST_CARDS]:
        said.append(("Criteria changed.", f"{one.model}: {one.said}."))
        flips = [f.said for f in verdict.findings if (f.rule, f.model) == (FLIPS, one.model) and not _tells(f)]
        if flips:
            said.append(("Who flips.", ". ".join(f"{words[:1].upper()}{words[1:]}" for words in flips) + "."))
    if len(changed) > MOST_CARDS:
        said.append(("Criteria changed.", f"{len(changed) - MOST_CARDS:,} more models: see below."))
    return said


_METRIC_FILES = (
    "{count} by a number in a metrics file, which the pull request's own run wrote and nobody computed again. Such a "
    "number has no interval: it cannot tell noise from change. Predictions row by row would (MG801 shows how)."
)


def _of_files(verdict: Verdict) -> str:
    """What to know where numbers of metrics files were judged; empty where none were."""
    files = sum(one.rule in METRIC_FILES for one in verdict.findings)
    if not files:
        return ""
    rest = len([one for one in verdict.findings if one.rule not in METRIC_FILES and not one.informs and one.model])
    return _METRIC_FILES.format(count=f"{files:,} checks are" if rest else "All of this is judged")


def remarks(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """What a reader must know besides, each as its name and a sentence; none where all is usual."""
    said = []
    if verdict.bootstrap:
        said.append(("First run.", _FIRST_RUN))
    if verdict.policy_changed:
        said.append(("Policy changed.", _POLICY_CHANGED))
    if stale := _moved_on(verdict):
        said.append(("The base has moved on.", stale))
    if of_files := _of_files(verdict):
        said.append(("Numbers on trust.", of_files))
    changed = [f for f in verdict.findings if f.rule == DATA and _noteworthy(f)]
    said += [("Data changed.", f"{f.subject.removesuffix(' rows')}: {f.said}.") for f in changed]
    said += _criteria_changed(verdict)
    if verdict.decision is Decision.UNSURE:
        effect = "lets it merge" if verdict.unsure_passes else "blocks the merge until it can tell"
        said.append(("Unsure.", f"The evidence cannot tell; the policy {effect}."))
    if verdict.waiver:
        said.append(("Accepted.", _accepted(verdict.waiver)))
    return tuple(said)
