"""The table of what moved: in a few lines above the folds, and at length below."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from mergegate.facts.verdict import State
from mergegate.report import numbers, plot
from mergegate.report.escape import clean, clip, code, fit
from mergegate.report.sections import table
from mergegate.report.story import sliced, word

if TYPE_CHECKING:
    from mergegate.facts import Finding

MOST = 5
"""Rows that stand unfolded."""
LEAST = 3
"""And however high they are, or whatever stands above them."""
HIGH = 12
"""Lines that they may take on a desk, together."""
LINES = 10
"""Lines that their sentences share: few rows say all they have to, many only what matters."""
NARROW = 22
"""Characters of the first cell that are one line on a desk."""
WIDE = 82
"""Characters of the second cell that are one line on a desk."""
AT_LENGTH = 600
"""Characters of a sentence in a folded row."""
TOGETHER = 21
"""Characters of `**regressed** MG301`, kept on one line where a long sentence would make the first cell narrow."""
PICTURE = 11
"""Characters of a drawn interval: it stands beside the numbers, on their line."""

HEADER = ("What", "Before → after, change, limit, and what to do")


@dataclass(frozen=True, slots=True)
class Brief:
    """The table above the folds."""

    lines: tuple[str, ...]
    whole: bool
    """Whether it says all that there is to say of what moved."""


@dataclass(frozen=True, slots=True)
class _Lead:
    """A finding with a row of its own, and the slices that moved with it."""

    finding: Finding
    others: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """Two cells, escaped."""

    what: str
    told: str
    whole: bool
    long: bool
    """Whether a sentence takes more than a line."""


def at_length(finding: Finding) -> tuple[str, ...]:
    """Two cells, so that a phone shows both: the state, rule and subject; the numbers, the plot and all the words."""
    said = (fit(line, AT_LENGTH) for line in (numbers.rows(finding), *_words(finding)))
    return _what(finding), _lines(_figures(finding), *said)


def brief(telling: tuple[Finding, ...], above: int = 0) -> Brief:
    """Write the worst few of what moved, each in as many lines as all of them, and `above` of remarks, leave it."""
    leads = _leads(telling)
    shown = leads[: _fitting(leads, HIGH - above)]
    cells = [_in_lines(lead, max(2, (LINES - above) // len(shown))) for lead in shown]
    drawn = any(_picture(lead.finding) for lead in shown)
    header = (HEADER[0], f'Change, and what to do <sub aria-hidden="true">{plot.LEGEND}</sub>') if drawn else HEADER
    whole = len(shown) == len(telling) and all(one.whole for one in cells)
    narrow = any(one.long for one in cells)
    return Brief(table(header, [(_together(one.what) if narrow else one.what, one.told) for one in cells]), whole)


def _fitting(leads: tuple[_Lead, ...], room: int) -> int:
    """How many rows there is room for: each is two lines high, or as high as its first cell."""
    high = list(accumulate(max(2, _height(lead.finding)) for lead in leads[:MOST]))
    return max(LEAST, sum(lines <= room for lines in high))


def _height(finding: Finding) -> int:
    """Lines of the first cell on a desk."""
    where = str(finding.slice) if sliced(finding) else ""
    texts = (f"{finding.model} {finding.subject}".strip(), where)
    return 1 + sum(math.ceil(len(text) / NARROW) for text in texts)


def _together(what: str) -> str:
    """The first cell with no break in its first line."""
    first, end, rest = what.partition("<br>")
    return what if len(first) > TOGETHER else f"{first.replace(' ', '&nbsp;')}{end}{rest}"


def _leads(telling: tuple[Finding, ...]) -> tuple[_Lead, ...]:
    """Each finding by itself where there is room; else the slices of one metric that moved alike stand in one row."""
    if len(telling) <= MOST:
        return tuple(_Lead(finding) for finding in telling)
    alike: dict[object, _Lead] = {}
    for number, finding in enumerate(telling):
        kind = (finding.rule, finding.model, finding.subject, word(finding), finding.blocks)
        key = kind if sliced(finding) else number
        before = alike.get(key)
        alike[key] = replace(before, others=(*before.others, finding)) if before else _Lead(finding)
    return tuple(alike.values())


def _in_lines(lead: _Lead, room: int) -> _Row:
    """A row of about `room` lines, and whether that is all that there is to say."""
    what, figures = _what(lead.finding), _figures(lead.finding)
    wanted = _sentences(lead)
    kept = _kept(wanted, max(room, what.count("<br>") + 1) - bool(figures))
    whole = not lead.others and kept == [text for _, text in wanted]
    told = _lines(figures, *(fit(text, AT_LENGTH) for text in kept))
    return _Row(what, told, whole, long=any(len(text) > WIDE for text in kept))


def _kept(wanted: list[tuple[int, str]], room: int) -> list[str]:
    """Of sentences with their ranks those that `room` lines hold; one of rank 0 is rather cut than left out."""
    kept: dict[int, str] = {}
    waiting = sum(rank == 0 for rank, _ in wanted)
    for at, (rank, text) in sorted(enumerate(wanted), key=lambda one: (one[1][0], len(one[1][1]))):
        waiting -= rank == 0
        most = max(room - waiting, 1) if rank == 0 else room
        lines = math.ceil(len(text) / WIDE)
        if rank == 0 or lines <= most:
            kept[at] = clip(text, most * WIDE)
            room -= min(lines, most)
    return [kept[at] for at in sorted(kept)]


def _sentences(lead: _Lead) -> list[tuple[int, str]]:
    """What stands below the numbers, in order, each with its rank: the higher, the sooner it may be left out."""
    finding, others = lead.finding, _others(lead.others)
    said, do = (clean(text) for text in _words(finding))
    ranked = [
        (2, numbers.rows(finding)),
        (0, others),
        (1 if finding.change is not None and do else 0, said),
        (1 if others else 0, do),
    ]
    return [(rank, text) for rank, text in ranked if text]


def _words(finding: Finding) -> tuple[str, str]:
    """What the rule said where the numbers do not say it, and what to do."""
    if finding.change is None:
        values = numbers.pair(finding.before, finding.after)
        return ": ".join(part for part in (values, finding.said) if part), finding.do
    if finding.state is State.CANNOT_TELL:
        return finding.said, finding.do
    told = finding.state in {State.HELD, State.IMPROVED} or bool(finding.do)
    return "" if told else finding.said, finding.do


def _what(finding: Finding) -> str:
    """State and rule, subject, slice: each on its line."""
    subject = fit(f"{finding.model} {finding.subject}".strip(), 120)
    where = fit(str(finding.slice), 120, code) if sliced(finding) else ""
    return _lines(f"**{word(finding)}** {fit(finding.rule, 40)}", subject, where)


def _figures(finding: Finding) -> str:
    """`0.913 → 0.871: −4.2 points (95 % −5.1 to −3.3), limit −0.5` and its plot; empty where nothing was compared."""
    if finding.change is None:
        return ""
    values = numbers.pair(finding.before, finding.after)
    amount = f"**{numbers.change(finding)}** ({numbers.interval(finding)})"
    told = ", ".join(part for part in (f"{values}: {amount}" if values else amount, numbers.limit(finding)) if part)
    picture = _picture(finding)
    return f'{told} <code aria-hidden="true">{picture}</code>' if picture else told


def _picture(finding: Finding) -> str:
    return plot.text_plot(finding, PICTURE)


def _others(others: tuple[Finding, ...]) -> str:
    """`also domain=any −6.7 points, language=nl −6.1 points and 3 more slices`."""
    if not others:
        return ""
    named = [clip(f"{one.slice} {numbers.change(one)}".strip(), 40) for one in others[:2]]
    more = len(others) - len(named)
    rest = f" and {more:,} more {'slice' if more == 1 else 'slices'}" if more else ""
    return clean(f"also {', '.join(named)}{rest}")


def _lines(*lines: str) -> str:
    return "<br>".join(line for line in lines if line)
