"""What the plots of the benchmarks have in common."""

from __future__ import annotations

from html import escape

FAINT, TEXT, QUIET = "#d0d7de", "#1f2328", "#59636e"
"""Colours of lines, of what is said, and of what is said beside."""


def text(  # noqa: PLR0913 - the attributes of a text
    x: float, y: float, said: str, *, size: int = 11, colour: str = QUIET, bold: bool = False, anchor: str = "start"
) -> str:
    """A line of text, escaped; sizes in user units."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{weight} text-anchor="{anchor}" '
        f'fill="{colour}">{escape(said)}</text>'
    )
