"""How many made-up cases a property is tried on: a few in every run, all of them in `make fuzz`."""

from __future__ import annotations

import os


def tries(few: int, all_of_them: int) -> int:
    """`few` (25 or more), or `all_of_them` where `make fuzz` asks by `MERGEGATE_FUZZ`."""
    return all_of_them if os.environ.get("MERGEGATE_FUZZ") else few
