"""What a reader must know besides the verdict: the same in every format, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.verdict import Decision
from mergegate.report.story import CHANGED, tells

if TYPE_CHECKING:
    from mergegate.facts import Finding, Verdict
    from mergegate.facts.waiver import Waiver

FLIPS = "MG705"
"""The rule that says who is decided otherwise."""
METRIC_FILES = ("MG801", "MG802")
"""The rules on numbers that the pull request wrote itself."""
MOST_CARDS = 3
"""Cards whose changes stand above the table."""
DATA = "MG102"
"""The rule that says which rows of the data changed."""

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
    return finding.subject.endswith(" rows") and len(finding.examples) > 1 and not tells(finding)


def _criteria_changed(verdict: Verdict) -> list[tuple[str, str]]:
    """What changes in each card, and whom it decides otherwise."""
    said: list[tuple[str, str]] = []
    changed = [one for one in verdict.findings if one.rule == CHANGED and len(one.examples) > 1]
    for one in changed[:MOST_CARDS]:
        said.append(("Criteria changed.", f"{one.model}: {one.said}."))
        flips = [f.said for f in verdict.findings if (f.rule, f.model) == (FLIPS, one.model) and not tells(f)]
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
