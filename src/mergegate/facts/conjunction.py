"""The conjunction of two columns' values that got worse most: found on some rows, tested on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.joint import CountTable


@dataclass(frozen=True, slots=True, eq=False)
class Conjunction:
    """What the search found."""

    tried: int
    """Conjunctions with enough rows in the half that was searched."""
    columns: tuple[str, str] = ("", "")
    values: tuple[str, str] = ("", "")
    """Empty where none of them got worse there."""
    net: int = 0
    """There: rows that became wrong, less those that became right."""
    rows: int = 0
    """There: its rows."""
    tested: CountTable | None = None
    """Its rows in the other half, which the search has not seen; None where nothing was found."""
