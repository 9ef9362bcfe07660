"""The report as one HTML file: no network, no script but ours, readable in light, in dark and on paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from mergegate.report import dag, embed, forest, numbers, plot, specs, vega
from mergegate.report.embed import Source
from mergegate.report.escape import clean, clip
from mergegate.report.mermaid import words
from mergegate.report.remarks import remarks
from mergegate.report.story import MARKS, also, name, reason, story, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mergegate.facts import Finding, StagePlan, Verdict

MOST_FINDINGS = 300
"""With a row of their own; the others stand in a table that is drawn where it is looked at."""
ROOM = 3_900_000
"""Bytes of all tables together, about: a page stays under 5 MB, whatever the input."""
ROOM_FINDINGS, ROOM_FURTHER, ROOM_NOTES = 1_000_000, 800_000, 300_000
"""Of it, at most; the rows of examples have what the others leave."""
MOST_STAGES = 500
ROOM_STAGES = 200_000
MOST_ABSENT = 100
MOST_PICTURE = 60_000
"""Characters of one picture."""
MOST_TABLES = 40
LONGEST = 2_000
"""Characters of one sentence."""
_ROW = 600
"""Characters of a finding's row beside the words of others, about."""
_SAMPLE = (
    "The comment shows a sample of these rows. Where there are more than are listed here, those listed are the surest "
    "mistakes (MG301), or drawn by the hash of their id."
)


def html(verdict: Verdict, drawn: Mapping[str, str] | None = None) -> str:
    """Write the whole report as one file, of less than 5 MB whatever the verdict holds: what it leaves out, it says.

    `drawn` has the SVG of each specification of `report.specs` by its name, where they were drawn; their figures stand
    in the page in any case.
    """
    drawn = drawn or {}
    told = story(verdict)
    ordered = (*told.telling, *told.unclear, *told.absent, *told.informing, *told.held)
    findings, room = _within(ordered[:MOST_FINDINGS])
    further = embed.tables(
        [_further(ordered[len(findings) :])] if len(findings) < len(ordered) else [], "further", ROOM_FURTHER
    )
    notes = [Source(note.title, note.rows) for note in verdict.notes if len(note.rows) > 1]
    beside = embed.tables(notes[:MOST_TABLES], "note", ROOM_NOTES)
    rows = [_rows(finding) for finding in ordered if len(finding.examples) > 1]
    room -= sum(table.size for table in (*further, *beside))
    tables = embed.tables(rows[:MOST_TABLES], "rows", room)
    style, script = asset("page.css"), asset("page.js")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            verdict=verdict,
            mark=MARKS[verdict.decision],
            reason=reason(verdict, told),
            also=also(verdict, told),
            remarks=remarks(verdict),
            unsaid=[(one.what, one.why, one.do) for one in unsaid(verdict)[:MOST_ABSENT]],
            unsaid_left_out=max(len(unsaid(verdict)) - MOST_ABSENT, 0),
            findings=findings,
            number=len(ordered),
            further=further,
            tables=tables,
            tables_left_out=len(rows) - len(tables) + len(notes) - len(beside),
            notes=beside,
            forests=forest.forests(ordered),
            layout=forest,
            stages=_stages(verdict),
            dag=dag.drawing(verdict.plan, verdict.run),
            boxes=dag,
            pictures=[(one, picture_of(one, drawn)) for one in specs.pictures(verdict)],
            style=style,
            script=script,
            policy=policy(style, script),
        )
    )


def _within(findings: Sequence[Finding]) -> tuple[Sequence[Finding], int]:
    """As many of the findings as there is room for, at least one; and the room that they leave in the page."""
    used = 0
    for number, finding in enumerate(findings):
        texts = (name(finding), finding.said, finding.do)
        size = _ROW + sum(embed.written(clip(text, LONGEST)) for text in texts)
        if used + size > ROOM_FINDINGS and number:
            return findings[:number], ROOM - used
        used += size
    return findings, ROOM - used


def picture_of(picture: specs.Picture, drawn: Mapping[str, str]) -> str:
    """The picture to put into the page, escaped; empty where it was not drawn, or is larger than any of ours."""
    svg = (
        vega.inlined(drawn[picture.key], clean(f"{picture.title}; the table below has the same figures"))
        if picture.key in drawn
        else ""
    )
    return svg if len(svg) < MOST_PICTURE else ""


def _stages(verdict: Verdict) -> Sequence[StagePlan]:
    """The stages that there is room for."""
    stages = verdict.plan.stages[:MOST_STAGES] if verdict.plan else ()
    room = ROOM_STAGES
    for number, stage in enumerate(stages):
        texts = [stage.name, *stage.upstream, *(f"{r.name}{r.before}{r.after}{r.kind}" for r in stage.reasons)]
        room -= 100 + sum(embed.written(clip(text, LONGEST)) for text in texts)
        if room < 0:
            return stages[:number]
    return stages


def _further(findings: Sequence[Finding]) -> Source:
    """The findings that have no row of their own, in figures and words."""
    header = ("State", "What", "Before → after", "Change", "Limit", "What to do", "Rule")
    rows = (
        (
            word(one), name(one), numbers.pair(one.before, one.after),
            f"{numbers.change(one)} ({numbers.interval(one)})" if one.change else "", numbers.limit(one),
            f"{one.said} {one.do}".strip(), one.rule,
        )
        for one in findings
    )  # fmt: skip
    return Source("Further findings", (header, *rows))


def _rows(finding: Finding) -> Source:
    """The longer of a finding's two tables."""
    return Source(f"{name(finding)}, {finding.rule}", finding.full or finding.examples, _SAMPLE if finding.full else "")


def policy(style: str, script: str) -> str:
    """Return the content security policy: only these two texts may style and run, and nothing may be fetched."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def asset(name: str) -> str:
    """A file of the page."""
    return resources.files("mergegate.report").joinpath("page", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Autoescape everything, cut what is too long, and spell out unseen characters in every text that is put in."""
    environment = Environment(
        loader=PackageLoader("mergegate.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "name": name,
        "pair": lambda finding: numbers.pair(finding.before, finding.after),
        "change": numbers.change,
        "interval": numbers.interval,
        "limit": numbers.limit,
        "rows": numbers.rows,
        "plot": plot.text_plot,
        "word": word,
        "count": lambda number: f"{number:,}",
    }
    environment.globals |= {"stage_words": words}
    return environment


def _inert(value: object) -> object:
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return clip(clean(value), LONGEST)
