"""Vega-Lite specifications of what a report draws: templates beside this file, filled with a verdict's numbers.

DVC draws its plots by the same language, so that these open in the Vega editor, in a notebook and in an editor that
shows `dvc plots`. Each comes with the same figures as a table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from mergegate.report import numbers
from mergegate.report.escape import clean, clip
from mergegate.report.plot import gains
from mergegate.report.story import name, story

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mergegate.facts import Finding, Verdict
    from mergegate.facts.pictures import ConfusionPicture, DataPicture, PowerPicture, TargetPicture

MOST = 12
"""Pictures of a report; of more models than that each has its table in the findings."""
MOST_LINES = 60
"""Comparisons of the forest plot."""
LABEL = 26
"""Characters of a label in a picture."""


_Figure = tuple[str, str, float, float | None, float | None]
"""What it is, its day, its value and its bounds."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One thing to draw."""

    key: str
    """A name for a file, `target-1`."""
    title: str
    hint: str
    specification: dict[str, Any] = field(repr=False)
    rows: tuple[tuple[str, ...], ...]
    """The same in figures, the first row the header."""


def pictures(verdict: Verdict) -> tuple[Picture, ...]:
    """What a report draws by Vega-Lite, in the order of reading."""
    return tuple(_all(verdict))[:MOST]


def specifications(verdict: Verdict) -> dict[str, dict[str, Any]]:
    """By name: every specification of a report, the forest plot's too, which the page draws itself."""
    forest = _forest(verdict)
    drawn = {one.key: one.specification for one in pictures(verdict)}
    return {**({"forest": forest} if forest else {}), **drawn}


def _all(verdict: Verdict) -> Iterator[Picture]:
    found = verdict.pictures
    for number, target in enumerate(found.targets, 1):
        yield _target(f"target-{number}", target)
    for number, confusion in enumerate(found.confusions, 1):
        yield _confusion(f"confusion-{number}", confusion)
    for number, data in enumerate(found.data, 1):
        yield _data(f"data-{number}", data)
    for number, model in enumerate(dict.fromkeys(one.model for one in found.powers), 1):
        yield _power(f"power-{number}", [one for one in found.powers if one.model == model])


def _target(key: str, one: TargetPicture) -> Picture:
    figures: list[_Figure] = [("mark", str(day), mark, None, None) for day, mark in one.marks]
    ends = [figures[0][1], max(figures[-1][1], str(one.day))]
    figures.append(("mark", ends[1], one.marks[-1][1], None, None))
    figures += [("floor", day, one.floor, None, None) for day in ends if one.floor is not None]
    figures += [("merged", str(day), value, None, None) for day, value in one.past]
    figures.append(("head", str(one.day), one.value, one.low, one.high))
    values = [{"what": w, "day": d, "value": v, "low": low, "high": high} for w, d, v, low, high in figures]
    rows = [(what, day, numbers.value(v, 4), _range(low, high)) for what, day, v, low, high in figures]
    hint = (
        "Grey steps: the schedule. Red dashes: the floor that blocks. Violet: earlier merges. Blue: head, with bounds."
    )
    return Picture(
        key, f"Target: {one.model} {one.metric}", hint,
        filled("target", values, (70, 50, 40, 30)), (("what", "day", "value", "bounds"), *rows),
    )  # fmt: skip


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{numbers.value(low, 4)} to {numbers.value(high, 4)}"


def _confusion(key: str, one: ConfusionPicture) -> Picture:
    values = [
        {"label": _label(cell.label), "answer": _label(cell.answer), "change": cell.after - cell.before,
         "size": abs(cell.after - cell.before), "before": cell.before, "after": cell.after}
        for cell in one.cells
    ]  # fmt: skip
    rows = [
        (cell.label, cell.answer, f"{cell.before:,}", f"{cell.after:,}", f"{cell.after - cell.before:+,}")
        for cell in one.cells
    ]
    more = f" {one.left_out:,} more cells changed, too." if one.left_out else ""
    hint = f"Rows with the label at the left that got the answer below: more of them (red) or fewer (green).{more}"
    return Picture(
        key, f"Confusions that changed: {one.model}", hint, filled("confusion", values, (200, 160, 40, 120)),
        (("label", "answered", "before", "now", "change"), *rows),
    )  # fmt: skip


def _data(key: str, one: DataPicture) -> Picture:
    values = [
        {"class": _label(label), "side": side, "rows": rows}
        for label, *both in one.classes
        for side, rows in zip(("base", "head"), both, strict=True)
    ]
    moved = [(kind, "", "", f"{rows:,}") for kind, rows in one.moved if rows]
    classes = [(label, f"{before:,}", f"{after:,}", f"{after - before:+,}") for label, before, after in one.classes]
    more = f" {one.left_out:,} more classes are not drawn." if one.left_out else ""
    said = ", ".join(f"{rows:,} {kind}" for kind, rows in one.moved if rows)
    return Picture(
        key, f"Data: {one.table}", f"Rows {said or 'unchanged'}.{more}", filled("data", values, (200, 90, 40, 45)),
        (("class", "base", "head", "change"), *moved, *classes),
    )  # fmt: skip


def _power(key: str, curves: Sequence[PowerPicture]) -> Picture:
    values, rows = [], []
    for one in curves:
        values += [{"metric": _label(one.metric), "drop": drop, "chance": chance} for drop, chance in one.points]
        rows += [(one.metric, numbers.value(drop, 4), f"{chance:.0%}") for drop, chance in one.points]
    margins = ", ".join(f"{one.metric} {one.margin:g}" for one in curves)
    hint = f"How surely a true drop would be proven to lie beyond its limit ({margins}) on these rows. Dashes: 80 %."
    return Picture(
        key, f"Power: {curves[0].model}", hint, filled("power", values, (50, 170, 40, 45)),
        (("metric", "true drop", "chance of a block"), *rows),
    )  # fmt: skip


def _forest(verdict: Verdict) -> dict[str, Any] | None:
    told = story(verdict)
    values = list(_lines((*told.telling, *told.unclear, *told.held)))[:MOST_LINES]
    return filled("forest", values, (300, 20, 40, 30)) if values else None


def _lines(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    """Those in points, which share an axis."""
    for finding in findings:
        seen, unit = gains(finding), numbers.unit(finding)
        if seen is not None and unit.word.strip() == "points":
            low, value, high, limit = (None if x is None else x * unit.factor for x in seen)
            yield {"name": _label(name(finding), 46), "state": str(finding.state), "low": low, "value": value,
                   "high": high, "limit": limit}  # fmt: skip


def _label(text: str, size: int = LABEL) -> str:
    return clip(clean(text), size)


def filled(template: str, values: list[dict[str, Any]], padding: tuple[int, int, int, int]) -> dict[str, Any]:
    """A template with its rows; room for labels is given and not measured, so that no machine's fonts move anything."""
    left, right, top, bottom = padding
    return {
        **_template(template),
        "padding": {"left": left, "right": right, "top": top, "bottom": bottom},
        "datasets": {"rows": values},
    }


@cache
def _template(template: str) -> dict[str, Any]:
    text = resources.files("mergegate.report").joinpath("plots", f"{template}.vl.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
