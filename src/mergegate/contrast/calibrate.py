"""How often made-up pull requests are blocked on a real holdout: harmless ones, and ones that make it worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mergegate.contrast.simulate import Drop
from mergegate.facts.calibration import Rate
from mergegate.stats.target import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from mergegate.contrast.simulate import World
    from mergegate.facts.joint import Joint

Decide = Callable[[Mapping[str, "Joint"]], bool]
"""Whether a pull request with these pairings, by model, is blocked."""

OVERALL = (0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05)
"""True drops over all rows."""
ONE_SLICE = (0.02, 0.05, 0.1, 0.15, 0.2)
"""True drops in one slice."""


def false_blocks(worlds: Mapping[str, World], decide: Decide, runs: int, rng: np.random.Generator) -> Rate:
    """The rate with which pull requests are blocked in which no model is worse."""
    blocked = sum(decide({name: world.pair(rng) for name, world in worlds.items()}) for _ in range(runs))
    return _rate("", "", 0.0, blocked, runs)


def power(worlds: Mapping[str, World], decide: Decide, runs: int, rng: np.random.Generator) -> Iterator[Rate]:
    """The chance of a block for true drops of one model: over all rows, and in the slice of median size."""
    for name, world in worlds.items():
        if not world.joint.counts:
            continue
        for where, sizes in _places(world):
            for size in sizes:
                drop = Drop(size, where)
                blocked = sum(
                    decide({one: w.pair(rng, drop if one == name else None) for one, w in worlds.items()})
                    for _ in range(runs)
                )
                yield _rate(name, str(world.joint.slices[where]), size, blocked, runs)


def _places(world: World) -> Iterator[tuple[int, Sequence[float]]]:
    yield 0, OVERALL
    slices = sorted(range(1, len(world.joint.counts)), key=lambda index: (world.joint.counts[index].n, index))
    if slices:
        yield slices[len(slices) // 2], ONE_SLICE


def _rate(model: str, where: str, drop: float, blocked: int, runs: int) -> Rate:
    low, high = wilson(blocked, runs, 0.025)
    return Rate(model, where, drop, blocked, runs, low, high)
