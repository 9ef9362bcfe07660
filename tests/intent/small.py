"""A small world for the stages: 240 utterances of three intents, a quiz of four, params, and a folder to stand in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from intent import collect

ROOT = Path(__file__).parents[2]
WORDS = {
    "HassTurnOn": ("switch on", "turn on", "activate", "enable"),
    "HassTurnOff": ("switch off", "turn off", "deactivate", "disable"),
    "HassGetWeather": ("weather for", "forecast in", "rain over", "sunny around"),
}
PLACES = ("kitchen", "cellar", "garage", "attic", "hall")


def rows() -> list[collect.Row]:
    """Each intent has 16 groups of 5 rows; the words that tell intents apart occur in every group."""
    found: list[collect.Row] = []
    for intent, openings in WORDS.items():
        for number in range(16):
            for place in PLACES:
                text = f"{openings[number % 4]} the {place} {'please ' * (number // 4)}".strip()
                group = f"en/{intent}/block-{number:06x}"
                found.append(collect.Row(f"en-{len(found):012x}", group, "en", "any", "any", text, intent))
    return found


def quiz() -> pd.DataFrame:
    """Four questions, the first of which must pass."""
    asked = [
        ("q-en-01", "turn off the cellar", "HassTurnOff", "true"),
        ("q-en-02", "turn on the hall", "HassTurnOn", "false"),
        ("q-en-03", "forecast in the attic", "HassGetWeather", "false"),
        ("q-en-04", "bananas", "HassTurnOn", "false"),
    ]
    table = pd.DataFrame(asked, columns=["id", "utterance", "intent", "must_pass"])
    return table.assign(language="en", area="any", domain="any")[
        ["id", "language", "area", "domain", "utterance", "intent", "must_pass"]
    ]


def build(folder: Path) -> None:
    """Write params.yaml and data/ into `folder`."""
    (folder / "data/intent").mkdir(parents=True)
    (folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    (folder / "data/intent/utterances.csv").write_bytes(collect.as_csv(rows()))
    quiz().to_csv(folder / "data/intent/quiz.csv", index=False, lineterminator="\n")
