"""`mergegate show`: what is in each environment, since when, and how it differs."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergegate.errors import Exit, UseError
from mergegate.facts.release import STAGES, Release, Standing
from mergegate.read.git import open_repository
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.read.releases import (
    TagError,
    in_stage,
    models_with_tags,
    read_promotion,
    read_release,
    stage_tags,
    version_tags,
)
from mergegate.report.escape import clean
from mergegate.report.numbers import value

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from mergegate.read.git import Git


@dataclass(frozen=True, slots=True)
class Place:
    """What stands in one environment, or why nothing does."""

    model: str
    stage: str
    standing: Standing | None
    why: str = ""
    broken: bool = False
    """Whether a tag is there that cannot be believed."""


def show(start: Path, model: str | None, *, history: bool, as_json: bool) -> Exit:
    """Print what is in force, or everything that happened; exit 2 where a tag cannot be believed."""
    git = open_repository(start)
    known = _models(git)
    if model is not None and model not in known:
        raise UseError(f"there is no model {model!r}", do=f"name one of: {', '.join(known) or 'none'}")
    names = known if model is None else [model]
    if history:
        events = [event for name in names for event in _history(git, name)]
        _print(events, _history_table(events), as_json=as_json)
        return Exit.USE if any(event["refused"] for event in events) else Exit.FINE
    places = [_place(git, name, stage) for name in names for stage in STAGES]
    told = {
        name: {
            "stages": {one.stage: _place_json(one) for one in places if one.model == name},
            "versions": [tag.version for tag in version_tags(git, name)],
            "differs": differences([one for one in places if one.model == name]),
        }
        for name in names
    }
    _print(told, _table(places, told), as_json=as_json)
    return Exit.USE if any(one.broken for one in places) else Exit.FINE


def _models(git: Git) -> list[str]:
    """The models that can be released, and those that have tags."""
    content = git.show(git.resolve("HEAD").sha, POLICY_FILE)
    named = parse_policy(content).models if content else {}
    return sorted({name for name, model in named.items() if model.release} | set(models_with_tags(git)))


def _place(git: Git, model: str, stage: str) -> Place:
    try:
        found = in_stage(git.root, model, stage)
    except TagError as error:
        return Place(model, stage, None, error.what, broken=True)
    return Place(model, stage, found) if isinstance(found, Standing) else Place(model, stage, None, found.why)


def differences(places: list[Place]) -> dict[str, Any]:
    """How the version in production differs from the one in test: data, params, metrics, digest. Empty where alike."""
    by = {one.stage: one.standing.release for one in places if one.standing}
    test, prod = by.get("test"), by.get("prod")
    if test is None or prod is None or test.version == prod.version:
        return {}
    found: dict[str, Any] = {"version": [prod.version, test.version]}
    if test.digest != prod.digest:
        found["digest"] = [prod.digest, test.digest]
    for name in ("data", "params", "libraries"):
        changed = _changed(getattr(prod, name), getattr(test, name))
        if changed:
            found[name] = changed
    metrics = _changed(_overall(prod), _overall(test))
    return found | ({"metrics": metrics} if metrics else {})


def _changed(before: Any, after: Any) -> dict[str, list[Any]]:
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def _overall(release: Release) -> dict[str, float]:
    return {one.name: one.value for one in release.metrics if one.slice is None}


def _place_json(place: Place) -> dict[str, Any] | None:
    if place.standing is None:
        return {"refused": place.why} if place.broken else None
    standing, release = place.standing, place.standing.release
    return {
        "version": release.version,
        "commit": release.commit,
        "digest": release.digest,
        "since": standing.since,
        "by": standing.by,
        "came_from": standing.came_from,
        "tag": f"{place.model}#{place.stage}#{standing.number}",
        "verdict": release.verdict.decision,
        "waived": release.waiver.by if release.waiver else None,
        "metrics": _overall(release),
        "data": dict(release.data),
        "smoke": {"asked": standing.smoke.asked, "passed": standing.smoke.passed} if standing.smoke else None,
    }


def _history(git: Git, model: str) -> list[dict[str, Any]]:
    """Every version and promotion of a model, oldest first; one that cannot be believed says why."""
    events: list[dict[str, Any]] = []
    for tag in [*version_tags(git, model), *stage_tags(git, model)]:
        event = {"model": model, "tag": tag.name, "refused": "", "at": "", "by": "", "what": ""}
        try:
            if tag.version:
                release = read_release(git, tag)
                what = f"registered, verdict {release.verdict.decision}"
                event |= {"at": release.at, "by": release.by, "what": what, "version": release.version}
            else:
                said = read_promotion(git, tag)
                smoke = f", {said.smoke.passed} of {said.smoke.asked} answers right" if said.smoke else ""
                what = f"{'rolled back in' if said.rollback else 'to'} {said.stage}{smoke}"
                event |= {"at": said.at, "by": said.by, "what": what, "version": said.version}
        except TagError as error:
            event |= {"refused": error.what, "version": tag.version}
        events.append(event)
    return sorted(events, key=lambda event: (event["at"], event["tag"]))


def _print(told: Any, table: list[Table | str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told, indent=1, sort_keys=True))
        return
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, markup=False)
    for part in table:
        console.print(part)


def _grid(*columns: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable

    table = RichTable(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _text(text: object) -> Any:
    """A cell: control sequences spelled out, and no markup of a tag's own."""
    from rich.text import Text

    return Text(clean(str(text)))


def _table(places: list[Place], told: dict[str, Any]) -> list[Table | str]:
    if not places:
        return ["no model of the policy has `release`, and no version is registered"]
    table = _grid("model", "stage", "version", "since (UTC)", "by", "on its holdout", "SHA-256")
    for place in places:
        if place.standing is None:
            table.add_row(place.model, place.stage, "–", _text(place.why), "", "", "")
            continue
        release = place.standing.release
        good = ", ".join(f"{name} {value(number)}" for name, number in _overall(release).items())
        since = place.standing.since.replace("T", " ").removesuffix("Z")
        row = (release.version, since, place.standing.by, good, f"{release.digest[:12]}…")
        table.add_row(place.model, place.stage, *(_text(cell) for cell in row))
    lines = [line for name, one in told.items() for line in _difference_lines(name, one["differs"])]
    return [table, *lines]


def _difference_lines(model: str, differs: dict[str, Any]) -> list[str]:
    if not differs:
        return []
    lines = [f"{model}: from prod ({differs['version'][0]}) to test ({differs['version'][1]})"]
    for kind in ("params", "data", "libraries", "metrics"):
        for name, (before, after) in differs.get(kind, {}).items():
            lines.append(clean(f"  {kind} {name}: {_short(before)} → {_short(after)}"))
    if "digest" in differs:
        lines.append(f"  the model file: {differs['digest'][0][:12]}… → {differs['digest'][1][:12]}…")
    return lines


def _short(told: object) -> str:
    if told is None:
        return "–"
    text = value(told) if isinstance(told, float) else str(told)
    return text if len(text) <= 24 else f"{text[:12]}…"


def _history_table(events: list[dict[str, Any]]) -> list[Table | str]:
    if not events:
        return ["nothing was registered yet"]
    table = _grid("when (UTC)", "model", "version", "what", "by", "tag")
    for event in events:
        when = event["at"].replace("T", " ").removesuffix("Z") or "?"
        what = f"REFUSED: {event['refused']}" if event["refused"] else event["what"]
        cells = (when, event["model"], event["version"], what, event["by"], event["tag"])
        table.add_row(*(_text(cell) for cell in cells))
    return [table]
