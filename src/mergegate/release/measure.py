"""How good one model is on its holdout, with intervals: what the model card tells.

Yes or no per row (accuracy): Clopper and Pearson, with groups Korn and Graubard. A confusion matrix's metrics: the
delta method, with groups the sandwich CR2. AUC: DeLong. Losses: Student's t of the mean.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.facts.joint import canonical, loss_name
from mergegate.facts.release import Measured
from mergegate.stats.bounds import bounds
from mergegate.stats.clusters import cluster_error, kurtosis_df
from mergegate.stats.confusion import Margins, measure
from mergegate.stats.moments import paired_moments
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.ranking import paired_ranking
from mergegate.stats.rate import lower, method_of, rate_of, upper
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.joint import CountTable, Joint, MomentTable
    from mergegate.facts.policy import MetricPolicy, ModelPolicy

CONFIDENCE = 0.95
_LEVEL = (1 - CONFIDENCE) / 2
UNBOUNDED = frozenset({"log_loss", "mae", "rmse", "pinball"})
_RANKING = {"auc", "average_precision"}


def measures(model: ModelPolicy, joint: Joint) -> Iterator[Measured]:
    """Every metric of the policy over all rows and in each slice; what has no value there is left out.

    `joint` pairs the table of predictions with itself.
    """
    for metric in model.metrics:
        for index, where in enumerate(joint.slices):
            found = _one(metric, model, joint, index)
            if found is not None:
                yield found if where.overall else replace(found, slice=(where.column, where.value))


def _one(metric: MetricPolicy, model: ModelPolicy, joint: Joint, index: int) -> Measured | None:
    if metric.name in _RANKING:
        scores = joint.scores[index]
        worthless = replace(scores, base=np.zeros(len(scores.positive)), head=np.asarray(scores.head))
        found = _against_nothing(metric.name, paired_ranking(metric.name, worthless), 1)
        # The average precision of scores that are all equal is the share of positives, which varies, too.
        return found if found is None or metric.name == "auc" else replace(found, low=None, high=None)
    if metric.name == "accuracy":
        return _accuracy(joint.counts[index])
    loss = loss_name(metric.name, metric.quantile)
    if loss is not None:
        return _loss(metric, joint.moments[loss][index], joint.label_variance[index] if joint.label_variance else None)
    if metric.name == "ece":
        return None  # no interval of a single calibration error is known to hold
    name = metric.positive if metric.positive is not None else model.positive
    code = joint.classes.index(canonical(name)) if name and canonical(name) in joint.classes else None
    return _counted(metric.name, joint.counts[index], code)


def _accuracy(table: CountTable) -> Measured:
    rate = rate_of(table, np.ones(len(table.count), dtype=bool), table.head == table.label)
    return Measured(
        "accuracy", rate.value, lower(rate, _LEVEL), upper(rate, _LEVEL), rate.n, CONFIDENCE, method_of(rate)
    )


def _counted(name: str, table: CountTable, positive: int | None) -> Measured | None:
    """A metric of a confusion matrix, by what each row, or each group, adds to it."""
    found = measure(name, Margins.of(table.label, table.head, table.count, table.classes), positive)
    if isinstance(found, Undefined):
        return None
    each = found.at(table.label, table.head)
    if table.cluster is None:
        n = table.n
        se = math.sqrt(float(table.count @ each**2) * n / (n - 1)) if n > 1 else math.inf
        df = kurtosis_df(each, table.count.astype(np.float64))
    else:
        size = sum_by(table.cluster, table.count, table.clusters)
        sums = sum_by(table.cluster, table.count * each, table.clusters)
        se, df = cluster_error(sums[size > 0], size[size > 0])
    low, high = bounds(Studentised(found.value, se, df, 1.0), _LEVEL)
    method = "delta method" + ("" if table.cluster is None else ", clustered")
    return Measured(name, found.value, *_within(name, low, high), table.n, CONFIDENCE, method)


def _within(name: str, low: float, high: float) -> tuple[float | None, float | None]:
    """The ends of an interval, inside what the metric can be; None where nothing bounds it."""
    least = -math.inf if name == "r2" else -1.0 if name == "mcc" else 0.0
    most = math.inf if name in UNBOUNDED else 1.0
    ends = (max(low, least), min(high, most))
    return ends[0] if math.isfinite(ends[0]) else None, ends[1] if math.isfinite(ends[1]) else None


def _loss(metric: MetricPolicy, table: MomentTable, variance: float | None) -> Measured | None:
    """A mean of losses; the interval needs the spread, which the pairing with itself keeps for groups alone."""
    nothing = np.zeros_like(table.base)
    spread = table.head_sq if table.head_sq is not None else table.head**2
    plain = metric.name not in {"rmse", "r2"}
    known = plain and (table.cluster is not None or table.head_sq is not None)
    if known:
        return _against_nothing(metric.name, paired_moments(replace(table, base=nothing, diff_sq=spread)), -1)
    mean = float(table.head.sum() / table.n.sum())
    value = {"rmse": math.sqrt(mean), "r2": 1 - mean / variance if variance else math.nan}.get(metric.name, mean)
    if not math.isfinite(value):
        return None
    return Measured(metric.name, value, None, None, int(table.n.sum()), CONFIDENCE, "no interval")


def _against_nothing(name: str, found: Paired | Undefined, sign: int) -> Measured | None:
    """A comparison with a model whose score or loss never varies: the spread of the difference is the model's own.

    `sign` is +1 where a gain raises the value and -1 for a loss.
    """
    if isinstance(found, Undefined):
        return None
    low, high = sorted(found.before + sign * end for end in bounds(found.basis, _LEVEL))
    return Measured(name, found.after, *_within(name, low, high), found.n, CONFIDENCE, found.method)
