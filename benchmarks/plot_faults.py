"""Draw docs/images/planted-faults.svg from the benchmark's result: `python -m benchmarks.plot_faults`."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from benchmarks._planted_summary import blocked_by_luck
from benchmarks._scratch import ROOT
from benchmarks._svg import FAINT, QUIET, TEXT, text

RESULT = ROOT / "metrics" / "benchmarks" / "planted-faults.json"
PICTURE = ROOT / "docs" / "images" / "planted-faults.svg"
COLUMNS = {
    "mergegate": "mergegate",
    "dropped at all": "dropped at all",
    "dropped over 1 point": "over 1 point",
    "unpaired z": "unpaired z",
    "95 % intervals disjoint": "disjoint intervals",
    "McNemar, rows as if independent": "McNemar, no groups",
    "McNemar on every slice, uncorrected": "McNemar, each slice",
    "evidently": "Evidently",
    "regressgate": "regressgate",
}
BAD, GOOD, APART = "#cf222e", "#1a7f37", "#0969da"
LEFT, AXIS, CELL, ROW, TOP = 238, 150, 40, 21, 150
SHOWN = 6.0
"""Points of accuracy, where the axis ends."""


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(json.loads(RESULT.read_text(encoding="utf-8"))), encoding="utf-8")


def picture(result: dict[str, Any]) -> str:
    """A row for each fault, by its true cost, and for each arm of luck; a column for each contestant."""
    faults = sorted((one for one in result["faults"] if "truth" in one), key=lambda one: -one["truth"]["drop"])
    columns = asked(faults)
    matrix = LEFT + AXIS + 40
    width, below = matrix + CELL * len(columns) + 70, TOP + ROW * len(faults) + 46
    height = below + ROW * len(result["luck"]) + 14
    title = "Faults planted into the real pipeline: what each truly costs, and who blocks it"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(10, 20, title, size=14, bold=True),
        text(
            10, 40, "Left: true drop of accuracy (dot) and what the gate's test of all rows finds 4 times in 5 (tick)."
        ),
        text(
            10, 56, "Right: a full dot blocks. Blue: for another reason than its answers (data, split). Red: not worse."
        ),
        *(_head(matrix + CELL * k + CELL / 2, name) for k, name in enumerate(columns.values())),
        *_axis(len(faults)),
    ]
    for row, fault in enumerate(faults):
        parts += _fault(fault, TOP + ROW * row, matrix, columns)
    parts.append(
        text(
            10,
            below - 10,
            "Nothing changed but luck: blocked by a test, of 20 pairs (must-pass questions apart)",
            size=12,
            bold=True,
        )
    )
    for row, arm in enumerate(result["luck"]):
        parts += _luck(arm, below + ROW * row, matrix, columns)
    return "\n".join([*parts, "</svg>"]) + "\n"


def asked(faults: list[dict[str, Any]]) -> dict[str, str]:
    """The contestants that were asked of any fault, with their short names."""
    known = {"mergegate", *(name for one in faults for name in one["others"])}
    return {name: short for name, short in COLUMNS.items() if name in known}


def _colour(contestant: str, fault: dict[str, Any]) -> str:
    """Of a block: right, right for a reason that the answers do not show, or wrong."""
    rules = {said.split()[0][:3] for said in fault["by"]}
    if contestant == "mergegate" and not rules & {"MG3", "MG4"}:
        return APART
    return GOOD if fault["truth"]["drop"] > 0 and fault["honest"] else BAD


def _axis(rows: int) -> list[str]:
    lines = []
    for mark in range(-1, int(SHOWN) + 1):
        x, colour = _x(mark), QUIET if mark == 0 else FAINT
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{TOP + ROW * rows}" stroke="{colour}"/>')
        lines.append(text(x, TOP - 10, str(mark), anchor="middle"))
    return lines


def _fault(fault: dict[str, Any], top: float, matrix: float, columns: dict[str, str]) -> list[str]:
    drop, y = 100 * fault["truth"]["drop"], top + ROW / 2
    parts = [text(10, y + 4, fault["name"], size=12, colour=TEXT)]
    if "accuracy" in fault:
        x = _x(100 * fault["accuracy"]["mde_at_margin"])
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 6}" y2="{y + 6}" stroke="{QUIET}" stroke-width="2"/>')
    parts.append(f'<circle cx="{_x(drop):.1f}" cy="{y}" r="4" fill="{TEXT}"/>')
    if drop > SHOWN:
        parts.append(text(_x(SHOWN) + 7, y + 4, f"{drop:.0f}"))
    said = {"mergegate": fault["outcome"] in {"block", "refused"}, **fault["others"]}
    for column, name in enumerate(columns):
        x = matrix + CELL * column + CELL / 2
        if name not in said:
            parts.append(text(x, y + 4, "?", anchor="middle"))
        elif said[name]:
            parts.append(f'<circle cx="{x}" cy="{y}" r="6" fill="{_colour(name, fault)}"/>')
        else:
            parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="{FAINT}" stroke-width="1.5"/>')
    return parts


def _luck(arm: dict[str, Any], top: float, matrix: float, columns: dict[str, str]) -> list[str]:
    told, y = blocked_by_luck(arm), top + ROW / 2
    parts = [text(10, y + 4, arm["name"], size=12, colour=TEXT)]
    sigma = 100 * arm["sigma"].get("accuracy", 0.0)
    parts.append(text(LEFT - 10, y + 4, f"seeds move accuracy by {sigma:.2f} points"))
    for column, name in enumerate(columns):
        count = told.get("of these by a test" if name == "mergegate" else name)
        colour = QUIET if not count else BAD if count > 1 else TEXT
        x = matrix + CELL * column + CELL / 2
        said = "?" if count is None else str(count)
        parts.append(text(x, y + 4, said, size=12, colour=colour, anchor="middle"))
    return parts


def _x(points: float) -> float:
    """Where a drop lies on the axis."""
    return LEFT + AXIS * (min(max(points, -1.0), SHOWN) + 1) / (SHOWN + 1)


def _head(x: float, name: str) -> str:
    bold = ' font-weight="bold"' if name == "mergegate" else ""
    return (
        f'<text transform="translate({x + 4:.0f} {TOP - 8}) rotate(-50)" font-size="11"{bold} '
        f'fill="{TEXT}">{escape(name)}</text>'
    )


if __name__ == "__main__":
    main()
