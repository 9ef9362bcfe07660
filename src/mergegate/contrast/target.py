"""Head's value against the mark that the policy sets for a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mergegate.contrast.metric import measured
from mergegate.errors import UseError
from mergegate.facts.comparison import Discordant
from mergegate.facts.policy import LOWER_IS_BETTER, METRICS, MetricPolicy
from mergegate.facts.target import TargetCheck
from mergegate.stats.bounds import bounds
from mergegate.stats.paired import Undefined
from mergegate.stats.target import design_effect, wilson

if TYPE_CHECKING:
    from mergegate.facts.joint import Joint, MomentTable, ScoreTable
    from mergegate.facts.policy import ModelPolicy, TargetPolicy
    from mergegate.stats.paired import Paired

WILSON = "Wilson"


def check_target(name: str, model: ModelPolicy, joint: Joint, day: dt.date, *, level: float = 0.05) -> TargetCheck:
    """Head's overall value of the target's metric with one-sided bounds at `level`, and the mark of `day` (UTC).

    A share of rows is bounded by Wilson's score bounds, with groups at the effective number of rows; any other metric
    by comparing head with a perfect model on the same rows, whose value is 1 and does not vary. Raises `UseError`
    where the metric has no value on these rows, or less of it is better.
    """
    target = model.target
    if target is None:
        raise UseError(f"the model {name} has no target", do="write `target` into the policy")
    known = METRICS[model.task] + (METRICS["ranking"] if model.task == "classification" else ())
    if target.metric not in known:
        raise UseError(
            f"the target of {name} is in `{target.metric}`, which is no {model.task} metric",
            where="`target` of the policy",
            do=f"name one of {', '.join(metric for metric in known if metric not in LOWER_IS_BETTER)}",
        )
    if target.metric in LOWER_IS_BETTER:
        raise UseError(
            f"the target of {name} asks for at least so much {target.metric}, and less of it is better",
            where="`target` of the policy",
            do="choose a metric of which more is better",
        )
    against = measured(MetricPolicy(name=target.metric), model, _against_perfect(joint), 0)
    if isinstance(against, Undefined):
        raise UseError(
            f"the target of {name} cannot be checked: {target.metric} has no value, as {against.why}",
            where="`target` of the policy",
            do="choose another metric for the target, or look at the labels of the holdout",
        )
    low, high, method = _bounds(target.metric, joint, against, level)
    following, on = _next(target, day)
    return TargetCheck(
        model=name,
        metric=target.metric,
        value=against.after,
        low=low,
        high=high,
        mark=mark_on(target, day),
        floor=target.floor,
        n=against.n,
        day=day,
        level=level,
        groups=against.groups,
        method=method,
        next_mark=following,
        next_day=on,
        caution=against.caution,
    )


def mark_on(target: TargetPolicy, day: dt.date) -> float:
    """What the schedule asks for on `day` (UTC): `from`, and `step` more after every interval since `start`.

    Without a start, and before it, the schedule stands at `from`. Never above 1.
    """
    return _mark(target, _steps_by(target, day))


def _steps_by(target: TargetPolicy, day: dt.date) -> int:
    if target.start is None or day < target.start:
        return 0
    return min((day - target.start).days // _interval(target), target.steps)


def _interval(target: TargetPolicy) -> int:
    """Days between two steps."""
    return int(target.every[:-1]) * (7 if target.every.endswith("w") else 1)


def _mark(target: TargetPolicy, steps: int) -> float:
    return min(round(target.start_at + target.step * steps, 12), 1.0)


def _next(target: TargetPolicy, day: dt.date) -> tuple[float | None, dt.date | None]:
    """The next mark that is higher, and its day."""
    steps = _steps_by(target, day)
    higher = _mark(target, steps + 1)
    if target.start is None or steps >= target.steps or higher <= _mark(target, steps):
        return None, None
    try:
        return higher, target.start + dt.timedelta(days=_interval(target) * (steps + 1))
    except OverflowError:  # Later than the calendar goes.
        return None, None


def _bounds(metric: str, joint: Joint, against: Paired, level: float) -> tuple[float, float, str]:
    """Bounds of head's value, and their method."""
    right = against.after * against.n
    if isinstance(against.basis, Discordant):
        return *wilson(right, against.n, level), WILSON
    if metric == "accuracy":
        effect, df = design_effect(joint.counts[0])
        return *wilson(right, against.n, level, design_effect=effect, df=df), f"{WILSON}, clustered"
    low, high = bounds(against.basis, level)
    return against.before + low, min(against.before + high, 1.0), against.method


def _against_perfect(joint: Joint) -> Joint:
    """The overall rows, with a base that answers every row rightly."""
    return replace(
        joint,
        slices=joint.slices[:1],
        counts=tuple(replace(table, base=table.label) for table in joint.counts[:1]),
        moments={name: tuple(map(_without_loss, tables[:1])) for name, tables in joint.moments.items()},
        scores=tuple(_ordered(table) for table in joint.scores[:1]),
    )


def _without_loss(table: MomentTable) -> MomentTable:
    zero = np.zeros_like(table.base)
    own = zero if table.head_sq is None else table.head_sq
    return replace(table, base=zero, base_sq=zero, diff_sq=own, other_sq=None)


def _ordered(table: ScoreTable) -> ScoreTable:
    return replace(table, base=table.positive.astype(np.float64))
