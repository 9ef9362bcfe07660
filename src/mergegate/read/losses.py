"""The loss of a row in SQL, as a whole number: sums of those do not depend on the order of the rows."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import TableError, UseError
from mergegate.facts.joint import loss_name
from mergegate.facts.policy import MetricPolicy, ModelPolicy
from mergegate.read.columns import ids_where

if TYPE_CHECKING:
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

BITS = 45
"""A loss is rounded to one part in 2^45 of the largest that these tables can have: its square and the sum of as many
squares as there can be rows still fit into DuckDB's 128 bits."""
_LEAST = 1e-60
"""The least that the largest error of two tables may be, and the inverse of the most: its fourth power is a number."""
_SMALLEST = 1e-15
"""A probability below it counts as it, so that a log-loss is finite."""
_NEED_SCORE = frozenset({"log_loss", "brier", "ece", "auc", "average_precision"})
_NEED_ORDER = frozenset({"auc", "average_precision"})


@dataclass(frozen=True, slots=True)
class Needs:
    """What the metrics of a policy need of the tables."""

    score: str | None
    """The column of the score (or of the number predicted); None where none is needed."""
    losses: tuple[tuple[str, float | None], ...]
    """(name, quantile) of each loss."""
    order: bool
    bins: bool


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss of base and head in the joined rows, in units of 1 / scale (a power of two), as two columns."""

    name: str
    scale: float
    columns: tuple[str, str]
    """Their names."""
    sql: tuple[str, str]
    """What they hold."""
    other: str = ""
    """What head's loss less base's would be, had the row come out the other way; empty where there is no other way."""

    @property
    def kept(self) -> dict[str, str]:
        """All columns, by what they hold."""
        return dict(zip(self.columns, self.sql, strict=True)) | ({self.of_other: self.other} if self.other else {})

    @property
    def of_other(self) -> str:
        """The name of the column of `other`."""
        return f"{self.name}_other"


def answer_of(model: ModelPolicy) -> str:
    """The column of the answer: what rows are ranked by in a ranking, else the prediction."""
    return model.score or model.prediction if model.task == "ranking" else model.prediction


def needs_of(model: ModelPolicy) -> Needs:
    """What `model`'s metrics need; raises `UseError` where the policy names no column for it."""
    metrics = [*model.metrics, *([MetricPolicy(name=model.target.metric)] if model.target else [])]
    names = [metric.name for metric in metrics]
    losses = {loss_name(metric.name, metric.quantile): metric.quantile for metric in metrics}
    wanting = [name for name in names if name in _NEED_SCORE]
    score = model.score
    if model.task in {"regression", "ranking"}:
        score = model.score or model.prediction
    elif wanting and score is None:
        raise UseError(
            f"`{wanting[0]}` is computed from a score, and the policy names no column of scores",
            where="`score` of the model",
            do="name the column of the probability of the positive or of the predicted class",
        )
    order = any(name in _NEED_ORDER for name in names)
    if order and model.positive is None:
        raise UseError(
            "`auc` and `average_precision` need to know which label is the positive one",
            where="`positive` of the model",
            do="name it in the policy, for example `positive: fraud`",
        )
    if any(metric.name == "pinball" and metric.quantile is None for metric in metrics):
        raise UseError("`pinball` needs a quantile", where="`metrics`", do="write {name: pinball, quantile: 0.9}")
    kept = tuple((name, quantile) for name, quantile in losses.items() if name is not None)
    return Needs(score, kept, order, "ece" in names)


def check_numbers(
    connection: Connection, table: Table, column: str, what: str, *, probability: bool = False
) -> tuple[float, float]:
    """The least and the largest of a column; raises `TableError` where one is no number, or no `probability`."""
    number = table.number(column)
    # From the rows, not from the file's statistics: those leave NaN out, and are only what the file says of itself.
    finite = f"FILTER (isfinite({number}))"
    count, least, largest = connection.execute(
        f"SELECT count(*) {finite}, min({number}) {finite}, max({number}) {finite} FROM {table.relation}"
    ).fetchall()[0]
    where = f"{table.shown}, column `{column}`"
    if count < table.rows:
        bad = f"{number} IS NULL OR NOT isfinite({number})"
        wrong, ids = ids_where(connection, table, bad)
        raise TableError(
            f"{wrong:,} of {table.rows:,} values are no finite number (empty, NaN, infinite or text), and it is {what}",
            where=f"{where}, ids {ids}",
            do="find out why the model gives none, and write one for every row",
        )
    if probability and not 0 <= least <= largest <= 1:
        wrong, ids = ids_where(connection, table, f"{number} NOT BETWEEN 0 AND 1")
        raise TableError(
            f"{wrong:,} of {table.rows:,} scores lie outside of [0, 1] ({least:g} to {largest:g}): no probabilities",
            where=f"{where}, ids {ids}",
            do="write probabilities, not logits or percent",
        )
    return least, largest


def losses_of(needs: Needs, task: str, *, positive: int | None, largest: float) -> list[Loss]:
    """The losses over `j`, whose columns are l, b, h (codes), y (number of the label), pb and ph (scores).

    `positive` is the code of the class whose probability the scores are; None where they are those of the answer.
    `largest` bounds the absolute error of a regression.
    """
    if largest > 1 / _LEAST:
        raise TableError("the numbers are too large to be squared", do="write them in a larger unit")
    if 0 < largest < _LEAST:
        raise TableError("the numbers are too small to be squared", do="write them in a smaller unit")
    made: list[Loss] = []
    for name, quantile in needs.losses:
        other = ""
        if task == "regression":
            template, most = _error(name, quantile, largest)
            base, head = template.format(e="(y - pb)"), template.format(e="(y - ph)")
        else:
            template, most = _confidence(name)
            right = right_of(positive)
            base, head = template.format(p="pb", right=right[0]), template.format(p="ph", right=right[1])
            wrong = [template.format(p=p, right=f"NOT ({one})") for p, one in zip(("pb", "ph"), right, strict=True)]
            other = f"({wrong[1]}) - ({wrong[0]})"
        scale = whole_scale(most)
        number = len(made)
        whole = "CAST(round(({}) * " + repr(scale) + ") AS BIGINT)"
        columns = (f"loss{number}_b", f"loss{number}_h")
        made.append(Loss(name, scale, columns, (whole.format(base), whole.format(head)), other and whole.format(other)))
    return made


def whole_scale(most: float) -> float:
    """The power of two by which numbers up to `most` become whole ones below 2^45."""
    return 2.0 ** min(BITS - math.frexp(most)[1], 1000) if most > 0 else 1.0


def right_of(positive: int | None) -> tuple[str, str]:
    """SQL for what the scores of base and head are the probability of."""
    return ("l = b", "l = h") if positive is None else (f"l = {positive}", f"l = {positive}")


def _error(name: str, quantile: float | None, largest: float) -> tuple[str, float]:
    if name == "absolute_error":
        return "abs({e})", largest
    if name == "squared_error":
        return "{e} * {e}", largest * largest
    return f"greatest({quantile} * {{e}}, ({quantile} - 1) * {{e}})", largest


def _confidence(name: str) -> tuple[str, float]:
    if name == "brier":
        return "({p} - CAST({right} AS DOUBLE)) * ({p} - CAST({right} AS DOUBLE))", 1.0
    return f"-ln(greatest(CASE WHEN {{right}} THEN {{p}} ELSE 1 - {{p}} END, {_SMALLEST}))", -math.log(_SMALLEST)
