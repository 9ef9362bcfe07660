"""What a holdout and a policy do with models that are alike, and with models that are worse by a known drop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """How often simulated pull requests were blocked."""

    model: str
    """Whose answers dropped; empty where nothing did."""
    where: str
    """`all rows`, or the slice that dropped; empty where nothing did."""
    drop: float
    """The true loss, as a share of the rows there; 0 where nothing dropped."""
    blocked: int
    runs: int
    low: float
    high: float
    """95 % interval of the rate (Wilson)."""

    @property
    def rate(self) -> float:
        """Share of the simulated pull requests that were blocked."""
        return self.blocked / self.runs


@dataclass(frozen=True, slots=True)
class Rows:
    """What was simulated of one model."""

    model: str
    rows: int
    """Simulated rows."""
    of: int
    """Rows of the holdout; more than `rows` where only a part was simulated."""
    groups: int | None
    checks: int
    """Comparisons: metrics times slices."""
    psi: float | None
    """The share of rows that was made to differ; None where base and head differ and that was used."""
    question: str
    """`this artefact` or `this recipe`."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The whole result."""

    alpha: float
    reserved: float
    """The part of `alpha` that targets, limits and other checks apart keep; not simulated."""
    seed: int
    models: tuple[Rows, ...]
    false_blocks: Rate
    power: tuple[Rate, ...]
