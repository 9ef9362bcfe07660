"""How often 95 % intervals hold the truth, method by method, with few rows and rare classes among the worlds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from benchmarks._worlds import Chances, Classifiers, Confidences, losses, scores

from mergegate.stats.bounds import bounds
from mergegate.stats.calibration import paired_ece
from mergegate.stats.classification import paired_change
from mergegate.stats.moments import Transform, paired_moments
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.ranking import paired_ranking
from mergegate.stats.target import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mergegate.facts.joint import ScoreTable

    Draw = Callable[[np.random.Generator], Paired | Undefined | tuple[float, float]]


@dataclass(frozen=True)
class Setting:
    """One world for one method."""

    method: str
    name: str
    truth: float
    draw: Draw


EVEN = [0.5, 0.5]
FIVE = [0.4, 0.3, 0.2, 0.07, 0.03]
FIVE_RIGHT, FIVE_DIFFER = [0.9, 0.9, 0.85, 0.8, 0.7], [0.1, 0.1, 0.1, 0.3, 0.4]
TEN = [0.1] * 10
CLASSIFIERS = {
    "50 rows, even": (Classifiers.of(EVEN, 0.8, 0.3, 0.0), 50),
    "50 rows, a drop": (Classifiers.of(EVEN, 0.85, 0.3, -0.1), 50),
    "100 rows, 3 classes": (Classifiers.of([0.5, 0.3, 0.2], 0.8, 0.25, -0.05), 100),
    "200 rows, 10 % positive": (Classifiers.of([0.9, 0.1], [0.95, 0.6], [0.08, 0.5], [0, -0.1]), 200),
    "500 rows, 4 % positive": (Classifiers.of([0.96, 0.04], [0.95, 0.6], [0.06, 0.5], 0), 500),
    "500 rows, even": (Classifiers.of(EVEN, 0.85, 0.08, 0.0), 500),
    "500 rows, improved": (Classifiers.of(EVEN, 0.8, 0.12, 0.05), 500),
    "1,000 rows, rarest class 3 %": (Classifiers.of(FIVE, FIVE_RIGHT, FIVE_DIFFER, 0), 1000),
    "1,000 rows, rare class down 15": (
        Classifiers.of(FIVE, FIVE_RIGHT, FIVE_DIFFER, [0, 0, 0, 0, -0.15]), 1000),
    "1,000 rows, 10 classes": (Classifiers.of(TEN, 0.85, 0.15, -0.02), 1000),
    "2,000 rows, 42 classes": (Classifiers.of([1 / 42] * 42, 0.9, 0.15, -0.01), 2000),
    "5,000 rows, even": (Classifiers.of(EVEN, 0.85, 0.08, -0.01), 5000),
    "50,000 rows, 10 classes": (Classifiers.of(TEN, 0.85, 0.08, -0.005), 50_000),
}  # fmt: skip
TRANSFORMS: tuple[Transform, ...] = ("mean", "root_mean", "explained")
METRICS = ["accuracy", "recall", "balanced_accuracy", "precision", "f1", "f1_macro", "f1_weighted", "mcc"]
GROUPS = {
    "20 groups of 20": (np.full(20, 20), 0.5),
    "30 groups of 10": (np.full(30, 10), 0.5),
    "30 groups of 10, near copies": (np.full(30, 10), 0.9),
    "50 groups of 10": (np.full(50, 10), 0.5),
    "50 uneven groups": (np.arange(1, 51), 0.5),
    "100 groups of 5": (np.full(100, 5), 0.7),
    "100 groups of 20": (np.full(100, 20), 0.5),
    "100 uneven groups": (np.arange(1, 101), 0.3),
    "250 groups of 20": (np.full(250, 20), 0.5),
    "500 groups of 2": (np.full(500, 2), 0.9),
    "500 groups of 10": (np.full(500, 10), 0.5),
    "500 uneven groups": (np.arange(1, 501) // 20 + 1, 0.5),
}
RANKINGS = [(n, share, gap) for n in (50, 200, 1000) for share in (0.5, 0.1) for gap in (0.0, 0.3)]
LOSSES = [(n, skewed, worse) for n in (50, 200, 1000, 5000) for skewed in (False, True) for worse in (0.0, 0.1)]
TILTS = (Confidences(1.0, 1.5), Confidences(1.0, 1.0, 0.5), Confidences(1.2, 1.5), Confidences(1.5, 0.7))
CONFIDENCES = [(tilt, n) for tilt in TILTS for n in (50, 300, 3000, 10_000, 30_000)]
CHANCES = {Chances(mean, scale): share for mean, share in ((0.0, 50), (-2.5, 12), (-4.0, 3)) for scale in (1.0, 0.8)}
"""How many of 100 rows are a yes."""
PROPORTIONS = [(n, share) for n in (50, 200, 1000, 10_000) for share in (0.5, 0.85, 0.95)]


def settings() -> Iterator[Setting]:
    """Every world of every method."""
    yield from _of_classifiers()
    yield from _of_scores()
    for n, share in PROPORTIONS:
        yield Setting("wilson", f"{n:,} rows, {share}", share, partial(_proportion, n, share))
    for loss, (world, share) in product(("log_loss", "brier"), CHANCES.items()):
        truth = world.gain(loss)
        for n in (50, 200, 1000, 5000):
            name = f"{n:,} rows, yes in {share} %, logits times {world.scale}"
            yield Setting(loss, name, truth, partial(_chance, loss, world, n))


def _of_classifiers() -> Iterator[Setting]:
    for metric in METRICS:
        for name, (world, n) in CLASSIFIERS.items():
            yield Setting(metric, name, world.gain(metric), partial(_classifier, metric, world, n))
    three = Classifiers.of([0.5, 0.3, 0.2], 0.85, 0.25, -0.03)
    for metric in ("accuracy", "f1_macro"):
        for name, (sizes, copied) in GROUPS.items():
            draw = partial(_grouped, metric, three, sizes, copied)
            yield Setting(f"{metric}, grouped", name, three.gain(metric), draw)


def _of_scores() -> Iterator[Setting]:
    for metric in ("auc", "average_precision"):
        for n, share, gap in RANKINGS:
            world = partial(scores, share=share, base=1.2, head=1.2 - gap, alike=0.6)
            name = f"{n:,} rows, {share:.0%} positive, gap {gap}"
            yield Setting(metric, name, _ranked(metric, world), partial(_ranking, metric, world, n))
    for transform in TRANSFORMS:
        for n, skewed, worse in LOSSES:
            name = f"{n:,} rows, {'skewed' if skewed else 'normal'} errors, {worse:.0%} larger"
            draw = partial(_loss, transform, n, skewed, worse)
            yield Setting(f"loss, {transform}", name, _lost(transform, worse), draw)
    for tilt, n in CONFIDENCES:
        name = f"{n:,} rows, logits times {tilt.base} and {tilt.head} plus {tilt.shift}"
        yield Setting("ece", name, tilt.gain(), partial(_calibrated, tilt, n))


def covered(setting: Setting, repetitions: int, rng: np.random.Generator) -> dict[str, object]:
    """The share of intervals that hold the truth, and on which side the others miss it."""
    above = below = undefined = 0
    for _ in range(repetitions):
        drawn = setting.draw(rng)
        if isinstance(drawn, Undefined):
            undefined += 1
            continue
        low, high = bounds(drawn.basis, 0.025) if isinstance(drawn, Paired) else drawn
        above += low > setting.truth
        below += high < setting.truth
    defined = repetitions - undefined
    return {
        "method": setting.method,
        "setting": setting.name,
        "truth": round(setting.truth, 5),
        "coverage": round(1 - (above + below) / defined, 4),
        "missed_above": round(above / defined, 4),
        "missed_below": round(below / defined, 4),
        "undefined": undefined,
    }


def _classifier(metric: str, world: Classifiers, n: int, rng: np.random.Generator) -> Paired | Undefined:
    return paired_change(metric, world.table(n, rng), positive=1)


def _grouped(
    metric: str, world: Classifiers, sizes: np.ndarray, copied: float, rng: np.random.Generator
) -> Paired | Undefined:
    return paired_change(metric, world.grouped(sizes, copied, rng), positive=1)


def _ranking(metric: str, world: Callable[..., ScoreTable], n: int, rng: np.random.Generator) -> Paired | Undefined:
    return paired_ranking(metric, world(n, rng))


def _ranked(metric: str, world: Callable[..., ScoreTable]) -> float:
    """The truth, from two million rows."""
    whole = paired_ranking(metric, world(2_000_000, np.random.default_rng(99)))
    assert isinstance(whole, Paired)
    return whole.after - whole.before


def _loss(transform: Transform, n: int, skewed: bool, worse: float, rng: np.random.Generator) -> Paired | Undefined:
    table, _ = losses(n, rng, worse=worse, skewed=skewed)
    return paired_moments(table, transform=transform, label_variance=4.0)


def _lost(transform: str, worse: float) -> float:
    rise = (1 + worse) ** 2 - 1
    return {"mean": -rise, "root_mean": -worse, "explained": -rise / 4}[transform]


def _chance(loss: str, world: Chances, n: int, rng: np.random.Generator) -> Paired | Undefined:
    return paired_moments(world.table(loss, n, rng), limit=1.0 if loss == "brier" else float("inf"))


def _calibrated(world: Confidences, n: int, rng: np.random.Generator) -> Paired | Undefined:
    return paired_ece(world.table(n, rng))


def _proportion(n: int, share: float, rng: np.random.Generator) -> tuple[float, float]:
    return wilson(int(rng.binomial(n, share)), n, 0.025)
