"""The merge gate for data and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mergegate.cli.compare import compare
    from mergegate.errors import MergegateError
    from mergegate.facts import Decision, Policy, Verdict

__all__ = ["Decision", "MergegateError", "Policy", "Verdict", "compare"]
_HOMES = {
    "Decision": "mergegate.facts",
    "MergegateError": "mergegate.errors",
    "Policy": "mergegate.facts",
    "Verdict": "mergegate.facts",
    "compare": "mergegate.cli.compare",
}


def __getattr__(name: str) -> Any:
    """Bring a public name when it is first asked for: importing the package alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mergegate' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
