"""How much one column alone tells of the label, on rows from which that was not learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import cluster_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

LEAST = 10
"""Rows of a class, below which it is left out of the average."""
SETTLED = 30
"""Rows of a value, all of one label, by which it is said to settle the label."""
LUCK = 1e-3
"""The chance of so many rows of one label, by the label's usual share, that is too small for luck."""
RIGHT = 0.99
"""How often such values must be right on the other half, all together; below, none of them settles anything."""
FEWER = 0.25
"""And at most so many times as often wrong as the labels' usual shares would be."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What one column tells. Each basis is of a *gain*: minus the quantity, as less is better."""

    skill: Studentised
    """The average over the classes of the share answered rightly, so scaled that guessing has 0 and knowing 1."""
    certain: Studentised
    """The share of rows whose value settles the label."""
    n: int
    clusters: int


def skill_of(value: Ints, label: Ints, cluster: Ints, labels: int) -> Skill | None:
    """The skill of the column `value` (codes; -1 for an empty cell, which is a value like any other).

    Each half of the clusters (by parity) is answered by what the other half teaches: for each value the label that is
    there most above its usual share. A value that the other half has never seen is answered by a guess, so that an id
    or another nearly unique column has no skill. None where fewer than two classes have enough rows.
    """
    count = np.bincount(label, minlength=labels)
    kept = count >= LEAST
    if kept.sum() < 2:
        return None
    rows = kept[label]
    value, label, cluster = value[rows] + 1, label[rows], cluster[rows]
    classes = int(kept.sum())
    usual = count / count[kept].sum()
    right, settled, wrong, luck = (np.zeros(len(label)) for _ in range(4))
    for half in (0, 1):
        learn, judge = cluster % 2 != half, cluster % 2 == half
        told = _learnt(value[learn], label[learn], labels, size=int(value.max()) + 1)
        answer, sure = told[0][value[judge]], told[1][value[judge]]
        right[judge] = np.where(answer < 0, 1 / classes, answer == label[judge])
        settled[judge] = sure
        wrong[judge] = sure & (answer != label[judge])
        luck[judge] = np.where(sure, 1 - usual[answer], 0)
    codes = np.unique(cluster, return_inverse=True)[1]
    trusted = wrong.sum() <= min((1 - RIGHT) * settled.sum(), FEWER * luck.sum())
    return Skill(
        _balanced(right, label, codes, count, classes),
        _mean(settled if trusted else np.zeros_like(settled), codes),
        len(label),
        int(codes.max()) + 1,
    )


def _learnt(value: Ints, label: Ints, labels: int, *, size: int) -> tuple[Ints, NDArray[np.bool_]]:
    """By value: the label that it raises most (-1 for one never seen), and whether it settles the label."""
    answer, sure = np.full(size, -1), np.zeros(size, np.bool_)
    if not len(value):
        return answer, sure
    usual = np.bincount(label, minlength=labels)
    cells, rows = np.unique(value * labels + label, return_counts=True)
    at, name = cells // labels, cells % labels
    lift = rows / usual[name]
    order = np.lexsort((name, -lift, at))
    first = order[np.r_[True, at[order][1:] != at[order][:-1]]]
    answer[at[first]] = name[first]
    total = np.bincount(value, minlength=size)
    enough = np.maximum(SETTLED, np.log(LUCK) / np.log(np.minimum(usual[name[first]] / len(label), 1 - 1e-12)))
    sure[at[first]] = (rows[first] == total[at[first]]) & (rows[first] >= enough)
    return answer, sure


def _balanced(right: Floats, label: Ints, codes: Ints, count: Ints, classes: int) -> Studentised:
    """Minus the scaled mean of the classes' recalls."""
    recall = np.bincount(label, right, len(count)) / np.maximum(count, 1)
    scale = classes / (classes - 1)
    skill = (float(recall[count >= LEAST].mean()) - 1 / classes) * scale
    influence = np.bincount(codes, (right - recall[label]) / count[label] / classes * scale).astype(np.float64)
    return _studentised(skill, influence, np.bincount(codes).astype(np.float64))


def _mean(settled: Floats, codes: Ints) -> Studentised:
    share = float(settled.mean())
    influence = np.bincount(codes, (settled - share) / len(settled)).astype(np.float64)
    return _studentised(share, influence, np.bincount(codes).astype(np.float64))


def _studentised(value: float, influence: Floats, rows: Floats) -> Studentised:
    se, df = cluster_error(influence, rows) if len(rows) > 1 else (np.inf, 0.0)
    return Studentised(-value, float(se), float(df), limit=1.0)
