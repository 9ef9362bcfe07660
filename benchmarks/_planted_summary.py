"""The planted faults in few numbers, and what writes their file."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Any

MUST_PASS = "MG401"  # noqa: S105 - a rule


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """Who caught what, and whom luck alone blocked."""
    faults = [one for one in result["faults"] if one["honest"]]
    above = [one for one in faults if one.get("above") or one["outcome"] in {"stopped", "refused"}]
    names = {name: None for one in faults for name in one.get("others", {})}
    worse = [one for one in faults if "others" in one and one["outcome"] != "refused" and one["truth"]["drop"] > 0.005]
    return {
        "faults": len(faults),
        "outcomes": dict(Counter(one["outcome"] for one in faults)),
        "with a check truly worse than its MDE": sum(1 for one in faults if one.get("above")),
        "of these, not blocked (none should)": [
            one["name"] for one in above if one["outcome"] not in {"block", "stopped", "refused"}
        ],
        "first rule that blocked": dict(Counter(rule for one in faults for rule in sorted(rules_of(one)))),
        "judged faults that truly cost over 0.5 points": {
            "faults": len(worse), "mergegate": sum(one["outcome"] == "block" for one in worse),
            **{name: sum(one["others"][name] for one in worse) for name in names},
        },
        "blocked by luck alone, of pairs": {arm["name"]: blocked_by_luck(arm) for arm in result["luck"]},
    }  # fmt: skip


def rules_of(fault: dict[str, Any]) -> set[str]:
    """The codes that block it."""
    return {said.split()[0] for said in fault["by"] if said.startswith("MG")}


def blocked_by_luck(arm: dict[str, Any]) -> dict[str, int]:
    """Of one arm, how many pairs each contestant blocks."""
    pairs, unsteady = arm["pairs"], set(arm["must_pass_unsteady"])
    heads = [set(one["must_pass_failed"]["head"]) for one in pairs]
    return {
        "pairs": len(pairs),
        "truly worse by more than a margin": sum(one["truly_worse"] for one in pairs),
        "mergegate, this artefact": sum(bool(one["artefact"]) for one in pairs),
        "of these by a test": sum(any(not said.startswith(MUST_PASS) for said in one["artefact"]) for one in pairs),
        "of these by a must-pass question": sum(bool(head) for head in heads),
        "mergegate, this recipe, by a test": sum(
            any(not said.startswith(MUST_PASS) for said in one["recipe"]) for one in pairs
        ),
        "must-pass questions that fail in one of five other trainings": len(unsteady),
        "a must-pass question beyond those": sum(bool(head - unsteady) for head in heads),
        **{name: sum(one["others"][name] for one in pairs) for name in pairs[0]["others"]},
    }


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def digest(patch: str, data: bytes) -> str:
    """Of what a fault changes."""
    return hashlib.sha256(patch.encode() + b"\0" + data).hexdigest()


def changed_lines(patch: str) -> list[str]:
    """The lines that a patch takes away and adds; none where it changes data only."""
    return [line for line in patch.splitlines() if re.match(r"[+-](?![+-]{2} )", line)]


def rounded(value: Any) -> Any:
    """Floats to six digits, in any nesting."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value
