"""A registered version -> MODEL_CARD.md: what it is for, how good it is and where, its limits, who accepted what."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from mergegate.report.escape import code, prose
from mergegate.report.numbers import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from mergegate.facts.release import Measured, Release
    from mergegate.facts.releasepolicy import ReleasePolicy


def model_card(release: Release, policy: ReleasePolicy) -> str:
    """The card of a version, in GitHub-flavoured Markdown; every text in it is escaped."""
    overall = [one for one in release.metrics if one.slice is None]
    columns = list(dict.fromkeys(one.slice[0] for one in release.metrics if one.slice))
    slices = [(column, [one for one in release.metrics if one.slice and one.slice[0] == column]) for column in columns]
    waiver = release.waiver
    return (
        _environment()
        .get_template("MODEL_CARD.md.j2")
        .render(
            release=release,
            use=policy.intended_use,
            limits=policy.known_limits,
            params=leaves(release.params),
            overall=overall,
            slices=slices,
            weak=[weakest for _, ones in slices if (weakest := _weakest(ones)) is not None],
            accepted=f"by {prose(waiver.by)}, see below" if waiver else "nothing had to be accepted",
            confidence=f"{100 * (overall[0].confidence if overall else 0.95):g}",
        )
    )


def _weakest(measured: list[Measured]) -> Measured | None:
    """The value of a column where accuracy is lowest; None where there is no accuracy or one value only."""
    ones = [one for one in measured if one.name == "accuracy"]
    return min(ones, key=lambda one: one.value) if len(ones) > 1 else None


def _end(end: float | None, middle: float) -> str:
    """An end of an interval, with no more digits than its value has."""
    if end is None:
        return "–"
    return "0.000" if abs(end) < 0.0005 <= abs(middle) or not middle else value(end)


def leaves(params: Mapping[str, object]) -> dict[str, object]:
    """Params that hold mappings, one row for each of their leaves."""
    found: dict[str, object] = {}
    for name, told in params.items():
        if isinstance(told, dict) and told:
            found |= leaves({f"{name}.{key}": inner for key, inner in told.items()})
        else:
            found[name] = told
    return found


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - it is Markdown, and each text is escaped for that by name
        loader=PackageLoader("mergegate.report", "page"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "prose": prose,
        "code": code,
        "count": lambda number: f"{number:,}",
        "number": value,
        "end": _end,
        "json": lambda found: json.dumps(found, ensure_ascii=False, sort_keys=True),
    }
    return environment
