"""Metrics of a confusion matrix, each with its gradient: what one more row in a cell adds.

All work on the three margins (hits, labels, answers) of each class, so that cost grows with the classes and not with
their square, and 10,000 classes are fine. Every metric's gradient in cell (label y, answer a) has the shape
`of_label[y] + of_answer[a] + (y == a) * of_hit[y]`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.stats.paired import Undefined
from mergegate.stats.sums import sum_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Codes = NDArray[np.int32]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Rows per class; arrays of shape (classes,)."""

    hits: Floats
    """Rows of the class that were answered so."""
    labels: Floats
    """Rows of the class."""
    answers: Floats
    """Rows that were answered so."""

    @classmethod
    def of(cls, label: Codes, answer: Codes, count: NDArray[np.int64] | Floats, classes: int) -> Margins:
        """Sum up the cells."""
        weight = count.astype(np.float64)
        return cls(
            hits=sum_by(label, weight * (label == answer), classes),
            labels=sum_by(label, weight, classes),
            answers=sum_by(answer, weight, classes),
        )

    @property
    def n(self) -> float:
        """Rows."""
        return float(self.labels.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A metric's value with its gradient, per row of weight 1."""

    value: float
    of_label: Floats
    of_answer: Floats
    of_hit: Floats

    def at(self, label: NDArray[np.int32], answer: NDArray[np.int32]) -> Floats:
        """The influence of a row in each cell (label, answer)."""
        influence: Floats = self.of_label[label] + self.of_answering(label, answer)
        return influence

    def of_answering(self, label: NDArray[np.int32], answer: NDArray[np.int32]) -> Floats:
        """The part of a row's influence that another answer would change."""
        answering: Floats = self.of_answer[answer] + np.where(label == answer, self.of_hit[label], 0.0)
        return answering


def measure(metric: str, margins: Margins, positive: int | None = None) -> Measured | Undefined:
    """The value and the gradient of a metric; `positive` is the class of the metrics of one class.

    Averages run over the classes that occur among the labels, as scikit-learn's do with `labels` set to these.
    """
    if margins.n == 0:
        return Undefined("there are no rows")
    if metric in OF_ONE_CLASS:
        if positive is None:
            return Undefined("the policy names no positive class")
        return OF_ONE_CLASS[metric](margins, positive)
    return OF_ALL_CLASSES[metric](margins)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part of whole by class, 0 where the whole is empty."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _one(margins: Margins, index: int, value: float = 1.0) -> Floats:
    vector = np.zeros_like(margins.labels)
    vector[index] = value
    return vector


def _accuracy(margins: Margins) -> Measured:
    value = float(margins.hits.sum()) / margins.n
    zero = np.zeros_like(margins.hits)
    return Measured(value, zero - value / margins.n, zero, zero + 1 / margins.n)


def _recall_macro(margins: Margins) -> Measured:
    weight = (margins.labels > 0) / np.count_nonzero(margins.labels)
    recall, each = _ratio(margins.hits, margins.labels), _ratio(weight, margins.labels)
    return Measured(float(weight @ recall), -recall * each, np.zeros_like(recall), each)


def _precision_macro(margins: Margins) -> Measured:
    weight = (margins.labels > 0) / np.count_nonzero(margins.labels)
    precision, each = _ratio(margins.hits, margins.answers), _ratio(weight, margins.answers)
    return Measured(float(weight @ precision), np.zeros_like(precision), -precision * each, each)


def _f1_macro(margins: Margins) -> Measured:
    return _f1_averaged(margins, (margins.labels > 0) / np.count_nonzero(margins.labels))


def _f1_averaged(margins: Margins, weight: Floats) -> Measured:
    total = margins.labels + margins.answers
    f1, each = _ratio(2 * margins.hits, total), _ratio(weight, total)
    return Measured(float(weight @ f1), -f1 * each, -f1 * each, 2 * each)


def _f1_weighted(margins: Margins) -> Measured:
    fixed = _f1_averaged(margins, margins.labels / margins.n)
    f1 = _ratio(2 * margins.hits, margins.labels + margins.answers)
    return Measured(fixed.value, fixed.of_label + (f1 - fixed.value) / margins.n, fixed.of_answer, fixed.of_hit)


def _mcc(margins: Margins) -> Measured | Undefined:
    """Gorodkin's correlation of K categories (Comput Biol Chem 28:367-374, 2004)."""
    n, labels, answers = margins.n, margins.labels, margins.answers
    agreement = float(margins.hits.sum()) * n - float(labels @ answers)
    spread_labels = n * n - float(labels @ labels)
    spread_answers = n * n - float(answers @ answers)
    if spread_labels <= 0:
        return Undefined("all rows have one label")
    if spread_answers <= 0:
        return Undefined("a model gives one answer to all rows")
    root = math.sqrt(spread_labels * spread_answers)
    value = agreement / root
    of_label = -answers / root - value * (n - labels) / spread_labels
    of_answer = -labels / root - value * (n - answers) / spread_answers
    every_row = float(margins.hits.sum()) / root
    return Measured(value, of_label + every_row, of_answer, np.full_like(labels, n / root))


def _recall(margins: Margins, positive: int) -> Measured | Undefined:
    rows = float(margins.labels[positive])
    if not rows:
        return Undefined("no row has the positive label")
    value = float(margins.hits[positive]) / rows
    zero = np.zeros_like(margins.hits)
    return Measured(value, _one(margins, positive, -value / rows), zero, _one(margins, positive, 1 / rows))


def _false_negative_rate(margins: Margins, positive: int) -> Measured | Undefined:
    recall = _recall(margins, positive)
    if isinstance(recall, Undefined):
        return recall
    return Measured(1 - recall.value, -recall.of_label, -recall.of_answer, -recall.of_hit)


def _false_positive_rate(margins: Margins, positive: int) -> Measured | Undefined:
    rows = margins.n - float(margins.labels[positive])
    if not rows:
        return Undefined("every row has the positive label")
    value = float(margins.answers[positive] - margins.hits[positive]) / rows
    of_label = np.full_like(margins.labels, -value / rows)
    of_label[positive] = 0.0
    return Measured(value, of_label, _one(margins, positive, 1 / rows), _one(margins, positive, -1 / rows))


def _precision(margins: Margins, positive: int) -> Measured | Undefined:
    rows = float(margins.answers[positive])
    if not rows:
        return Undefined("a model never gives the positive answer")
    value = float(margins.hits[positive]) / rows
    zero = np.zeros_like(margins.hits)
    return Measured(value, zero, _one(margins, positive, -value / rows), _one(margins, positive, 1 / rows))


def _f1(margins: Margins, positive: int) -> Measured | Undefined:
    if not margins.labels[positive]:
        return Undefined("no row has the positive label")
    return _f1_averaged(margins, _one(margins, positive))


OF_ALL_CLASSES: dict[str, Callable[[Margins], Measured | Undefined]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _recall_macro,
    "recall_macro": _recall_macro,
    "precision_macro": _precision_macro,
    "f1_macro": _f1_macro,
    "f1_weighted": _f1_weighted,
    "mcc": _mcc,
}
OF_ONE_CLASS: dict[str, Callable[[Margins, int], Measured | Undefined]] = {
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "false_positive_rate": _false_positive_rate,
    "false_negative_rate": _false_negative_rate,
}
