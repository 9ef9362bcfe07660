"""Base against head on every metric of the policy, over all rows and in each slice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.contrast.metric import influence_of, measured
from mergegate.facts.comparison import Comparison, Direction, Family
from mergegate.facts.evidence import Absent
from mergegate.facts.policy import LOWER_IS_BETTER
from mergegate.stats.correlation import gain_correlation
from mergegate.stats.paired import Undefined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.comparison import Slice
    from mergegate.facts.joint import Joint
    from mergegate.facts.policy import MetricPolicy, ModelPolicy
    from mergegate.stats.paired import Paired

MOST_CORRELATED = 1_000
"""Comparisons, beyond which their correlation is left unknown: its matrix grows with their square."""


def compare_scores(name: str, model: ModelPolicy, joint: Joint) -> tuple[Family, tuple[Absent, ...]]:
    """Every metric of `model`'s policy, first over all rows and then in each slice, with how they move together.

    What has no value (the F1 of a class without rows) becomes an `Absent`: one for each metric over all rows, and
    one for each metric that counts the slices where it has none. Pure: the same joint gives the same family.
    """
    made: list[_Made] = []
    absent: list[Absent] = []
    # Slice by slice, as the metrics of one slice share its margins and the order of its rows.
    measures = [
        [measured(metric, model, joint, index) for metric in model.metrics] for index in range(len(joint.slices))
    ]
    for number, metric in enumerate(model.metrics):
        missing: Counter[str] = Counter()
        for index, slice_ in enumerate(joint.slices):
            found = measures[index][number]
            if not isinstance(found, Undefined):
                made.append(_Made(comparison(name, metric, slice_, found), metric, index, found))
            elif slice_.overall:
                absent.append(_absent(f"{shown(metric)} of {name}", found.why))
            else:
                missing[found.why] += 1
        for why, slices in sorted(missing.items()):
            counted = f"{slices} of {len(joint.slices) - 1} slices"
            absent.append(_absent(f"{shown(metric)} of {name} in {counted}", why))
    absent += _small(name, model, joint)
    return Family(tuple(one.comparison for one in made), _correlation(made, model, joint)), tuple(absent)


def shown(metric: MetricPolicy) -> str:
    """What a metric is called: with its class or its quantile, where the policy gives it one of its own."""
    if metric.positive is not None:
        return f"{metric.name} of {metric.positive}"
    return f"{metric.name} at {metric.quantile:g}" if metric.quantile is not None else metric.name


@dataclass(frozen=True, slots=True)
class _Made:
    """A comparison and where it came from."""

    comparison: Comparison
    metric: MetricPolicy
    index: int
    found: Paired


def comparison(name: str, metric: MetricPolicy, where: Slice, found: Paired) -> Comparison:
    """What a statistic found of one metric and slice, as it is judged."""
    return Comparison(
        model=name,
        metric=shown(metric),
        slice=where,
        direction=Direction.LOWER if metric.name in LOWER_IS_BETTER else Direction.HIGHER,
        before=found.before,
        after=found.after,
        n=found.n,
        groups=found.groups,
        basis=found.basis,
        method=found.method,
        margin=metric.margin,
        caution=found.caution,
    )


def _small(name: str, model: ModelPolicy, joint: Joint) -> list[Absent]:
    """The slices that were not judged for want of rows, in sum."""
    if not joint.small_slices:
        return []
    every = len(joint.slices) - 1 + len(joint.small_slices)
    first = ", ".join(str(one) for one in joint.small_slices[:3]) + (", ..." if len(joint.small_slices) > 3 else "")
    return [
        Absent(
            f"{len(joint.small_slices):,} of {every:,} slices of {name}",
            f"they have fewer than {model.min_slice} rows each: {first}",
            do="nothing, if that is so on purpose; otherwise add rows of them to the holdout, or lower `min_slice`",
        )
    ]


def _absent(what: str, why: str) -> Absent:
    return Absent(what, why, do="nothing, if that is so on purpose; otherwise look at the holdout's labels")


def _correlation(made: list[_Made], model: ModelPolicy, joint: Joint) -> NDArray[np.float64] | None:
    """From what each cluster adds to each gain; where rows are independent, from what each sampled row adds."""
    if not 1 < len(made) <= MOST_CORRELATED or not (joint.grouped or joint.sampled):
        return None
    if joint.sampled is None:
        return gain_correlation([one.found.influence for one in made])
    influences: list[NDArray[np.float64] | None] = [None] * len(made)
    for place in sorted(range(len(made)), key=lambda place: made[place].index):
        influences[place] = influence_of(made[place].metric, model, joint.sampled, made[place].index)
    return gain_correlation(influences)
