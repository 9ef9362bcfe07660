"""The gap to the ceiling on training rows, each scored by a card and a ceiling that were made without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.criteria import Change
from mergegate.facts.joint import ScoreTable
from mergegate.stats.paired import Undefined
from mergegate.stats.ranking import repeated_auc

if TYPE_CHECKING:
    from mergegate.facts.applicants import Applicants, Crossed


def gap_of(cards: Crossed, ceilings: Crossed, people: Applicants) -> Change | None:
    """The AUC of `cards`' cards less that of `ceilings`' ceilings, averaged over repeats; None where it has no value.

    The two may be of different runs: base's ceiling measures head's cards, so that nobody lowers their own bar. Their
    folds may differ, too, as each score is of a row that its own side had not seen. All three have the same ids.
    """
    nothing = np.zeros(people.n)
    rows = ScoreTable(people.positive, nothing, nothing, people.cluster, people.clusters)
    found = repeated_auc(rows, ceilings.ceilings, cards.cards)
    if isinstance(found, Undefined):
        return None
    return Change(found.before, found.after, found.basis, found.n, found.method, found.groups)


def same_rows(crossed: Crossed, people: Applicants) -> bool:
    """Whether there is one score for each of these people, and for nobody else."""
    return np.array_equal(crossed.ids, people.ids)
