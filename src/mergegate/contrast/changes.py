"""What differs, told beside what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts import Note
from mergegate.facts.changes import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts.changes import Attribution, Change, Reach

_MOST = 200
_ORDER = (Kind.PARAMS, Kind.CODE, Kind.STAGE, Kind.DATA, Kind.LIBRARIES)


def what_changed(changes: Sequence[Change], reaches: Sequence[Reach]) -> tuple[Note, ...]:
    """A table of all that differs, each with the stages that read it and the models that it reaches."""
    ordered = sorted(changes, key=lambda one: (_ORDER.index(one.kind), one.what))
    rows = [
        (str(one.kind), one.what, one.before, one.after, ", ".join(one.stages) or "no stage", _moved(one, reaches))
        for one in ordered[:_MOST]
    ]
    if len(ordered) > _MOST:
        rows.append(("…", f"and {len(ordered) - _MOST:,} more", "", "", "", ""))
    return (Note("What changed", (("kind", "what", "before", "now", "read by", "what moved"), *rows)),) if rows else ()


def reaching(changes: Sequence[Change], reach: Reach) -> tuple[Change, ...]:
    """The changes that a model's stages read."""
    return tuple(one for one in changes if reach.stages.intersection(one.stages))


def attribution_note(found: Attribution) -> Note:
    """The parts with their amounts, and their sum, which is the whole change."""
    sums = [sum(part.amounts[at] for part in found.parts) for at in range(len(found.metrics))]
    rows = [(part.name, *map(_signed, part.amounts)) for part in found.parts]
    runs = "1 mixed pipeline" if found.mixes == 1 else f"{found.mixes} mixed pipelines"
    title = f"What made {found.model} change, by {runs}"
    return Note(title, (("part", *found.metrics), *rows, ("together", *map(_signed, sums))))


def _moved(change: Change, reaches: Sequence[Reach]) -> str:
    return "; ".join(reach.moved for reach in reaches if reach.stages.intersection(change.stages)) or "nothing judged"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")
