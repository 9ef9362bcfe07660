"""The approval ratio of two groups of people (the adverse impact ratio), and how it changed, paired.

The ratio is the share approved in the group by the share approved of all others. Its error is that of the delta method:
the influence of each row, with each group's spread about its own share; with clusters, summed over each.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts.comparison import Studentised
from mergegate.stats.clusters import caution_of, cluster_error, kurtosis_df
from mergegate.stats.paired import Paired, Undefined
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Clusters = tuple[NDArray[np.int32], int] | None

METHOD = "delta method"
FEWEST = 2
"""Rows that a group must have for its spread to be known."""


def paired_ratio(member: Bools, before: Bools, after: Bools, cluster: Clusters = None) -> Paired | Undefined:
    """How the ratio changed from `before` to `after` (approved or not); all arrays have shape (n,).

    `member` is True for rows of the group; `cluster` has the code of each row and how many clusters there are. The gain
    is the change of the ratio, which has no limit.
    """
    both = [_ratio(member, approved) for approved in (before, after)]
    values = [one for one in both if not isinstance(one, Undefined)]
    if len(values) < 2:
        return next(one for one in both if isinstance(one, Undefined))
    (old, of_old), (new, of_new) = values
    basis, groups = _basis(new - old, of_new - of_old, member, cluster)
    name = METHOD if groups is None else f"{METHOD}, clustered"
    return Paired(old, new, basis, len(member), groups, name, "" if groups is None else caution_of(groups))


def log_ratio(member: Bools, approved: Bools, cluster: Clusters = None) -> Studentised | Undefined:
    """The logarithm of one ratio with its error: what an interval is made of, as a ratio's is lopsided."""
    found = _ratio(member, approved)
    if isinstance(found, Undefined):
        return found
    value, influence = found
    if not value:
        return Undefined("nobody of the group is approved")
    return _basis(math.log(value), influence / value, member, cluster)[0]


def _ratio(member: Bools, approved: Bools) -> tuple[float, Floats] | Undefined:
    """The ratio, and what each row adds to its error."""
    inside, outside = int(member.sum()), int((~member).sum())
    if min(inside, outside) < FEWEST:
        return Undefined(f"fewer than {FEWEST} people are in the group, or outside of it")
    share, other = float(approved[member].mean()), float(approved[~member].mean())
    if not other:
        return Undefined("nobody outside the group is approved")
    ratio = share / other
    influence = np.where(member, (approved - share) / (inside * other), -ratio * (approved - other) / (outside * other))
    return ratio, influence


def _basis(value: float, influence: Floats, member: Bools, cluster: Clusters) -> tuple[Studentised, int | None]:
    if cluster is None:
        rows = np.where(member, member.sum(), (~member).sum())
        influence = influence * np.sqrt(rows / (rows - 1))
        return Studentised(value, math.sqrt(float(influence @ influence)), kurtosis_df(influence)), None
    codes, clusters = cluster
    sums, size = sum_by(codes, influence, clusters), sum_by(codes, np.ones(len(codes)), clusters)
    present = size > 0
    se, df = cluster_error(sums[present], size[present])
    return Studentised(value, se, df), int(np.count_nonzero(present))
