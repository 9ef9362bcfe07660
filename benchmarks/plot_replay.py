"""Draw docs/images/replay.svg and write the table of docs/replay.md: `python -m benchmarks.plot_replay`."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from html import escape
from typing import Any

from benchmarks._scratch import ROOT
from benchmarks._svg import FAINT, QUIET, TEXT, text
from benchmarks.replay import OUT, blockers

PICTURE = ROOT / "docs" / "images" / "replay.svg"
PAGE = ROOT / "docs" / "replay.md"
MARK = "<!-- The rest is written by benchmarks/plot_replay.py. -->\n"
COLOURS = {"merge": "#1a7f37", "unsure": "#9a6700", "block": "#cf222e", "no verdict": "#8250df"}
LINE = "#0969da"
WIDTH, LEFT, RIGHT = 900, 62, 20
TOP, HIGH = 84, 230
"""Of the panel of accuracy."""
ROWS_TOP, ROWS_HIGH = TOP + HIGH + 46, 110
"""Of the panel of rows: added above the middle line, removed below."""
HEIGHT = ROWS_TOP + ROWS_HIGH + 40


def main() -> None:
    """Write the picture and the table."""
    result = json.loads(OUT.read_text(encoding="utf-8"))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(result), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(f"{page}{MARK}\n{table(result)}", encoding="utf-8")


def table(result: dict[str, Any]) -> str:
    """A row for each release: what changed, what was measured, and what the gate said."""
    lines = [
        "| release | rows | intents | changed | accuracy, own holdout | common rows | verdict | blocked by |",
        "| --- | --: | --: | --: | --: | --- | --- | --- |",
    ]
    for one in result["releases"]:
        if "rows" not in one:
            continue
        told, change = one["accuracy"], one.get("changed", {})
        common = f"{told['judged_before']:.3f} → {told['judged_after']:.3f}, {told['state']}" if "state" in told else ""
        moved = f"+{change['added']:,} −{change['removed']:,}" if change else ""
        blocked = ", ".join(f"[{rule}](rules/{rule}.md)" for rule in sorted(blockers(one)))
        lines.append(
            f"| {one['version']} | {one['rows']:,} | {one['intents']} | {moved} | {told['now']:.3f} | {common} | "
            f"{verdict(one)} | {blocked} |"
        )
    return "\n".join(lines) + "\n"


def picture(result: dict[str, Any]) -> str:
    """Accuracy by date with the verdict on each release, and below the rows that came and went."""
    releases = [one for one in result["releases"] if one.get("accuracy", {}).get("now") is not None]
    title = f"{len(releases)} releases of the data, each a pull request: accuracy on its own holdout, and the verdict"
    first, last = (dt.date.fromisoformat(releases[end]["date"]) for end in (0, -1))
    span = max((last - first).days, 1)

    def x(release: dict[str, Any]) -> float:
        days = (dt.date.fromisoformat(release["date"]) - first).days
        return LEFT + (WIDTH - LEFT - RIGHT) * days / span

    shown = [one["accuracy"].get(key) for one in releases for key in ("now", "judged_before", "judged_after")]
    low = min(0.1 * int(10 * min(value for value in shown if value is not None)), 0.8)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(10, 20, title, size=14, bold=True),
        *_legend(releases),
        *_axis(low),
        *_years(first, last, span),
        *_accuracy(releases, x, low),
        *_rows(releases, x),
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def verdict(release: dict[str, Any]) -> str:
    """`merge`, `block`, `unsure`, `no verdict`, or nothing for the first release, which no one judged."""
    return str(release["decision"] or "no verdict") if "decision" in release else ""


def _y(accuracy: float, low: float) -> float:
    return TOP + HIGH * (1 - (accuracy - low) / (1 - low))


def _legend(releases: list[dict[str, Any]]) -> list[str]:
    parts, left = [], 16.0
    for name in COLOURS:
        count = sum(verdict(one) == name for one in releases)
        if count:
            parts += [_mark(left, 42, name), text(left + 10, 46, f"{name} ({count})", size=12, colour=TEXT)]
            left += 110
    return [*parts, text(left + 10, 46, "dotted: before and after on the rows that both releases have", size=12)]


def _axis(low: float) -> list[str]:
    parts = []
    for step in range(round(low * 10), 11):
        y = _y(step / 10, low)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>')
        parts.append(text(LEFT - 8, y + 4, f"{step / 10:.1f}", anchor="end"))
    return [*parts, text(10, TOP - 12, "accuracy")]


def _years(first: dt.date, last: dt.date, span: int) -> list[str]:
    parts = []
    for year in range(first.year, last.year + 1):
        x = LEFT + (WIDTH - LEFT - RIGHT) * max((dt.date(year, 1, 1) - first).days, 0) / span
        bottom = ROWS_TOP + ROWS_HIGH
        parts += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" stroke="{FAINT}" stroke-dasharray="2 3"/>',
            text(x + 3 if x < WIDTH - RIGHT - 30 else x - 30, bottom + 16, str(year)),
        ]
    return parts


def _accuracy(releases: list[dict[str, Any]], x: Any, low: float) -> list[str]:
    points = " ".join(f"{x(one):.1f},{_y(one['accuracy']['now'], low):.1f}" for one in releases)
    parts = [f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="1.5"/>']
    for before, one in itertools.pairwise(releases):
        told = one["accuracy"]
        if "judged_before" in told:
            ends = (_y(told["judged_before"], low), _y(told["judged_after"], low))
            parts.append(
                f'<line x1="{x(before):.1f}" x2="{x(one):.1f}" y1="{ends[0]:.1f}" y2="{ends[1]:.1f}" '
                f'stroke="{QUIET}" stroke-dasharray="1 2"/>'
            )
    return parts + [_mark(x(one), _y(one["accuracy"]["now"], low), verdict(one), one) for one in releases]


def _rows(releases: list[dict[str, Any]], x: Any) -> list[str]:
    changes = [one for one in releases if "changed" in one]
    most = max((max(one["changed"]["added"], one["changed"]["removed"]) for one in changes), default=1) or 1
    middle = ROWS_TOP + ROWS_HIGH / 2
    parts = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{middle}" y2="{middle}" stroke="{FAINT}"/>',
        text(10, ROWS_TOP - 12, f"rows added (up) and removed (down); the longest bar is {most:,}"),
    ]
    for one in changes:
        for count, up in ((one["changed"]["added"], True), (one["changed"]["removed"], False)):
            high = ROWS_HIGH / 2 * count / most
            top = middle - high if up else middle
            parts.append(
                f'<rect x="{x(one) - 2:.1f}" y="{top:.1f}" width="4" height="{high:.1f}" '
                f'fill="{COLOURS["merge" if up else "block"]}" fill-opacity="0.7"/>'
            )
    return parts


def _mark(x: float, y: float, name: str, release: dict[str, Any] | None = None) -> str:
    """A full dot merges, a ring is unsure, a square is blocked, a cross has no verdict: not by colour alone."""
    colour = COLOURS.get(name, TEXT)
    told = f"<title>{escape(_told(release))}</title>" if release else ""
    if name == "block":
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}">{told}</rect>'
    if name == "no verdict":
        drawn = f"M{x - 4:.1f},{y - 4:.1f}l8,8m0,-8l-8,8"
        return f'<path d="{drawn}" stroke="{colour}" stroke-width="2" fill="none">{told}</path>'
    fill = "#ffffff" if name == "unsure" else colour
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{colour}" stroke-width="1.5">{told}</circle>'


def _told(release: dict[str, Any]) -> str:
    blocked = sorted({found["rule"] for found in release.get("blocking", [])})
    return " ".join([
        release["version"], verdict(release), f"{release['accuracy']['now']:.3f}", f"{release['rows']:,} rows",
        f"{release['intents']} intents", *blocked,
    ])  # fmt: skip


if __name__ == "__main__":
    main()
