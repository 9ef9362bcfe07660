"""Base's rows joined with head's by id, reduced to counts: what `read` hands to `compare`, never millions of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.comparison import Slice
    from mergegate.facts.conjunction import Conjunction


_WHOLE = re.compile(r"(-?[0-9]+)[.]0+")


def canonical(text: str) -> str:
    """A value as classes, slices and groups know it: `1.0` is `1`, `True` is `true`; all else stays as it is."""
    if text in {"True", "TRUE"}:
        return "true"
    if text in {"False", "FALSE"}:
        return "false"
    whole = _WHOLE.fullmatch(text)
    return whole.group(1) if whole else text


def loss_name(metric: str, quantile: float | None = None) -> str | None:
    """Which of `Joint.moments` a metric is computed from; None where it needs none."""
    names = {"log_loss": "log_loss", "brier": "brier", "mae": "absolute_error"}
    names |= {"rmse": "squared_error", "r2": "squared_error"}
    return f"pinball_{quantile}" if metric == "pinball" else names.get(metric)


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """How often each (cluster, label, base answer, head answer) occurs in a slice. Parallel arrays, shape (cells,)."""

    label: NDArray[np.int32]
    base: NDArray[np.int32]
    head: NDArray[np.int32]
    """Class codes in [0, classes)."""
    count: NDArray[np.int64]
    """Rows, > 0."""
    classes: int
    cluster: NDArray[np.int32] | None = None
    """Cluster codes in [0, clusters); None where rows are independent."""
    clusters: int = 0
    """How many clusters the whole table has (not only this slice); 0 where rows are independent."""

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.count.sum())


@dataclass(frozen=True, slots=True, eq=False)
class MomentTable:
    """A loss per row and model (squared error, log-loss, ...), summed per cluster of one slice. Arrays of shape (k,).

    With independent rows k is 1 and `diff_sq` carries the spread; with clusters each entry is one cluster.
    """

    n: NDArray[np.int64]
    base: NDArray[np.float64]
    head: NDArray[np.float64]
    """Sums of the loss of each model."""
    diff_sq: NDArray[np.float64]
    """Sums of (head's loss - base's loss)^2."""
    cluster: NDArray[np.int32] | None = None
    """Which cluster each entry is; None where rows are independent."""
    clusters: int = 0
    base_sq: NDArray[np.float64] | None = None
    head_sq: NDArray[np.float64] | None = None
    """Sums of each model's squared loss: what the spread of a difference of roots (RMSE) needs where rows are
    independent. None: the two losses are taken to spread alike, which holds while the models are close."""
    other_sq: NDArray[np.float64] | None = None
    """Sums of (head's loss - base's loss)^2, had each row come out the other way: what a row of a class that these rows
    hardly have would bring. None where there is no other way (the error of a regression)."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """The rows of one slice for metrics that need their order (AUC, average precision). Arrays of shape (n,)."""

    positive: NDArray[np.bool_]
    """True where the label is the positive class."""
    base: NDArray[Any]
    head: NDArray[Any]
    """Scores (float64), or their levels (int32): higher means more surely positive."""
    cluster: NDArray[np.int32] | None = None
    clusters: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ScoreSlices(Sequence[ScoreTable]):
    """One `ScoreTable` for each slice, each cut out of all rows when it is asked for: slices share their rows."""

    all_rows: ScoreTable
    codes: tuple[NDArray[np.integer], ...]
    """By slice column: the code of each row's value, shape (n,)."""
    where: tuple[tuple[int, int] | None, ...]
    """By slice: its column's index in `codes` and its value's code there; None for all rows."""

    def __len__(self) -> int:
        return len(self.where)

    @overload
    def __getitem__(self, index: int) -> ScoreTable: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ScoreTable]: ...
    def __getitem__(self, index: int | slice) -> ScoreTable | Sequence[ScoreTable]:
        if isinstance(index, slice):
            return ScoreSlices(self.all_rows, self.codes, self.where[index])
        place, whole = self.where[index], self.all_rows
        if place is None:
            return whole
        rows = (self.codes[place[0]] == place[1]).nonzero()[0]  # Taking by number is faster than by a mask.
        cluster = None if whole.cluster is None else whole.cluster[rows]
        return ScoreTable(whole.positive[rows], whole.base[rows], whole.head[rows], cluster, whole.clusters)


@dataclass(frozen=True, slots=True, eq=False)
class BinTable:
    """How confident each model was and whether it was right, in bins of confidence. Parallel arrays, shape (cells,).

    One cell for each (cluster, base's bin, head's bin, base right, head right) that occurs.
    """

    base_bin: NDArray[np.int32]
    head_bin: NDArray[np.int32]
    """Bin codes in [0, bins)."""
    base_right: NDArray[np.bool_]
    head_right: NDArray[np.bool_]
    base_score: NDArray[np.float64]
    head_score: NDArray[np.float64]
    """Sums of the confidence over the cell's rows."""
    count: NDArray[np.int64]
    """Rows, > 0."""
    bins: int
    cluster: NDArray[np.int32] | None = None
    clusters: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """The pairing of two tables of predictions."""

    classes: tuple[str, ...]
    """Every value of label, base's and head's answers, sorted; empty for regression."""
    slices: tuple[Slice, ...]
    """The first is the overall one."""
    counts: tuple[CountTable, ...]
    """One for each slice; empty for regression and ranking."""
    moments: dict[str, tuple[MomentTable, ...]] = field(default_factory=dict)
    """By name of the loss (`log_loss`, `brier`, `absolute_error`, `squared_error`, ...): one for each slice."""
    label_variance: tuple[float, ...] = ()
    """For regression, by slice: the labels' mean squared deviation from their mean, in the label's unit squared."""
    scores: Sequence[ScoreTable] = ()
    """One for each slice, where a metric needs the order of the rows."""
    bins: tuple[BinTable, ...] = ()
    """One for each slice, where a metric needs the calibration of the scores."""
    sample: tuple[CountTable, ...] = ()
    """Where rows are independent: the same slices over at most 20,000 rows drawn by a hash of the id, each row its
    own cluster; used only to estimate how comparisons correlate."""
    sampled: Joint | None = None
    """The rows of `sample` with everything else, too: what metrics that need more than counts correlate by."""
    grouped: bool = False
    n: int = 0
    """Rows that both tables have."""
    only_base: int = 0
    """Ids that base has and head has not."""
    only_head: int = 0
    relabelled: int = 0
    """Ids whose label differs between the two tables; they are judged by head's label. Where labels came
    from a table of their own: ids that head labels differently; they are judged by that table."""
    small_slices: tuple[Slice, ...] = ()
    """Slices with fewer rows than the policy's `min_slice`: named, not judged."""
    examples: tuple[tuple[str, ...], ...] = ()
    """The rows that are shown, right before and wrong now, the surest mistakes first; the first row is the header."""
    conjunction: Conjunction | None = None
    """What the search for the worst conjunction found; None where the policy asks for none."""
