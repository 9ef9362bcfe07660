"""The power curve of a calibration, as a table, as a picture that needs nothing, and as a Vega-Lite specification."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts.calibration import Calibration, Rate, Rows

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 360, 60, 40, 60
COLOURS = ("#1f6feb", "#bc4c00", "#8250df", "#1a7f37", "#cf222e", "#57606a")
"""Dark enough on white, light enough on black; told apart by their labels, too."""


def table(found: Calibration) -> str:
    """Plain text: what was simulated, the false-block rate, and the chance of a block for each true drop."""
    lines = [_simulated(rows) for rows in found.models]
    rate = found.false_blocks
    kept = f" (of which checks apart from these keep {found.reserved:.2%})" if found.reserved else ""
    lines += [
        "",
        f"nothing got worse: {_share(rate)} of {rate.runs:,} pull requests blocked; alpha is {found.alpha:.2%}{kept}",
        "",
        f"{'true drop':>10}  {'blocked':>26}  where",
    ]
    lines += [f"{100 * one.drop:>7.2f} pt  {_share(one):>26}  {_place(one)}" for one in found.power]
    return "\n".join(lines)


def tree(found: Calibration) -> dict[str, Any]:
    """`calibration.json`."""
    return {
        "version": 1,
        "alpha": found.alpha,
        "reserved_for_targets": found.reserved,
        "seed": found.seed,
        "models": [
            {
                "model": one.model, "rows": one.rows, "of": one.of, "groups": one.groups, "checks": one.checks,
                "simulated_disagreement": one.psi, "question": one.question,
            }
            for one in found.models
        ],
        "false_blocks": _rate(found.false_blocks),
        "power": [{"model": one.model, "where": one.where, "drop": one.drop, **_rate(one)} for one in found.power],
    }  # fmt: skip


def vega_lite(found: Calibration) -> dict[str, Any]:
    """The same curve for whoever draws with Vega-Lite."""
    values = [
        {"line": _place(one), "drop": 100 * one.drop, "rate": one.rate, "low": one.low, "high": one.high}
        for one in _with_zero(found)
    ]
    x = {"field": "drop", "type": "quantitative", "title": "true drop in points"}
    colour = {"field": "line", "type": "nominal", "title": None}
    percent = {"format": "%"}
    rate = {
        "field": "rate", "type": "quantitative", "title": "blocked", "axis": percent, "scale": {"domain": [0, 1]},
    }  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": "Chance that the pull request is blocked",
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": rate, "color": colour}},
            {
                "mark": "rule",
                "encoding": {"x": x, "y": {**rate, "field": "low"}, "y2": {"field": "high"}, "color": colour},
            },
            {
                "data": {"values": [{"alpha": found.alpha}]},
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"y": {"field": "alpha", "type": "quantitative"}},
            },
        ],
    }


def svg(found: Calibration) -> str:
    """A picture of the curve, with its intervals and alpha, in one file without script or font."""
    points = _with_zero(found)
    most = max((one.drop for one in points), default=0.0) or 0.01
    names = list(dict.fromkeys(_place(one) for one in points))
    parts = [*_axes(most), _alpha(found.alpha)]
    for number, name in enumerate(names):
        colour = COLOURS[number % len(COLOURS)]
        parts += _line([one for one in points if _place(one) == name], most, colour)
        y = TOP + 14 + 16 * number
        parts.append(
            f'<rect x="{LEFT + 12}" y="{y - 9}" width="10" height="10" fill="{colour}"/>'
            f'<text x="{LEFT + 28}" y="{y}">{escape(name)}</text>'
        )
    total = HEIGHT + TOP + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + LEFT + 30} {total}" role="img" '
        'font-family="sans-serif" font-size="12" fill="#24292f">'
        "<title>Chance that the pull request is blocked, by true drop</title>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _axes(most: float) -> list[str]:
    parts = []
    for tick in range(6):
        y = _y(tick / 5)
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + WIDTH}" y2="{y:.1f}" stroke="#d0d7de"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{20 * tick} %</text>'
        )
        x = _x(most * tick / 5, most)
        parts.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{100 * most * tick / 5:g}</text>')
    middle = LEFT + WIDTH / 2
    parts.append(f'<text x="{middle}" y="{TOP + HEIGHT + 40}" text-anchor="middle">true drop in points</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 14}">Chance that the pull request is blocked</text>')
    return parts


def _alpha(alpha: float) -> str:
    y = _y(alpha)
    return (
        f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + WIDTH}" y2="{y:.1f}" stroke="#57606a" stroke-dasharray="4 4"/>'
        f'<text x="{LEFT + WIDTH}" y="{y - 4:.1f}" text-anchor="end">alpha {100 * alpha:g} %</text>'
    )


def _line(points: Sequence[Rate], most: float, colour: str) -> list[str]:
    at = [(_x(one.drop, most), one) for one in points]
    joined = " ".join(f"{x:.1f},{_y(one.rate):.1f}" for x, one in at)
    parts = [f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for x, one in at:
        parts.append(
            f'<line x1="{x:.1f}" y1="{_y(one.low):.1f}" x2="{x:.1f}" y2="{_y(one.high):.1f}" stroke="{colour}"/>'
            f'<circle cx="{x:.1f}" cy="{_y(one.rate):.1f}" r="3.5" fill="{colour}">'
            f"<title>{100 * one.drop:g} points: {_share(one)} blocked</title></circle>"
        )
    return parts


def _x(drop: float, most: float) -> float:
    return LEFT + WIDTH * drop / most


def _y(rate: float) -> float:
    return TOP + HEIGHT * (1 - rate)


def _with_zero(found: Calibration) -> list[Rate]:
    """Each line begins where nothing dropped."""
    starts: dict[tuple[str, str], Rate] = {}
    for one in found.power:
        starts.setdefault((one.model, one.where), replace(found.false_blocks, model=one.model, where=one.where))
    if not starts:
        starts["", ""] = replace(found.false_blocks, where="nothing")
    points: list[Rate] = []
    for key, start in starts.items():
        points += [start, *(one for one in found.power if (one.model, one.where) == key)]
    return points


def _simulated(rows: Rows) -> str:
    unit = f"{rows.groups:,} groups" if rows.groups is not None else "independent rows"
    size = f"{rows.rows:,} rows" if rows.rows == rows.of else f"{rows.rows:,} of {rows.of:,} rows"
    how = "the disagreement of base and head" if rows.psi is None else f"{rows.psi:.1%} of the rows made to differ"
    return f"{rows.model}: {size}, {unit}, {rows.checks} checks, {how}; judged: {rows.question}"


def _share(one: Rate) -> str:
    return f"{one.rate:.1%} (95 % {one.low:.1%} to {one.high:.1%})"


def _place(one: Rate) -> str:
    return f"{one.model} {one.where}".strip()


def _rate(one: Rate) -> dict[str, Any]:
    return {"rate": one.rate, "low": one.low, "high": one.high, "blocked": one.blocked, "runs": one.runs}
