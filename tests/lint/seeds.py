"""The seeded workflows: each bad one with its story and what must be found, each good one as it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from mergegate.facts.lint import TextFile

FOLDER = Path(__file__).parent
SAFE = ".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../storage\n    verify = true\n"


@dataclass(frozen=True)
class Seed:
    """A workflow, the other files of its repository, and the codes that must be found: no less and no more."""

    name: str
    story: str
    expected: frozenset[str]
    files: tuple[TextFile, ...]


def bad() -> list[Seed]:
    """The workflows that let something around the gate."""
    return [_bad(path) for path in sorted((FOLDER / "bad").glob("*.yml"))]


def good() -> list[Seed]:
    """Workflows after the shapes of public examples, done right; one required check stands in a ruleset."""
    asked = {"required_status_checks": [{"context": "checks"}], "strict_required_status_checks_policy": True}
    demands = {"type": "required_status_checks", "parameters": asked}
    others = (TextFile(*SAFE), TextFile("rulesets/main.json", json.dumps({"rules": [demands]})))
    return [
        Seed(path.stem, "", frozenset(), (TextFile(f".github/workflows/{path.name}", path.read_text("utf-8")), *others))
        for path in sorted((FOLDER / "good").glob("*.yml"))
    ]


def _bad(path: Path) -> Seed:
    head, _, workflow = path.read_text("utf-8").partition("\n---\n")
    told = yaml.safe_load(head)
    files = {".github/workflows/it.yml": workflow, **dict([SAFE]), **told.get("files", {})}
    made = tuple(TextFile(name, text) for name, text in sorted(files.items()))
    return Seed(path.stem, told["story"], frozenset(told["expected"]), made)
