"""A replay as a small drawing: how the points lie about the cut-off, and who is approved how often."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, MARGIN, LABEL = 760, 24, 190
BARS_HEIGHT, LINE = 150, 20
APPROVED, DENIED, COLOURS = "#2a6f97", "#c8553d", ("#2a6f97", "#e09f3e")
"""Colours that also differ in lightness."""
SHOWN = 40
"""Characters of a name that are drawn."""


def _short(name: object) -> str:
    """A name as XML text, without characters that XML cannot hold."""
    plain = "".join(each if each.isprintable() else "�" for each in str(name))
    return escape(plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…")


def _text(x: float, y: float, said: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{f" {style}" if style else ""}>{said}</text>'


def _bars(version: Mapping[str, Any], top: float) -> list[str]:
    """The histogram of one version's points; a bar that the cut-off crosses has both colours."""
    bars, cutoff = version["points"], version["cutoff"]
    title = f"Points, criteria {_short(version['version'])}: {version['approved']:,} of {version['decided']:,} approved"
    lines = [_text(MARGIN, top + 14, title, 'class="title"')]
    if len(bars) < 2:
        return lines
    first, last = min(bars[0]["from"], cutoff), max(bars[-1]["from"], cutoff)
    scale = (WIDTH - 2 * MARGIN) / (last - first)
    most, floor = max(bar["rows"] for bar in bars), top + BARS_HEIGHT - 22
    for bar, following in pairwise(bars):
        height = (floor - top - 30) * bar["rows"] / most
        edge = min(max(cutoff, bar["from"]), following["from"])
        for low, high, colour in ((bar["from"], edge, DENIED), (edge, following["from"], APPROVED)):
            if high > low and bar["rows"]:
                x, wide = MARGIN + (low - first) * scale, (high - low) * scale
                shape = f'x="{x:.1f}" y="{floor - height:.1f}" width="{wide:.1f}" height="{height:.1f}"'
                lines.append(f'<rect {shape} fill="{colour}"/>')
    at = MARGIN + (cutoff - first) * scale
    lines.append(f'<path d="M{MARGIN} {floor}H{WIDTH - MARGIN}M{at:.1f} {top + 22}V{floor + 4}" class="axis"/>')
    lines.append(_text(at, floor + 17, f"cut-off {cutoff}", 'text-anchor="middle"'))
    ends = ((MARGIN, first, "start"), (WIDTH - MARGIN, last, "end"))
    lines += [_text(x, floor + 17, str(said), f'text-anchor="{way}"') for x, said, way in ends if abs(x - at) > 70]
    return lines


def _whiskers(versions: Sequence[Mapping[str, Any]], top: float) -> list[str]:
    """The share approved with its interval, for everybody and each group; one colour for each version."""
    span = WIDTH - LABEL - MARGIN
    lines = [_text(MARGIN, top + 14, "Share approved, with 95 % interval", 'class="title"')]
    for index, version in enumerate(versions if len(versions) > 1 else ()):
        x = LABEL + span / 2 + index * 150
        lines.append(f'<circle cx="{x:.1f}" cy="{top + 10:.1f}" r="4" fill="{COLOURS[index]}"/>')
        lines.append(_text(x + 9, top + 14, _short(version["version"])[:18]))
    y = top + 34
    named = ["everybody", *(f"{each['group']} = {each['value']}" for each in versions[0]["groups"])]
    for place, name in enumerate(named):
        shares = [version if place == 0 else version["groups"][place - 1] for version in versions]
        lines.append(_text(MARGIN, y + 4, f"{_short(name)} ({shares[0]['decided']:,})"))
        for index, share in enumerate(shares):
            if share["ratio"] is None:
                continue
            height = y + (index - (len(shares) - 1) / 2) * 7
            low, high, middle = (LABEL + span * share[key] for key in ("low", "high", "ratio"))
            lines.append(f'<path d="M{low:.1f} {height:.1f}H{high:.1f}" stroke="{COLOURS[index]}" stroke-width="2"/>')
            lines.append(f'<circle cx="{middle:.1f}" cy="{height:.1f}" r="3.5" fill="{COLOURS[index]}"/>')
        y += LINE
    lines.append(f'<path d="M{LABEL} {y - 6}H{LABEL + span}" class="axis"/>')
    ticks = (0, 0.25, 0.5, 0.75, 1)
    return lines + [_text(LABEL + span * at, y + 9, f"{at:.0%}", 'text-anchor="middle"') for at in ticks]


def svg(said: Mapping[str, Any]) -> str:
    """The drawing of `replay_facts.facts`: one histogram for each version, then the shares."""
    versions = said["versions"]
    lines: list[str] = []
    for index, version in enumerate(versions):
        lines += _bars(version, index * BARS_HEIGHT + 6)
    below = len(versions) * BARS_HEIGHT + 10
    lines += _whiskers(versions, below)
    height = below + 34 + LINE * (1 + len(versions[0]["groups"])) + 22
    style = "text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.axis{stroke:#444;fill:none}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n'
        f'<style>{style}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(lines) + "\n</svg>\n"
    )
