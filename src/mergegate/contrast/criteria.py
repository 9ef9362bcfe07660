"""Base's card against head's, on the same people: everything that the rules for criteria look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mergegate.contrast.cardwords import bin_words, unit_of
from mergegate.contrast.flips import Sides, flips
from mergegate.contrast.groups import check_groups
from mergegate.contrast.points import bins_of, score
from mergegate.contrast.proxy import check_leaks, check_proxies, pool_of, without
from mergegate.facts.criteria import APPROVE, REFUSED, BinCover, Change, CriteriaExam, Decided
from mergegate.facts.joint import ScoreTable, canonical
from mergegate.stats.paired import Undefined
from mergegate.stats.ranking import paired_ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mergegate.facts.applicants import Answers, Applicants
    from mergegate.facts.card import Card
    from mergegate.facts.criteria import ProxyCheck
    from mergegate.facts.criteriapolicy import CriteriaPolicy

_SHOWN = 20


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What one revision has to show beside its card."""

    card: Card
    rows: Applicants
    """Its own held-out rows."""
    answers: Answers | None
    """Its own predictions; None where they are absent."""
    train: Applicants | None
    """Its own training rows; None where the policy names none."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Those on whom both cards are compared: base's own, with every feature that either card uses."""

    rows: Applicants
    train: Applicants | None


def compare_criteria(
    exam: CriteriaExam, policy: CriteriaPolicy, people: People, base: Side | None, head: Side
) -> CriteriaExam:
    """`exam` with all that can be counted and computed."""
    rows = people.rows
    before = score(base.card, rows) if base else None
    after = score(head.card, rows)
    pool = pool_of(rows if people.train is None else _together(rows, people.train))
    card = exam.base
    proxies = check_proxies(pool, head.card, card)
    return replace(
        exam,
        flips=flips(Sides(base.card, head.card, before, after, rows)) if base and before else None,
        gap=_gap(head),
        gap_before=_gap_before(base),
        cover=_cover(head, base),
        lost=_lost(head, base, policy.min_rows),
        groups=check_groups(rows, head.card, before, after),
        proxies=tuple(_without_worst(one, rows, head.card) for one in proxies),
        leaks=check_leaks(pool, head.card, card),
        decided=_decided(head),
    )


def _without_worst(check: ProxyCheck, rows: Applicants, card: Card) -> ProxyCheck:
    if not check.alone:
        return check
    return replace(check, without=without(rows, card, score(card, rows), check.alone[0].feature))


def _together(one: Applicants, other: Applicants) -> Applicants:
    """Both, one after the other; their groups stay apart only where they have another name."""
    return replace(
        one,
        ids=np.concatenate([one.ids, other.ids]),
        positive=np.concatenate([one.positive, other.positive]),
        numbers={name: np.concatenate([values, other.numbers[name]]) for name, values in one.numbers.items()},
        texts={name: np.concatenate([values, other.texts[name]]) for name, values in one.texts.items()},
        audit={name: np.concatenate([values, other.audit[name]]) for name, values in one.audit.items()},
        cluster=None
        if one.cluster is None or other.cluster is None
        else np.concatenate([one.cluster, other.cluster + np.int32(one.clusters)]),
        clusters=one.clusters + other.clusters,
    )


def _gap_before(base: Side | None) -> float | None:
    found = _gap(base) if base else None
    return found.after - found.before if found else None


def _gap(side: Side) -> Change | None:
    """The card's AUC against the ceiling's; refused rows stand below all others."""
    answers = side.answers
    if answers is None or answers.ceiling is None:
        return None
    at, place = _same(side.rows.ids, answers.ids)
    scored = score(side.card, side.rows)
    points = scored.points.astype(np.float64)
    points[scored.decided == REFUSED] = -np.inf
    ceiling = answers.ceiling[place]
    known = np.isfinite(ceiling)
    at, ceiling = at[known], ceiling[known]
    cluster = None if side.rows.cluster is None else side.rows.cluster[at]
    table = ScoreTable(side.rows.positive[at], ceiling, points[at], cluster, side.rows.clusters)
    found = paired_ranking("auc", table) if len(at) else Undefined("there are no rows")
    if isinstance(found, Undefined):
        return None
    return Change(found.before, found.after, found.basis, found.n, found.method, found.groups)


def _same(ids: NDArray[np.object_], others: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the ids that both have stand in each."""
    place = {key: index for index, key in enumerate(others)}
    pairs = [(index, place[key]) for index, key in enumerate(ids) if key in place]
    found = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _counts(side: Side, feature: str) -> NDArray[np.int64] | None:
    """Training rows in each bin of the rule on a feature."""
    rule = side.card.rule(feature)
    if rule is None or side.train is None:
        return None
    codes = bins_of(rule, side.card.inputs[feature], side.train)
    return np.bincount(codes[codes >= 0], minlength=len(rule.bins))


def _cover(head: Side, base: Side | None) -> tuple[BinCover, ...]:
    found = []
    for rule in head.card.rules:
        counts, unit = _counts(head, rule.feature), unit_of(head.card, rule)
        if counts is None:
            continue
        old = dict(_old(base, rule.feature))
        for one, rows in zip(rule.bins, counts, strict=True):
            words = bin_words(one, unit)
            found.append(BinCover(rule.title, rule.feature, words, int(rows), one.rows, old.get(words)))
    return tuple(found)


def _old(base: Side | None, feature: str) -> list[tuple[str, int]]:
    """Base's bins of a feature with their training rows."""
    rule = base.card.rule(feature) if base else None
    counts = _counts(base, feature) if base else None
    if base is None or rule is None or counts is None:
        return []
    unit = unit_of(base.card, rule)
    return [(bin_words(one, unit), int(rows)) for one, rows in zip(rule.bins, counts, strict=True)]


def _lost(head: Side, base: Side | None, least: int) -> tuple[str, ...]:
    """Bins of base's card that had rows enough and are in head's card with too few, or in none of its rules."""
    found = []
    now = {(one.feature, one.bin): one.rows for one in _cover(head, None)}
    for rule in base.card.rules if base else ():
        for words, rows in _old(base, rule.feature):
            left = now.get((rule.feature, words))
            if rows >= least and left is not None and left < least:
                found.append(f"{rule.title} {words}: {rows:,} → {left:,}")
    return tuple(found)


def _decided(head: Side) -> Decided | None:
    """Head's predictions beside its card's decisions, on its own rows."""
    if head.answers is None:
        return None
    scored, card = score(head.card, head.rows), head.card
    words = {APPROVE: canonical(card.decides.yes), 0: canonical(card.decides.no)}
    said = dict(zip(head.answers.ids, head.answers.prediction, strict=True))
    wrong = []
    for key, decided in zip(head.rows.ids, scored.decided, strict=True):
        meant, answer = words.get(int(decided), "refused"), said.pop(key, None)
        right = answer != words[APPROVE] if decided == REFUSED else answer == meant
        if not right or answer is None:
            wrong.append((str(key), meant, "none" if answer is None else str(answer)))
    wrong += [(str(key), "none: not among the rows", str(answer)) for key, answer in said.items()]
    shown = (("id", "the card decides", "predicted"), *wrong[:_SHOWN]) if wrong else ()
    return Decided(head.rows.n, len(wrong), shown)
