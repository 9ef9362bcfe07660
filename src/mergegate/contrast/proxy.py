"""Stand-ins: how well what a card looks at tells who is in a group, or what the label is."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mergegate.contrast.groups import LEVEL
from mergegate.facts.criteria import APPROVE, Known, ProxyCheck, Told, Without
from mergegate.facts.joint import ScoreTable
from mergegate.stats.bounds import bounds
from mergegate.stats.logistic import FOLDS, auc_of, dummies, of_codes, unseen_scores
from mergegate.stats.paired import Undefined
from mergegate.stats.ranking import paired_ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mergegate.facts.applicants import Applicants
    from mergegate.facts.card import Card
    from mergegate.facts.criteria import Scored

    Floats = NDArray[np.float64]

FEWEST = 20
"""So many people must be known to be in a group, and so many not, before anything is said of what tells them apart."""
_CATEGORIES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Everybody that is known, as columns by feature."""

    rows: Applicants
    columns: dict[str, Floats]
    fold: NDArray[np.int32]


def pool_of(rows: Applicants) -> Pool:
    """The features of these rows as columns, and a fold for each row by the hash of its id, or by its group."""
    numbers = {name: dummies(np.where(np.isinf(values), np.nan, values)) for name, values in rows.numbers.items()}
    texts = {name: _of_text(values) for name, values in rows.texts.items()}
    by_id = np.array([zlib.crc32(str(key).encode()) % FOLDS for key in rows.ids], dtype=np.int32)
    fold = by_id if rows.cluster is None else rows.cluster % np.int32(FOLDS)
    return Pool(rows, {**numbers, **texts}, fold)


def _of_text(values: NDArray[np.object_]) -> Floats:
    names, codes, count = np.unique(values.astype(str), return_inverse=True, return_counts=True)
    rank = np.argsort(np.argsort(-count, kind="stable"), kind="stable")
    return of_codes(np.minimum(rank[codes], _CATEGORIES), min(len(names), _CATEGORIES + 1))


def check_proxies(pool: Pool, head: Card, base: Card | None) -> tuple[ProxyCheck, ...]:
    """One check for each audit column; a feature that is such a column itself is left to its name."""
    return tuple(_proxy(pool, name, head, base) for name in sorted(pool.rows.audit))


def _proxy(pool: Pool, name: str, head: Card, base: Card | None) -> ProxyCheck:
    member = pool.rows.audit[name]
    at, yes = np.flatnonzero(member >= 0), member == 1
    if min(int(yes.sum()), int((member == 0).sum())) < FEWEST:
        return ProxyCheck(name, None, ())
    together = _told(pool, at, yes, head.features)
    if base is not None and together is not None:
        together = _against(together, pool, at, yes, (base, head))
    alone = [_told(pool, at, yes, [feature], feature, new=_is_new(feature, base)) for feature in head.features]
    found = sorted((one for one in alone if one), key=lambda one: -one.auc.value)
    return ProxyCheck(name, together, tuple(found))


def _against(told: Told, pool: Pool, at: NDArray[np.intp], yes: NDArray[np.bool_], cards: tuple[Card, Card]) -> Told:
    """What head's features tell beside what base's tell, of the same people."""
    base, head = cards
    if set(base.features) == set(head.features):
        return replace(told, new=False, before=told.auc.value)
    old, new = (unseen_scores(_columns(pool, at, card.features), yes[at], pool.fold[at]) for card in cards)
    found = auc_of(new, yes[at], _cluster(pool, at), old)
    if isinstance(found, Undefined):
        return told
    both, rise = found
    return replace(told, new=both.after > both.before, before=both.before, rise=rise)


def check_leaks(pool: Pool, head: Card, base: Card | None) -> tuple[Told, ...]:
    """How well each feature of head's card alone tells the label, the clearest first."""
    at, yes = np.arange(pool.rows.n), pool.rows.positive
    alone = [_told(pool, at, yes, [feature], feature, new=_is_new(feature, base)) for feature in head.features]
    return tuple(sorted((one for one in alone if one), key=lambda one: -one.auc.value))


def _is_new(feature: str, base: Card | None) -> bool:
    return base is None or base.rule(feature) is None


def _columns(pool: Pool, at: NDArray[np.intp], features: Sequence[str]) -> Floats:
    return np.column_stack([np.empty((pool.rows.n, 0)), *(pool.columns[feature] for feature in features)])[at]


def _cluster(pool: Pool, at: NDArray[np.intp]) -> tuple[NDArray[np.int32], int] | None:
    return None if pool.rows.cluster is None else (pool.rows.cluster[at], pool.rows.clusters)


def _told(
    pool: Pool,
    at: NDArray[np.intp],
    yes: NDArray[np.bool_],
    features: Sequence[str],
    name: str = "",
    *,
    new: bool = True,
) -> Told | None:
    scores = unseen_scores(_columns(pool, at, features), yes[at], pool.fold[at])
    found = auc_of(scores, yes[at], _cluster(pool, at))
    if isinstance(found, Undefined):
        return None
    auc, basis = found
    low, high = bounds(basis, LEVEL)
    return Told(name, Known(auc.after, 0.5 + low, min(0.5 + high, 1.0)), basis, new, n=auc.n)


def without(rows: Applicants, card: Card, scored: Scored, feature: str) -> Without | None:
    """The card without its rule on `feature`, with a cut-off that approves as many; None where no AUC has a value."""
    number = card.features.index(feature)
    less = scored.points - scored.parts[:, number]
    cluster = (rows.cluster, rows.clusters) if rows.cluster is not None else (None, 0)
    table = ScoreTable(rows.positive, scored.points.astype(float), less.astype(float), *cluster)
    found = paired_ranking("auc", table)
    if isinstance(found, Undefined):
        return None
    low, high = bounds(found.basis, LEVEL)
    approved = scored.decided == APPROVE
    ranked = np.argsort(-less, kind="stable")
    instead = np.zeros(rows.n, dtype=np.bool_)
    instead[ranked[: int(approved.sum())]] = True
    right = [float((answers == rows.positive).mean()) for answers in (approved, instead)]
    change = Known(found.after - found.before, low, high)
    return Without(feature, (found.before, found.after), change, (right[0], right[1]))
