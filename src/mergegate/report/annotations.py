"""Marks the lines that may have caused a finding: workflow commands for the log, JSON for a check run.

How a command is escaped, and that it ends at the line: GitHub's documentation, "Workflow commands for GitHub Actions",
and the runner's own `ActionCommand`: `%`, CR and LF everywhere, `:` and `,` in properties, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mergegate.facts import State
from mergegate.facts.annotation import Annotation, Level
from mergegate.report.escape import clean, clip
from mergegate.report.story import of_criteria, sentence, story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts import Finding, Verdict
    from mergegate.facts.annotation import Place

MOST = 10
"""Annotations of one level: GitHub shows no more of a step."""
_LONGEST = 600
_LEVELS = {Level.ERROR: "failure", Level.WARNING: "warning", Level.NOTICE: "notice"}
_DATA = "MG1"
"""How the codes of the rules on data begin."""


def annotate(verdict: Verdict, places: Sequence[Place]) -> tuple[Annotation, ...]:
    """The places that findings speak of, those that block first; a place that nothing speaks of is not marked."""
    telling = [finding for finding in story(verdict).telling if not finding.informs and _worse(finding)]
    reaching = {model: sum(model in place.models for place in places) for place in places for model in place.models}
    found = []
    for place in places:
        spoken = [finding for finding in telling if _concerns(finding, place)]
        if spoken and clean(place.path) == place.path:  # what acts on a terminal names no file that anybody can see
            others = max((reaching.get(finding.model, 1) for finding in spoken), default=1) - 1
            found.append(_annotation(place, spoken, others))
    found.sort(key=lambda one: (list(Level).index(one.level), one.path, one.line, one.message))
    kept = [[one for one in found if one.level is level][:MOST] for level in Level]
    return tuple(one for some in kept for one in some)


def _worse(finding: Finding) -> bool:
    return finding.blocks or finding.unsure or finding.waived or finding.state is State.REGRESSED


def _concerns(finding: Finding, place: Place) -> bool:
    if finding.rule.startswith(_DATA):
        return bool(place.table) and f"{finding.subject} ".startswith(f"{place.table} ")
    if of_criteria(finding):
        return place.card and finding.model in place.models
    return finding.model in place.models and not place.card


def _annotation(place: Place, spoken: Sequence[Finding], others: int) -> Annotation:
    blocking = any(finding.blocks for finding in spoken)
    first = spoken[0]
    more = f" And {len(spoken) - 1:,} more." if len(spoken) > 1 else ""
    shared = f" It is one of {others + 1:,} changes that reach {first.model}." if others and first.model else ""
    message = f"{place.what}: {sentence(first)} ({first.rule}).{more}{shared}"
    title = f"mergegate: {first.model or place.table} {'got worse' if blocking else 'may have got worse'}"
    level = Level.ERROR if blocking else Level.WARNING
    return Annotation(place.path, place.line, level, clip(clean(title), 120), clip(clean(message), _LONGEST))


def commands(found: Sequence[Annotation]) -> str:
    """Each as a workflow command, one a line: `::error file=params.yaml,line=3,title=...::...`."""
    return "".join(
        f"::{one.level} file={_property(one.path)},line={one.line},title={_property(one.title)}::{_data(one.message)}\n"
        for one in found
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def for_check(found: Sequence[Annotation]) -> str:
    """The same as the `annotations` of a check run's `output`, as GitHub's API takes them."""
    return json.dumps(
        [
            {
                "path": one.path, "start_line": one.line, "end_line": one.line,
                "annotation_level": _LEVELS[one.level], "title": one.title, "message": one.message,
            }
            for one in found
        ],
        indent=1,
    ) + "\n"  # fmt: skip
