"""How much a metric moves when the same recipe is trained again with another seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergegate.facts.comparison import Slice


@dataclass(frozen=True, slots=True)
class Spread:
    """One metric on one slice, over the seeds."""

    metric: str
    """As comparisons call it: `accuracy`, `f1 of spam`."""
    slice: Slice
    mean: float
    sigma: float
    """Standard deviation between trainings (divided by seeds - 1), in the metric's own unit; 0 or more."""
    n: int
    """Rows."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The training noise of one model's recipe, as `mergegate noise` measured it."""

    model: str
    param: str
    """The param that holds the seed, `params.yaml:train.seed`."""
    revision: str
    """The commit whose recipe was trained again."""
    seeds: tuple[int, ...]
    distinct: int
    """How many different tables these seeds gave; 1 where the recipe has no training noise."""
    spreads: tuple[Spread, ...]

    @property
    def df(self) -> int:
        """Degrees of freedom of every sigma."""
        return len(self.seeds) - 1

    def of(self, metric: str, where: Slice) -> Spread | None:
        """The spread of a metric on a slice; None where it was not measured."""
        return next((one for one in self.spreads if one.metric == metric and one.slice == where), None)
