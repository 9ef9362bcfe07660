"""A replay as tables for a terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_ROWS = 20


def _plain(value: object) -> str:
    """A value in one line, without what a terminal would obey."""
    return "".join(each if each.isprintable() else "�" for each in str(value))


def _percent(share: Mapping[str, Any]) -> str:
    if share["ratio"] is None:
        return "nobody decided"
    return f"{share['ratio']:.1%}  ({share['low']:.1%} to {share['high']:.1%})"


def text(said: Mapping[str, Any]) -> str:
    """Versions, groups, reasons, differing rows and refusals; at most twenty rows of each list."""
    page, versions = _Page(), said["versions"]
    page.table(
        f"{said['rows']:,} applicants",
        ["version", "card", "cut-off", "decided", "approved", "share (95 % interval)"],
        [
            [each["version"], each["card"][:19], each["cutoff"], each["decided"], each["approved"], _percent(each)]
            for each in versions
        ],
    )
    for each in versions:
        _of_version(page, each)
    if said["differ"]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in said["differ"]["kinds"].items()) or "none"
        page.table(
            f"Decided otherwise: {kinds}; other points: {said['differ']['points']:,} rows",
            ["row", "id", "decision", "points", "because"],
            [_differing(each, versions) for each in said["differ"]["list"]],
        )
    if said["refused"]["rows"]:
        page.table(
            f"Refused, in number: {said['refused']['rows']:,}; the others are decided",
            ["row", "id", "field", "reason", "found"],
            [
                [each["row"], each["id"], each["field"], each["reason"], "" if each["found"] is None else each["found"]]
                for each in said["refused"]["list"]
            ],
        )
    return page.text()


class _Page:
    """Tables below one another, as plain text."""

    def __init__(self) -> None:
        from rich.console import Console

        self._file = io.StringIO()
        self._console = Console(file=self._file, width=118, no_color=True, legacy_windows=False)

    def table(self, title: str, heads: list[str], rows: list[list[object]]) -> None:
        """Add a table of the first rows, and say how many more there are."""
        from rich.table import Table
        from rich.text import Text

        shown = Table(*heads, title=title, title_justify="left", title_style="bold")
        for row in rows[:MOST_ROWS]:
            shown.add_row(*(Text(_plain(cell)) for cell in row))
        self._console.print(shown)
        if len(rows) > MOST_ROWS:
            self._console.print(Text(f"… and {len(rows) - MOST_ROWS:,} more: --json or --out has them all"))

    def text(self) -> str:
        """All of them."""
        return self._file.getvalue().rstrip("\n")


def _of_version(page: _Page, each: Mapping[str, Any]) -> None:
    if each["groups"]:
        rows = [[f"{one['group']} = {one['value']}", one["decided"], _percent(one)] for one in each["groups"]]
        page.table(f"Approved by group, {each['version']}", ["group", "decided", "share (95 % interval)"], rows)
    if each["reasons"]:
        rows = [[one["title"], one["denials"]] for one in each["reasons"]]
        page.table(f"What denials are for, {each['version']}", ["reason", "denials that name it"], rows)


def _differing(each: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> list[object]:
    moved = [f"{one['feature']} {one['before']:+} to {one['after']:+}" for one in each["moved"]]
    cutoffs = [version["cutoff"] for version in versions]
    if len(set(cutoffs)) > 1:
        moved.append(f"cut-off {cutoffs[0]} to {cutoffs[-1]}")
    before, after = (points if points is not None else "none" for points in each["points"])
    decision = f"{each['before'] or 'refused'} to {each['after'] or 'refused'}"
    return [each["row"], each["id"], decision, f"{before} to {after}", ", ".join(moved) or "start, or what is refused"]
