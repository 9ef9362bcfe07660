"""Writes docs/architectures.md from its template and the measured figures."""

from __future__ import annotations

import json
from typing import Any

import jinja2
from benchmarks._architectures_world import ROOT

PAGE = ROOT / "docs/architectures.md"
TEMPLATE = ROOT / "benchmarks/architectures.md.j2"
FIGURES = ROOT / "metrics/benchmarks/architectures.json"


def seconds(value: float) -> str:
    """Seconds as a reader has them."""
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.1f} min"


def page(told: dict[str, Any]) -> str:
    """The page with these figures; a figure that the template wants and that is not there raises."""
    made = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - Markdown of numbers
    made.filters |= {"s": seconds, "whole": lambda value: f"{value:,.0f}"}
    return made.from_string(TEMPLATE.read_text(encoding="utf-8")).render(**told, d=told["derived"])


def write_page() -> None:
    """Write the page anew from the committed figures."""
    told = json.loads(FIGURES.read_text(encoding="utf-8"))
    PAGE.write_text(page(told), encoding="utf-8", newline="\n")
