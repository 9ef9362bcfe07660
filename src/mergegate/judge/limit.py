"""Judges shares of rows against their limits: what is proven, what base broke already, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts import State
from mergegate.stats.multiplicity import holm
from mergegate.stats.rate import lower, upper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts.answerpolicy import BrokenBefore
    from mergegate.facts.limits import Rate


def holm_levels(p: Sequence[float], alpha: float) -> list[float]:
    """At which level each check of a family is judged, so that any false alarm has chance `alpha` at most."""
    return [float(level) for level in holm(np.array(p), alpha)] if p else []


def broken_blocks(before: float | None, after: float, limit: float, what: BrokenBefore, *, identical: bool) -> bool:
    """Whether a limit that head is proven to break blocks; `before` is base's own value, None where there is none."""
    if before is None or before <= limit or what == "block":
        return True
    return what == "unless_better" and after >= before and not identical


def told_only(before: float | None, after: float, *, blocks: bool, identical: bool) -> bool:
    """Whether a broken limit is told for information: it does not block, and this pull request made it no larger."""
    return not blocks and (identical or (before is not None and after < before))


def said_before(before: float | None, after: float, limit: float) -> str:
    """How head's share compares with base's, in words: what this pull request made of it."""
    if before is None:
        return "base has nothing to compare it with"
    if before <= limit:
        return f"newly broken: it was {before:.4f}"
    if after < before:
        return f"broken before, and better now: it was {before:.4f}"
    return f"broken before: it was {before:.4f}" + (", and this made it larger" if after > before else "")


def within(rate: Rate, limit: float, alpha: float) -> State:
    """The state of a share that is not proven to lie beyond its limit; to be held it is no part of a family."""
    return State.HELD if upper(rate, alpha) <= limit else State.CANNOT_TELL


def rows_of(rate: Rate) -> str:
    """`102 rows in 2 groups`."""
    return f"{rate.n:,} rows" + (f" in {rate.groups:,} groups" if rate.groups is not None else "")


def at_least(rate: Rate, level: float) -> str:
    """The proven part of a share, in words."""
    return f"at least {lower(rate, level):.4f} at the level {level:.2g}"
