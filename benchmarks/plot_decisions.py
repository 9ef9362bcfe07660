"""Draw docs/decision-quality.svg from the benchmark's result: `python -m benchmarks.plot_decisions`."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.decision_quality import OUT

PICTURE = Path(__file__).parents[1] / "docs" / "decision-quality.svg"
SHOWN = {
    "dropped at all": "dropped at all",
    "any slice down 2 points": "any slice down 2 points",
    "McNemar, uncorrected": "McNemar on each of 23",
    "dropped over 1 point": "dropped over 1 point",
    "95 % intervals disjoint": "95 % intervals disjoint",
    "mergegate": "mergegate",
}
COLUMNS = [
    ("nothing changed", "nothing changed"),
    ("groups of 10, nothing changed", "nothing changed, groups of 10"),
    ("drop of 1.1 points", "everything down 1.1 points"),
    ("one 5 % slice down 10 points", "one slice down 10 points"),
]
TITLE = "Blocked, of 100 pull requests (5,000 rows, 23 checks): red wrongly, green rightly"
WIDTH, LEFT, COLUMN, ROW, TOP = 860, 190, 165, 34, 64


def main() -> None:
    """Write the picture."""
    arms = json.loads(OUT.read_text())["blocked"]
    PICTURE.write_text(picture([arm for arm in arms if arm["rows"] == 5_000]))


def picture(arms: list[dict[str, Any]]) -> str:
    """Bars: red where a block is wrong, green where it is right, with the share in figures."""
    by_name = {arm["arm"]: arm for arm in arms}
    height = TOP + ROW * len(SHOWN) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f"<title>{TITLE}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="20" font-size="13" font-weight="bold" fill="#1f2328">{TITLE}</text>',
    ]
    for column, (arm, title) in enumerate(COLUMNS):
        left = LEFT + column * COLUMN
        colour = "#1a7f37" if by_name[arm]["truly_worse"] else "#cf222e"
        parts.append(f'<text x="{left}" y="{TOP - 12}" font-size="11" fill="#59636e">{escape(title)}</text>')
        for row, rule in enumerate(SHOWN):
            parts.extend(_bar(left, TOP + row * ROW, float(by_name[arm][rule]), colour))
    for row, name in enumerate(SHOWN.values()):
        weight = ' font-weight="bold"' if name == "mergegate" else ""
        parts.append(
            f'<text x="10" y="{TOP + row * ROW + 16}" font-size="13"{weight} fill="#1f2328">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(left: int, top: int, share: float, colour: str) -> list[str]:
    full = COLUMN - 60
    return [
        f'<rect x="{left}" y="{top}" width="{full}" height="22" fill="#f0f2f4"/>',
        f'<rect x="{left}" y="{top}" width="{share * full:.1f}" height="22" fill="{colour}"/>',
        f'<text x="{left + full + 6}" y="{top + 16}" font-size="13" fill="#1f2328">{100 * share:.0f}</text>',
    ]


if __name__ == "__main__":
    main()
