"""The report as one HTML file: no network, no script but ours, readable in light, in dark and on paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from mergegate.report import forest, numbers, plot
from mergegate.report.escape import clean
from mergegate.report.mermaid import words
from mergegate.report.story import MARKS, also, name, reason, remarks, story, unsaid, word

if TYPE_CHECKING:
    from mergegate.facts import Verdict

MOST_FINDINGS = 5_000
MOST_EXAMPLES = 2_000
MOST_FULL = 10_000
"""Rows of a finding's full table."""


def html(verdict: Verdict) -> str:
    """Write the whole report as one file."""
    told = story(verdict)
    ordered = (*told.telling, *told.unclear, *told.absent, *told.informing, *told.held)
    style, script = _asset("page.css"), _asset("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            verdict=verdict,
            mark=MARKS[verdict.decision],
            reason=reason(verdict, told),
            also=also(verdict, told),
            remarks=remarks(verdict),
            unsaid=unsaid(verdict),
            findings=ordered[:MOST_FINDINGS],
            left_out=max(len(ordered) - MOST_FINDINGS, 0),
            shown=[finding for finding in ordered if len(finding.examples) > 1],
            forests=forest.forests(ordered),
            layout=forest,
            style=style,
            script=script,
            policy=policy(style, script),
            most_examples=MOST_EXAMPLES,
            most_full=MOST_FULL,
        )
    )


def policy(style: str, script: str) -> str:
    """Return the content security policy: only these two texts may style and run, and nothing may be fetched."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return resources.files("mergegate.report").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    """Autoescape everything, and spell out unseen characters in every text that is put in."""
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
    return clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
