"""The history page: what main has been through, as one HTML file like the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.report import embed, numbers
from mergegate.report.embed import Source
from mergegate.report.html import asset, environment, picture_of, policy
from mergegate.report.specs import Picture, filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.facts.history import Moved, Told
    from mergegate.facts.release import Release
    from mergegate.facts.timeline import Timeline

MOST = 12
"""Pictures of each kind."""
MOST_POINTS = 300
"""Merges of one picture, the newest."""
ROOM = 3_000_000
"""Bytes of all tables together, about."""


def page(history: Timeline, drawn: Mapping[str, str] | None = None) -> str:
    """Write the page; `drawn` has the SVG of each specification of `pictures`, where they were drawn."""
    style, script = asset("page.css"), asset("page.js")
    found = pictures(history)
    return (
        environment()
        .get_template("history.html.j2")
        .render(
            history=history,
            days=[merge.day for merge in history.merges if merge.day],
            pictures=[(one, picture_of(one, drawn or {})) for one in found],
            tables=embed.tables(_sources(history), "table", ROOM),
            absent=[(one.what, one.why, one.do) for one in history.absent[:100]],
            left_out=max(len(history.absent) - 100, 0),
            style=style,
            script=script,
            policy=policy(style, script),
        )
    )


def pictures(history: Timeline) -> tuple[Picture, ...]:
    """Each metric and each table of data over the merges."""
    return (*list(_metrics(history))[:MOST], *list(_growth(history))[:MOST])


def _metrics(history: Timeline) -> Iterator[Picture]:
    merges = [merge for merge in history.merges if merge.day][-MOST_POINTS:]
    keys = dict.fromkeys(key for merge in merges for key in merge.metrics)
    for number, (model, metric) in enumerate(sorted(keys), 1):
        told = [(merge, merge.metrics[model, metric]) for merge in merges if (model, metric) in merge.metrics]
        values = [
            {
                "what": "merged",
                "day": str(merge.day),
                "value": one.after,
                "low": _end(one, one.low),
                "high": _end(one, one.high),
            }
            for merge, one in told
        ]
        marks = [mark for mark in history.targets if (mark.model, mark.metric) == (model, metric)]
        for mark in marks:
            values += [
                {"what": "mark", "day": str(day), "value": asked, "low": None, "high": None}
                for day, asked in mark.marks
            ]
            ends = (mark.marks[0][0], mark.marks[-1][0]) if mark.floor is not None else ()
            values += [
                {"what": "floor", "day": str(day), "value": mark.floor, "low": None, "high": None} for day in ends
            ]
        rows = tuple((str(merge.day), merge.sha[:12], *_figures(one)) for merge, one in told)
        hint = "Blue: the value after each merge. Violet: the value before it, with the interval of the change."
        yield Picture(
            f"metric-{number}", f"{model} {metric}",
            hint + (" Grey steps: the target's schedule. Red dashes: its floor." if marks else ""),
            filled("history", values, (70, 50, 40, 30)),
            (("day", "merge", "before", "after", "change", "state"), *rows),
        )  # fmt: skip


def _end(one: Moved, end: float | None) -> float | None:
    return None if one.before is None or end is None else one.before + end


def _figures(one: Moved) -> tuple[str, str, str, str]:
    before, after = ("" if x is None else numbers.value(x, 4) for x in (one.before, one.after))
    ends = "" if one.low is None or one.high is None else f"{one.low:+.4f} to {one.high:+.4f}".replace("-", "−")
    return before, after, ends, one.state


def _growth(history: Timeline) -> Iterator[Picture]:
    for number, path in enumerate(dict.fromkeys(one.path for one in history.sizes), 1):
        points = [one for one in history.sizes if one.path == path][-MOST_POINTS:]
        values = [{"day": str(one.day), "kilobytes": one.bytes / 1000} for one in points]
        rows = tuple((str(one.day), f"{one.bytes:,}", f"{one.files:,}") for one in points)
        yield Picture(
            f"data-{number}", f"Data: {path}", "Kilobytes after each merge.", filled("size", values, (90, 50, 40, 30)),
            (("day", "bytes", "files"), *rows),
        )  # fmt: skip


def _sources(history: Timeline) -> list[Source]:
    merges = history.merges[::-1]
    uses = [
        (
            one.model,
            one.holdout,
            f"{one.merges:,}",
            f"{one.renew_after:,}",
            f"{one.wear:.2f}",
            "yes" if one.current else "no",
        )
        for one in history.uses
    ]
    stands = [
        (one.model, one.stage, one.release.version, one.since, one.by, one.came_from or "registration")
        for one in history.standings
    ]
    waived = [
        (_day(merge), one.by, ", ".join(one.covers), one.reason, one.head[:12])
        for merge in merges
        if (one := merge.waiver)
    ]
    made = [
        Source("Environments", (("model", "environment", "version", "since", "by", "came from"), *stands)),
        Source(
            "Versions", (("model", "version", "at", "by", "commit", "metrics"), *map(_version, history.releases[::-1]))
        ),
        Source(
            "Use of the holdouts",
            (("model", "holdout", "merges decided", "renew after", "wear", "in use"), *uses),
            "A holdout that has decided many merges has told much: its promise wears, and it is to be renewed (MG203).",
        ),
        Source(
            "What owners accepted", (("day", "by", "what got worse", "reason", "commit"), *waived),
            "Each for one commit, by the label `mergegate: accept`.",
        ),
        Source("Merges", (("day", "merge", "verdict", "judged", "metrics"), *map(_merge, merges))),
    ]  # fmt: skip
    return [source for source in made if len(source.rows) > 1]


def _day(merge: Told) -> str:
    return str(merge.day or "")


def _merge(merge: Told) -> tuple[str, ...]:
    moved = (
        f"{model} {metric} {' → '.join(_figures(one)[:2])} ({one.state})"
        for (model, metric), one in sorted(merge.metrics.items())
    )
    return (_day(merge), merge.sha[:12], merge.decision, merge.judged, "; ".join(moved))


def _version(one: Release) -> tuple[str, ...]:
    overall = [f"{m.name} {numbers.value(m.value, 4)}" for m in one.metrics if m.slice is None]
    return (one.model, one.version, one.at, one.by, one.commit[:12], "; ".join(overall))
