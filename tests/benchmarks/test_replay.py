"""The replay reads old and new layouts of a release, and plays pull requests by the real commands."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks._releases import Collected, Release, collected, languages_of, listed
from benchmarks.plot_replay import picture
from benchmarks.replay import begin, changed, for_the_past, quiz_of, replay, summary
from tests.intent import small

from intent import collect

SHARED = {"lists": {"place": {"values": ["here", "there"]}}, "expansion_rules": {"on": "(on|active)"}}
TURN_ON: dict[str, Any] = {"HassTurnOn": {"data": [{"sentences": ["<on> [now]", "switch {place} <on>"]}]}}
LIGHTS: dict[str, Any] = {
    "HassTurnOn": {"data": [{"sentences": ["<on> lights", "<on> {nowhere}"], "slots": {"domain": "light"}}]},
    "HassLightSet": {"data": [{"sentences": ["light: (red|blue"]}]},
}


def wheel(folder: Path, files: dict[str, Any]) -> Path:
    path = folder / "release.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"home_assistant_intents/data/{name}", json.dumps(content))
    return path


def read(data: Collected) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.csv.decode())))


def test_both_layouts_of_a_release_give_the_same_rows_and_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    """One file for each domain and language once, one for each language now."""
    intents = {"HassTurnOn": {"data": TURN_ON["HassTurnOn"]["data"] + LIGHTS["HassTurnOn"]["data"]}}
    old = {"homeassistant/en.json": {"intents": TURN_ON, **SHARED}, "light/en.json": {"intents": LIGHTS}}
    new = {"en.json": {"intents": intents | {"HassLightSet": LIGHTS["HassLightSet"]}, **SHARED}}
    before, after = (collected(languages_of(wheel(tmp_path, files))) for files in (old, new))
    assert before == after
    assert {"on", "active now", "switch there on", "active lights"} <= {row["utterance"] for row in read(before)}
    assert {row["language"] for row in read(before)} == {"en"}
    assert sum(before.unread.values()) == 2
    assert any("no list {nowhere}" in why for why in before.unread)


def test_the_list_of_releases_is_in_order_and_each_has_its_hash() -> None:
    releases = listed()
    assert len(releases) >= 80
    assert [one.date for one in releases] == sorted(one.date for one in releases)
    assert (releases[0].date, releases[-1].date) == ("2023-01-25", "2026-10-27")
    assert all(len(one.sha256) == 64 for one in releases)


def test_rows_are_compared_by_what_they_ask() -> None:
    def row(text: str, intent: str) -> dict[str, str]:
        return {"language": "en", "area": "any", "domain": "any", "utterance": text, "intent": intent}

    before = [row("on", "HassTurnOn"), row("off", "HassTurnOff"), row("stop", "HassNevermind")]
    after = [row("on", "HassTurnOn"), row("stop", "HassTurnOff"), row("go", "HassTurnOn"), row("run", "HassTurnOn")]
    assert changed(before, after) == {"added": 2, "removed": 1, "relabelled": 1}


def test_the_quiz_asks_what_the_release_knows_and_demands_what_main_can() -> None:
    rows = [{"intent": "HassTurnOn"}, {"intent": "HassGetState"}]
    asked = list(csv.DictReader(io.StringIO(quiz_of(rows, {"q-de-02"}).decode())))
    assert {row["intent"] for row in asked} == {"HassTurnOn", "HassGetState"}
    assert [row["id"] for row in asked if row["must_pass"] == "true"] == ["q-de-02"]


def test_the_policy_loses_only_what_the_past_cannot_keep() -> None:
    policy = {
        "alpha": 0.05,
        "models": {"intent": {"target": {"from": 0.8}, "limits": [], "shadow": {}, "must_detect": 0.02}},
        "data": {"tables": {"utterances": {"min_rows": 9, "strict": True}}},
    }
    assert for_the_past(policy) == {
        "alpha": 0.05,
        "models": {"intent": {"must_detect": 0.02, "min_coverage": 0.5}},
        "data": {"tables": {"utterances": {"strict": True}}},
    }


@pytest.mark.slow
def test_releases_are_played_in_order_judged_and_merged_whatever_the_verdict(tmp_path: Path) -> None:
    """Three small releases: the second takes half of two intents away, the third changes nothing.

    The second breaks a question that must pass, and is merged all the same: so the third fails it, too.
    """
    rows = small.rows()
    fewer = [row for number, row in enumerate(rows) if row.intent == "HassTurnOn" or number % 2]
    renamed = [
        replace(row, language="de", id=row.id.replace("en-", "de-"), group=row.group.replace("en/", "de/"))
        for row in rows[:40]
    ]
    tables = [collect.as_csv(data) for data in (rows, sorted(fewer + renamed), sorted(fewer + renamed))]
    releases = [Release(f"2023.1.{day}", "0" * 64) for day in (1, 2, 3)]
    history = begin(tmp_path)
    played = [
        entry for _, entry in replay(history, zip(releases, [Collected(data, {}) for data in tables], strict=True))
    ]
    first, second, third = played
    assert first["accuracy"]["now"] > 0.5
    assert second["changed"] == {"added": 40, "removed": 80, "relabelled": 0}
    assert (second["exit_code"], second["decision"], second["crashed"]) == (1, "block", False)
    assert "MG102" in {found["rule"] for found in second["blocking"]}
    assert third["changed"] == {"added": 0, "removed": 0, "relabelled": 0}
    assert third["accuracy"]["state"] == "held"
    assert {found["rule"] for found in third["blocking"]} == {"MG401"}
    assert third["accuracy"]["judged_before"] == third["accuracy"]["judged_after"]
    assert summary(played)["decisions"] == {"block": 2}
    assert history.git("log", "--first-parent", "--format=%s", "-2").splitlines() == [
        "Merge 2023.1.3",
        "Merge 2023.1.2",
    ]
    drawn = ET.fromstring(picture({"releases": played}))  # noqa: S314 - our own
    told = [str(title.text) for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert told[2].startswith("2023.1.2 block")
