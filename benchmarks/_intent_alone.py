"""A scratch clone of this repository with the pipeline `intent` alone: what is measured on it needs no other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def leave_intent_alone(clone: Path) -> None:
    """Take the other pipelines out of the clone's dvc.yaml, and their models and tables out of its gate.yaml."""
    changes: dict[str, Callable[[Any], Any]] = {"dvc.yaml": its_stages, "gate.yaml": its_policy}
    for name, change in changes.items():
        file = clone / name
        kept = change(yaml.safe_load(file.read_text(encoding="utf-8")))
        file.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


def its_stages(pipeline: dict[str, Any]) -> dict[str, Any]:
    """The stages that run a module of `intent`."""
    return {"stages": {name: one for name, one in pipeline["stages"].items() if "-m intent." in one["cmd"]}}


def its_policy(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy with the model `intent`, and the holdout and tables of its data."""
    tables = policy["data"]["tables"]
    own = {name: table for name, table in tables.items() if table["path"].startswith("data/intent/")}
    data = {name: part for name, part in policy["data"].items() if name != "holdouts"}
    return policy | {"models": {"intent": policy["models"]["intent"]}, "data": data | {"tables": own}}
