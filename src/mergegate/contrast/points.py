"""Decides rows of people by a card: the gate's own scoring, whatever code was generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.criteria import APPROVE, DENY, MISSING, OUTSIDE, REFUSED, Scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.applicants import Applicants
    from mergegate.facts.card import Card, CardRule, Input

    Codes = NDArray[np.int32]

_FLAGS = {"true": "1", "false": "0"}


def score(card: Card, rows: Applicants) -> Scored:
    """The points and the decision for each row; what may not come in is refused."""
    bins = np.empty((rows.n, len(card.rules)), dtype=np.int32)
    parts = np.zeros((rows.n, len(card.rules)), dtype=np.int64)
    refused = np.zeros(rows.n, dtype=np.bool_)
    for number, rule in enumerate(card.rules):
        codes = bins_of(rule, card.inputs[rule.feature], rows)
        missing = 0 if rule.missing == "refuse" else rule.missing
        given = np.array([*rule.points, 0, missing], dtype=np.int64)  # [-2] for OUTSIDE, [-1] for MISSING
        bins[:, number], parts[:, number] = codes, given[codes]
        refused |= codes == OUTSIDE
        if rule.missing == "refuse":
            refused |= codes == MISSING
    points = card.start + parts.sum(axis=1)
    decided = np.where(refused, REFUSED, np.where(points >= card.cutoff, APPROVE, DENY)).astype(np.int8)
    return Scored(points, decided, parts, bins)


def bins_of(rule: CardRule, given: Input, rows: Applicants) -> Codes:
    """Which bin each row is in, MISSING or OUTSIDE; shape (n,)."""
    if given.type == "number":
        value = rows.numbers[rule.feature]
        codes = np.searchsorted(np.array(rule.edges), value, side="right").astype(np.int32)
        low = -np.inf if given.min is None else given.min
        high = np.inf if given.max is None else given.max
        codes[np.isinf(value) | (value < low) | (value > high)] = OUTSIDE
        codes[np.isnan(value)] = MISSING
        return codes
    place: dict[str | None, int] = {one.value: index for index, one in enumerate(rule.bins)}
    place[None] = MISSING
    spelt = _FLAGS if given.type == "flag" else {}
    found = [place.get(spelt.get(text, text), OUTSIDE) for text in rows.texts[rule.feature]]
    return np.array(found, dtype=np.int32)
