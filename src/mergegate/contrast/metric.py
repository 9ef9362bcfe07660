"""Which statistic answers for which metric, and on which of the joint's tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.facts.joint import ScoreSlices, canonical, loss_name
from mergegate.stats.calibration import paired_ece
from mergegate.stats.classification import gain_influence, paired_change
from mergegate.stats.moments import paired_moments
from mergegate.stats.paired import Undefined
from mergegate.stats.ranking import levelled, paired_ranking

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.joint import Joint
    from mergegate.facts.policy import MetricPolicy, ModelPolicy
    from mergegate.stats.moments import Transform
    from mergegate.stats.paired import Paired

_RANKING = frozenset({"auc", "average_precision"})
_TRANSFORMS: dict[str, Transform] = {"rmse": "root_mean", "r2": "explained"}


def measured(metric: MetricPolicy, model: ModelPolicy, joint: Joint, index: int) -> Paired | Undefined:
    """Before, after and the basis of the gain of one metric in slice number `index`."""
    if metric.name in _RANKING:
        return _ranked(metric.name, joint, index)
    if metric.name == "ece":
        return paired_ece(joint.bins[index])
    loss = loss_name(metric.name, metric.quantile)
    if loss is None:
        return paired_change(metric.name, joint.counts[index], positive=_code(metric, model, joint))
    variance = joint.label_variance[index] if joint.label_variance else float("nan")
    transform = _TRANSFORMS.get(metric.name, "mean")
    limit = 1.0 if metric.name == "brier" else float("inf")
    found = paired_moments(joint.moments[loss][index], transform=transform, label_variance=variance, limit=limit)
    if isinstance(found, Undefined) or model.task == "regression" or model.positive is not None:
        return found
    return _of_being_right(found, joint)


def influence_of(metric: MetricPolicy, model: ModelPolicy, clustered: Joint, index: int) -> NDArray[np.float64] | None:
    """What each cluster of a clustered joint adds to the gain; None where the metric has no value there."""
    if metric.name not in _RANKING and metric.name != "ece" and loss_name(metric.name, metric.quantile) is None:
        code = _code(metric, model, clustered)
        influence = gain_influence(metric.name, clustered.counts[index], positive=code)
        return None if isinstance(influence, Undefined) else influence
    found = measured(metric, model, clustered, index)
    return None if isinstance(found, Undefined) else found.influence


def _ranked(name: str, joint: Joint, index: int) -> Paired | Undefined:
    """Where the slices share their rows, these are ranked once for all slices."""
    scores = joint.scores
    if isinstance(scores, ScoreSlices):
        scores = replace(scores, all_rows=levelled(scores.all_rows))
    return paired_ranking(name, scores[index])


def _code(metric: MetricPolicy, model: ModelPolicy, joint: Joint) -> int | None:
    """The class code of the positive class, where there is one."""
    name = metric.positive if metric.positive is not None else model.positive
    known = name is not None and canonical(name) in joint.classes
    return joint.classes.index(canonical(name)) if known and name is not None else None


def _of_being_right(found: Paired, joint: Joint) -> Paired:
    """With more than two classes, the probability of the answer alone says nothing of the other classes."""
    if len(joint.classes) <= 2:
        return found
    told = "of the answer being right, as the table has the probability of the answer only"
    return replace(found, caution="; ".join(filter(None, [found.caution, told])))
