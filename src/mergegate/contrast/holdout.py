"""Whether the rows that left a holdout were picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.holdout import Picked
from mergegate.stats.picked import picked_groups, picked_rows

if TYPE_CHECKING:
    from mergegate.read.holdout_removed import Removed


def picked(who: str, found: Removed, *, grouped: bool) -> Picked:
    """How likely so many of the rows that `who` has wrong leave by chance; rows of a group leave together."""
    removed, wrong = int(found.removed.sum()), int(found.wrong.sum())
    return Picked(
        who=who,
        removed=removed,
        wrong=wrong,
        rows=found.rows,
        wrong_rows=found.wrong_rows,
        p=picked_groups(found.wrong, found.removed, found.wrong_rows / found.rows)
        if grouped and found.rows
        else picked_rows(wrong, removed, found.wrong_rows, found.rows),
        groups=len(found.removed) if grouped else None,
        examples=found.examples,
    )
