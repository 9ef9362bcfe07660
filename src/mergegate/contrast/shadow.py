"""How often head answers otherwise than base where nobody knows what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.limits import Rate
from mergegate.facts.shadow import Shadow
from mergegate.stats.rate import rate_of

if TYPE_CHECKING:
    from mergegate.facts.joint import CountTable
    from mergegate.facts.shadow import ShadowRows


def compare_shadow(name: str, rows: ShadowRows, *, identical: bool = False) -> Shadow:
    """The rate of changed answers, over all rows and in each slice, with what bounds it."""
    rates = [_rate(table) for table in rows.counts]
    answered = rows.n + rows.only_base
    return Shadow(
        model=name,
        rows=rows,
        rate=rates[0] if rates else Rate(0, 0),
        by_slice=tuple(zip(rows.slices[1:], rates[1:], strict=True)),
        coverage=rows.n / answered if answered else 0.0,
        identical=identical,
    )


def _rate(table: CountTable) -> Rate:
    return rate_of(table, np.ones(len(table.count), np.bool_), table.head == 1)
