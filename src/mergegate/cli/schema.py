"""`mergegate schema`: the JSON schemas of what people and programs write and read."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from mergegate.errors import Exit, UseError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMES = ("gate", "verdict", "provenance", "promotion")


def schema_of(name: str) -> dict[str, Any]:
    """The schema of `gate.yaml`, `verdict.json` or what a tag says; raises `UseError` for another.

    All but the verdict's are made from the types that read them.
    """
    if name == "gate":
        from mergegate.facts.policy import Policy

        made = Policy.model_json_schema()
        return {"$schema": DIALECT, "title": "gate.yaml, the policy of mergegate", **_untitled(made)}
    if name == "verdict":
        text = resources.files("mergegate.report").joinpath("verdict.schema.json").read_text("utf-8")
        found: dict[str, Any] = json.loads(text)
        return found
    if name in {"provenance", "promotion"}:
        from mergegate.facts.provenance import Promotion, Provenance

        kind, what = (Provenance, "a version's") if name == "provenance" else (Promotion, "a stage's")
        return {"$schema": DIALECT, "title": f"{name}: the JSON in {what} tag", **_untitled(kind.model_json_schema())}
    raise UseError(f"there is no schema {name!r}", do=f"name one of: {', '.join(NAMES)}")


def _untitled(node: Any) -> Any:
    """Without pydantic's titles, which only say a key again in capitals; a key may itself be called `title`."""
    if isinstance(node, list):
        return [_untitled(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _untitled(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}


def text_of(name: str) -> str:
    """A schema as it is published."""
    return json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"


def schema(name: str) -> Exit:
    """Print a schema."""
    print(text_of(name), end="")
    return Exit.FINE
