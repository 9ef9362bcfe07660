"""The verdict in a terminal: the comment's story as lines that survive any width."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergegate.facts.verdict import Decision, State
from mergegate.report import numbers, plot
from mergegate.report.escape import clean, clip
from mergegate.report.mermaid import words
from mergegate.report.remarks import remarks
from mergegate.report.story import Story, also, name, reason, story, unsaid, word

if TYPE_CHECKING:
    from mergegate.facts import Absent, Finding, Note, Verdict

_COLOURS = {Decision.MERGE: "bold green", Decision.BLOCK: "bold red", Decision.UNSURE: "bold yellow"}
_STATES = {State.IMPROVED: "green", State.REGRESSED: "red", State.CANNOT_TELL: "yellow", State.ABSENT: "yellow"}
VISIBLE = 12
PICTURE = 11
"""Characters of a drawn interval: with the numbers around it less than 80."""


def terminal(verdict: Verdict, *, width: int, colour: bool) -> str:
    """Write the verdict in lines of at most `width` columns; with `colour`, in ANSI's standard colours."""

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=max(width, 20),
        color_system="standard" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        legacy_windows=False,
        emoji=False,
        markup=False,
        highlight=False,
        _environ={},  # the same text wherever it is written
    )
    told = story(verdict)
    _head(console, verdict, told)
    for finding in told.telling[:VISIBLE]:
        _finding(console, finding)
    _rest(console, verdict, told)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _head(console: Console, verdict: Verdict, told: Story) -> None:

    head = Text.assemble((f"mergegate: {verdict.decision}", _COLOURS[verdict.decision]), " — ")
    console.print(head + Text(clip(clean(reason(verdict, told)), 700)))
    if other := also(verdict, told):
        console.print(Text(clip(clean(other), 500)))
    for lead, remark in remarks(verdict):
        console.print(Text.assemble((lead, "bold"), f" {clip(clean(remark), 500)}"))


def _finding(console: Console, finding: Finding) -> None:
    """Three lines at most: what, how much, what to do."""

    state = (word(finding), _STATES.get(finding.state, ""))
    console.print()
    console.print(
        Text.assemble(state, f"  {clip(clean(name(finding)), 200)}  ", (clip(clean(finding.rule), 40), "dim"))
    )
    parts = [
        numbers.pair(finding.before, finding.after),
        f"{numbers.change(finding)} ({numbers.interval(finding)})" if finding.change else "",
        plot.text_plot(finding, PICTURE),
        numbers.limit(finding),
    ]
    figures = "  ".join(part for part in parts if part)
    for line in (figures if finding.change else "", "" if finding.change else finding.said, finding.do):
        if line:
            _indented(console, clip(clean(line), 400))


def _indented(console: Console, text: str) -> None:

    console.print(Padding(Text(text), (0, 0, 0, 2)))


def _rest(console: Console, verdict: Verdict, told: Story) -> None:
    """What is folded in the comment, each in a line or two."""
    more = len(told.telling) - VISIBLE
    lines = [f"{more:,} more moved: see report.html" if more > 0 else ""]
    lines += [_missing(absent) for absent in unsaid(verdict)]
    lines += [_missing_finding(finding) for finding in told.absent]
    lines += [_changed(note) for note in verdict.notes if len(note.rows) > 1]
    if verdict.plan and verdict.plan.stages:
        lines.append("stages: " + ", ".join(f"{s.name} {words(s, verdict.run)}" for s in verdict.plan.stages))
    lines.append(f"base {verdict.base.sha[:12]} ({verdict.base.name}), head {verdict.head.sha[:12]}")
    console.print()

    for line in lines:
        if line:
            console.print(Text(clip(clean(line), 600)))


def _missing(absent: Absent) -> str:
    return f"absent: {absent.what}: {absent.why}{f' ({absent.do})' if absent.do else ''}"


def _missing_finding(finding: Finding) -> str:
    return f"absent: {name(finding)}: {finding.said}{f' ({finding.do})' if finding.do else ''}"


def _changed(note: Note) -> str:
    """A note in one line: its title, its count, and the first two cells of some rows."""
    firsts = ", ".join(" ".join(cell for cell in row[:2] if cell) for row in note.rows[1:6])
    return f"{note.title} ({len(note.rows) - 1:,}): {firsts}{', …' if len(note.rows) > 6 else ''}"
