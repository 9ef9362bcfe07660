"""Simulated pull requests: two models on one holdout, compared over all rows, by class and by slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Discordant, Studentised
from mergegate.stats.attained import Attained
from mergegate.stats.bounds import p_drop
from mergegate.stats.clusters import cluster_error
from mergegate.stats.correlation import gain_correlation
from mergegate.stats.noise import with_noise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mergegate.facts.comparison import Basis

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

SEEDS = 5
SLICES = 20
SMALLEST_SLICE = 30
"""The policy's default `min_slice`: smaller slices are named, not judged."""
GAINED, LOST, RIGHT, WRONG = range(4)
"""What happens to a row: head alone right, base alone right, both, neither."""


@dataclass(frozen=True)
class World:
    """What a pull request truly does. Accuracy is 0.85 and 8 % of rows differ, half each way, where nothing changed."""

    classes: tuple[float, ...] = (0.5, 0.5)
    """Share of each class."""
    drop: float = 0.0
    """True drop of everything, `differ` staying as it is."""
    slice_drop: float = 0.0
    """Further share of the first slice's rows that are lost."""
    lost_classes: tuple[int, ...] = ()
    """Classes of which head has every row wrong."""
    trade: float = 0.0
    """What the first class loses and the second gains."""
    differ: float = 0.08
    group: int = 1
    """Rows to a group; half of them copy the group's template."""
    seed_sigma: float = 0.0
    """Standard deviation of the accuracy over training seeds."""

    @property
    def worse(self) -> bool:
        """True where something truly got worse."""
        return self.drop > 0 or self.slice_drop > 0 or bool(self.lost_classes) or self.trade > 0

    def chances(self, shift: Floats) -> Floats:
        """Of each (slice, class, outcome) within its slice; `shift`, shape (repetitions,), lowers everything."""
        result = np.zeros((len(shift), SLICES, len(self.classes), 4))
        for label, share in enumerate(self.classes):
            drop = self.drop + shift + {0: self.trade, 1: -self.trade}.get(label, 0.0)
            gained, lost = (self.differ - drop) / 2, (self.differ + drop) / 2
            if label in self.lost_classes:
                gained, lost = 0 * drop, 0 * drop + 0.85
            for outcome, chance in ((GAINED, gained), (LOST, lost), (RIGHT, 0.85 - lost)):
                result[:, :, label, outcome] = share * chance[:, None]
            result[:, 0, label, LOST] += share * self.slice_drop
            result[:, 0, label, RIGHT] -= share * self.slice_drop
        result[..., WRONG] = np.array(self.classes) - result[..., :3].sum(axis=-1)
        return result


ARMS: dict[str, World] = {
    "identical artefacts": World(differ=0.0),
    "nothing changed": World(),
    "label shift, nothing worse": World(classes=(0.9, 0.1)),
    "improvement of 1 point": World(drop=-0.01),
    "groups of 10, nothing changed": World(group=10),
    "groups of 20, nothing changed": World(group=20),
    "seeds only": World(seed_sigma=0.003),
    "drop of 0.5 points": World(drop=0.005),
    "drop of 1 point": World(drop=0.01),
    "drop of 1.1 points": World(drop=0.011),
    "drop of 2 points": World(drop=0.02),
    "drop of 3 points": World(drop=0.03),
    "one 5 % slice down 10 points": World(slice_drop=0.10),
    "two rare classes swapped": World(classes=(0.02, 0.02, *[0.12] * 8), lost_classes=(0, 1)),
    "one class down 3 points, one up": World(trade=0.03),
    "groups of 10, drop of 3 points": World(drop=0.03, group=10),
}


@dataclass(frozen=True, eq=False)
class Checks:
    """The subjects of many pull requests; the first check is over all rows."""

    p: Floats
    """One-sided p-values of a drop as the gate computes them; (repetitions, checks)."""
    mcnemar_p: Floats
    """Mid-p McNemar, whatever the groups and the training noise; (repetitions, checks)."""
    correlation: Callable[[int], Floats]
    """Of one repetition's checks, as the gate estimates it."""
    attained: Callable[[int], Attained]
    """Likewise: what the tests' levels really are, where few rows differ."""
    rows: int
    base_right: Counts
    head_right: Counts
    """Over all rows; (repetitions,)."""
    slice_gain: Floats
    """Of each slice; (repetitions, slices)."""

    @property
    def overall(self) -> NDArray[np.bool_]:
        """Which checks are over all rows; (checks,)."""
        return np.asarray(np.arange(self.p.shape[1]) == 0)

    @property
    def gain(self) -> Floats:
        """Over all rows; (repetitions,)."""
        return np.asarray((self.head_right - self.base_right) / self.rows)


def play(world: World, rows: int, repetitions: int, rng: np.random.Generator) -> Checks:
    """Draw pull requests and compute the p-values of every check."""
    return (_grouped if world.group > 1 else _independent)(world, rows, repetitions, rng)


