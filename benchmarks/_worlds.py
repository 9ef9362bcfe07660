"""Worlds with a known truth, from which tables are drawn as the gate would read them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from mergegate.facts.joint import BinTable, CountTable, MomentTable, ScoreTable
from mergegate.stats.classification import FALLS
from mergegate.stats.confusion import Margins, Measured, measure
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Classifiers:
    """Two classifiers: the chance of every (label, base's answer, head's answer), shape (classes,) * 3."""

    chance: Floats

    @classmethod
    def of(
        cls,
        prior: Sequence[float],
        right: float | Sequence[float],
        differ: float | Sequence[float],
        gain: float | Sequence[float],
    ) -> Classifiers:
        """By class: its share, how often base is right, how often one of the two is, and head's gain in accuracy."""
        size = len(prior)
        chance = np.zeros((size,) * 3)
        each = (np.broadcast_to(np.asarray(value, dtype=float), size) for value in (prior, right, differ, gain))
        for label, (share, accuracy, unlike, better) in enumerate(zip(*each, strict=True)):
            wrong = np.array(prior, dtype=float)
            wrong[label] = 0
            wrong /= wrong.sum()
            gained, lost = (unlike + better) / 2, (unlike - better) / 2
            neither = 1 - accuracy - gained
            assert min(gained, lost, neither, accuracy - lost) >= 0
            chance[label] += neither * np.diag(wrong)
            chance[label, label, label] += accuracy - lost
            chance[label, label] += lost * wrong
            chance[label, :, label] += gained * wrong
            chance[label] *= share
        return cls(chance)

    def gain(self, metric: str, positive: int = 1) -> float:
        """The true gain, positive is better."""
        values = []
        for other in (2, 1):
            matrix = self.chance.sum(axis=other)
            margins = Margins(np.diag(matrix).copy(), matrix.sum(axis=1), matrix.sum(axis=0))
            measured = measure(metric, margins, positive)
            assert isinstance(measured, Measured)
            values.append(measured.value)
        return (values[1] - values[0]) * (-1 if metric in FALLS else 1)

    def table(self, n: int, rng: np.random.Generator) -> CountTable:
        """`n` independent rows."""
        counts = rng.multinomial(n, self.chance.ravel())
        cells = np.flatnonzero(counts)
        return _table(cells, counts[cells], self.chance.shape)

    def grouped(self, sizes: NDArray[np.int64], copied: float, rng: np.random.Generator) -> CountTable:
        """Groups of these sizes; each row copies its group's template with chance `copied`, else it is its own."""
        cluster = np.repeat(np.arange(len(sizes)), sizes)
        flat = self.chance.ravel()
        template = rng.choice(flat.size, size=len(sizes), p=flat)
        cell = np.where(
            rng.random(len(cluster)) < copied, template[cluster], rng.choice(flat.size, len(cluster), p=flat)
        )
        keys, counts = np.unique(cluster * flat.size + cell, return_counts=True)
        return _table(keys % flat.size, counts, self.chance.shape, keys // flat.size, len(sizes))


def _table(
    cells: NDArray[np.int64],
    counts: NDArray[np.int64],
    shape: tuple[int, ...],
    cluster: NDArray[np.int64] | None = None,
    clusters: int = 0,
) -> CountTable:
    label, base, head = (code.astype(np.int32) for code in np.unravel_index(cells, shape))
    codes = None if cluster is None else cluster.astype(np.int32)
    return CountTable(label, base, head, counts.astype(np.int64), shape[0], codes, clusters)


def scores(n: int, rng: np.random.Generator, *, share: float, base: float, head: float, alike: float) -> ScoreTable:
    """Normal scores: the positives lie `base` and `head` standard deviations above, correlated by `alike`."""
    positive = rng.random(n) < share
    common = rng.standard_normal(n) * np.sqrt(alike)
    own = [common + rng.standard_normal(n) * np.sqrt(1 - alike) + shift * positive for shift in (base, head)]
    return ScoreTable(positive, *own)


def losses(n: int, rng: np.random.Generator, *, worse: float, skewed: bool) -> tuple[MomentTable, float]:
    """Squared errors of two regressions on `n` rows, head's error 1 + `worse` times as large; the labels' variance."""
    noise = rng.standard_exponential((2, n)) - 1 if skewed else rng.standard_normal((2, n))
    label = 2 * rng.standard_normal(n)
    base = noise[0] ** 2
    head = (1 + worse) ** 2 * (0.9 * noise[0] + np.sqrt(1 - 0.81) * noise[1]) ** 2
    return moments(base, head), float(label.var())


def moments(base: Floats, head: Floats, cluster: NDArray[np.int32] | None = None, clusters: int = 0) -> MomentTable:
    """Losses per row, summed up."""
    if cluster is None:
        cluster_sums = [np.array([values.sum()]) for values in (base, head, (head - base) ** 2, base**2, head**2)]
        b, h, d, bb, hh = cluster_sums
        return MomentTable(np.array([len(base)]), b, h, d, base_sq=bb, head_sq=hh)
    b, h, d = (sum_by(cluster, values, clusters) for values in (base, head, (head - base) ** 2))
    count = np.bincount(cluster, minlength=clusters)
    return MomentTable(count, b, h, d, np.arange(clusters, dtype=np.int32), clusters)


@dataclass(frozen=True)
class Chances:
    """Yes or no, with the true logit about `mean`; head's logits are `scale` times base's, and both are a bit off."""

    mean: float
    scale: float
    off: float = 0.4

    def _drawn(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """The true chance, base's and head's."""
        logit = rng.normal(self.mean, 1.2, n)
        base, head = (scale * logit + self.off * rng.standard_normal(n) for scale in (1.0, self.scale))
        return expit(logit), expit(base), expit(head)

    def table(self, name: str, n: int, rng: np.random.Generator) -> MomentTable:
        """`n` rows of the loss `name`."""
        truth, base, head = self._drawn(n, rng)
        hit = rng.random(n) < truth
        made = moments(loss_of(name, hit, base), loss_of(name, hit, head))
        other = loss_of(name, ~hit, head) - loss_of(name, ~hit, base)
        return replace(made, other_sq=np.array([float(other @ other)]))

    def gain(self, name: str) -> float:
        """The true gain, from two million rows and the expected loss of each."""
        truth, base, head = self._drawn(2_000_000, np.random.default_rng(98))
        yes, no = np.ones(1, bool), np.zeros(1, bool)
        each = [truth * loss_of(name, yes, one) + (1 - truth) * loss_of(name, no, one) for one in (base, head)]
        return 0.0 if self.scale == 1 else float((each[0] - each[1]).mean())


def loss_of(name: str, hit: NDArray[np.bool_], chance: Floats) -> Floats:
    """The log-loss, or else Brier's, of each row."""
    return -np.log(np.where(hit, chance, 1 - chance)) if name == "log_loss" else (chance - hit) ** 2


@dataclass(frozen=True)
class Confidences:
    """Two models whose logits are `base` and `head` times the true ones, plus a shift of head's; 10 bins."""

    base: float = 1.0
    head: float = 1.0
    shift: float = 0.0
    unlike: float = 0.1
    bins: int = 10

    def table(self, n: int, rng: np.random.Generator) -> BinTable:
        """`n` independent rows."""
        logit = rng.normal(1.2, 1.2, n)
        truth = expit(logit)
        base_right = rng.random(n) < truth
        head_right = np.where(rng.random(n) < self.unlike, rng.random(n) < truth, base_right)
        return binned(
            expit(self.base * logit), expit(self.head * logit + self.shift), base_right, head_right, self.bins
        )

    def gain(self) -> float:
        """The true gain: minus the rise of the calibration error, by integration over the logit."""
        logit = np.linspace(1.2 - 9 * 1.2, 1.2 + 9 * 1.2, 400_001)
        weight = np.exp(-(((logit - 1.2) / 1.2) ** 2) / 2)
        weight /= weight.sum()
        errors = []
        for scale, shift in ((self.base, 0.0), (self.head, self.shift)):
            confidence = expit(scale * logit + shift)
            code = np.minimum((confidence * self.bins).astype(int), self.bins - 1)
            errors.append(np.abs(np.bincount(code, weight * (expit(logit) - confidence), self.bins)).sum())
        return float(errors[0] - errors[1])


def binned(
    base: Floats, head: Floats, base_right: NDArray[np.bool_], head_right: NDArray[np.bool_], bins: int = 10
) -> BinTable:
    """Confidences per row, binned and counted."""
    codes = [np.minimum((confidence * bins).astype(np.int64), bins - 1) for confidence in (base, head)]
    key = ((codes[0] * bins + codes[1]) * 2 + base_right) * 2 + head_right
    keys, cell, count = np.unique(key, return_inverse=True, return_counts=True)
    return BinTable(
        base_bin=(keys // (4 * bins)).astype(np.int32),
        head_bin=(keys // 4 % bins).astype(np.int32),
        base_right=keys // 2 % 2 == 1,
        head_right=keys % 2 == 1,
        base_score=sum_by(cell, base, len(keys)),
        head_score=sum_by(cell, head, len(keys)),
        count=count.astype(np.int64),
        bins=bins,
    )