def _independent(world: World, rows: int, repetitions: int, rng: np.random.Generator) -> Checks:
    chances = world.chances(rng.normal(0, world.seed_sigma * np.sqrt(2), repetitions))
    counts = rng.multinomial(rows // SLICES, chances.reshape(repetitions, SLICES, -1)).reshape(chances.shape)
    members = _members(len(world.classes), rows)
    cells = counts.reshape(repetitions, -1, 4)
    by_check = np.einsum("rco,kc->rko", cells, members)
    bases = [
        [Discordant(int(check[GAINED]), int(check[LOST]), int(check.sum())) for check in checks] for checks in by_check
    ]
    p = np.array([[p_drop(basis, 0) for basis in checks] for checks in bases])
    everything, slices = by_check[:, 0], counts.sum(axis=2)
    return Checks(
        p=_with_noise(bases, world.seed_sigma, rng) if world.seed_sigma else p,
        mcnemar_p=p,
        correlation=lambda index: _correlation(cells[index], members),
        attained=lambda index: Attained(_bases_of(world, bases[index]), [0.0] * len(members)),
        rows=rows,
        base_right=everything[:, LOST] + everything[:, RIGHT],
        head_right=everything[:, GAINED] + everything[:, RIGHT],
        slice_gain=(slices[..., GAINED] - slices[..., LOST]) / (rows // SLICES),
    )


def _bases_of(world: World, bases: list[Discordant]) -> Sequence[Basis]:
    """What the gate hands to `Attained`: with training noise nothing is a count any more."""
    return [with_noise(basis, world.seed_sigma, SEEDS) for basis in bases] if world.seed_sigma else bases


def _with_noise(bases: list[list[Discordant]], sigma: float, rng: np.random.Generator) -> Floats:
    """The recipes compared: the spread was measured anew with 5 seeds each time."""
    spread = sigma * np.sqrt(rng.chisquare(SEEDS - 1, len(bases)) / (SEEDS - 1))
    return np.array([
        [p_drop(with_noise(basis, float(noise), SEEDS), 0) for basis in checks]
        for checks, noise in zip(bases, spread, strict=True)
    ])  # fmt: skip


def _members(classes: int, rows: int) -> Counts:
    """Which (slice, class) cells each check looks at: all, each class, each slice that is large enough."""
    grid = np.arange(SLICES * classes).reshape(SLICES, classes)
    parts = [grid >= 0, *(np.isin(grid, grid[:, label]) for label in range(classes))]
    if rows // SLICES >= SMALLEST_SLICE:
        parts.extend(np.isin(grid, grid[one]) for one in range(SLICES))
    return np.array([part.ravel() for part in parts], dtype=np.int64)


def _correlation(cells: Counts, members: Counts) -> Floats:
    """From the influence of each kind of row."""
    change = np.array([1.0, -1.0, 0.0])
    count = np.stack([cells[:, GAINED], cells[:, LOST], cells[:, RIGHT] + cells[:, WRONG]], axis=1).astype(float)
    influences = []
    for member in members:
        inside = member[:, None] * count
        n = max(float(inside.sum()), 1.0)
        influences.append((member[:, None] * (change - (inside @ change).sum() / n) / n * np.sqrt(count)).ravel())
    return gain_correlation(influences, clusters=int(count.sum()))


def _grouped(world: World, rows: int, repetitions: int, rng: np.random.Generator) -> Checks:
    """Groups that lie within one slice and one class; half of a group's rows copy its template."""
    size, groups = world.group, rows // world.group
    up, down = (world.differ - world.drop) / 2, (world.differ + world.drop) / 2
    template = rng.choice(3, (repetitions, groups), p=[up, down, 1 - up - down])
    copies = rng.binomial(size, 0.5, (repetitions, groups))
    gained = rng.binomial(size - copies, up)
    lost = rng.binomial(size - copies - gained, down / (1 - up))
    gained, lost = gained + copies * (template == GAINED), lost + copies * (template == LOST)
    sums = (gained - lost).astype(float)
    code, label = np.arange(groups) % SLICES, np.arange(groups) // SLICES % 2
    parts = [np.flatnonzero(part) for part in (code >= 0, label == 0, label == 1)]
    slices = [np.flatnonzero(code == one) for one in range(SLICES)]
    if rows // SLICES >= SMALLEST_SLICE:
        parts.extend(slices)
    every = [[Discordant(int(g[part].sum()), int(b[part].sum()), len(part) * size) for part in parts]
             for g, b in zip(gained, lost, strict=True)]  # fmt: skip
    right = rng.binomial(rows, 0.85, repetitions)
    return Checks(
        p=np.array([[p_drop(_clustered(one[part], size), 0) for part in parts] for one in sums]),
        mcnemar_p=np.array([[p_drop(basis, 0) for basis in checks] for checks in every]),
        correlation=lambda index: gain_correlation([_spread_out(sums[index], part) for part in parts]),
        attained=lambda _: Attained([Studentised(0.0, 1.0, 1.0)] * len(parts), [0.0] * len(parts)),
        rows=rows,
        base_right=right,
        head_right=right + sums.sum(axis=1).astype(np.int64),
        slice_gain=np.stack([sums[:, part].mean(axis=1) / size for part in slices], axis=1),
    )


def _clustered(sums: Floats, size: int) -> Studentised:
    """What `paired_change` makes of accuracy over groups of one size; `main` checks that it is the same."""
    n = float(len(sums) * size)
    rows = np.full(len(sums), float(size))
    se, df = cluster_error((sums - sums.mean()) / n, rows, unseen=np.array([1 / n]))
    return Studentised(float(sums.sum() / n), se, df, 1.0)


def _spread_out(sums: Floats, part: NDArray[np.intp]) -> Floats:
    """The influence of all groups on one check; 0 for those that it does not look at."""
    influence = np.zeros(len(sums))
    influence[part] = sums[part] - sums[part].mean()
    return influence
