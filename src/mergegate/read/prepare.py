"""Says what each table brings to the join: codes of answers, slices and clusters, scores, and losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import TableError
from mergegate.facts.joint import canonical
from mergegate.read.codes import class_coding, group_code, slice_coding
from mergegate.read.columns import named
from mergegate.read.join import Columns
from mergegate.read.losses import check_numbers, losses_of, right_of, whole_scale

if TYPE_CHECKING:
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.codes import Coding
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection
    from mergegate.read.losses import Loss, Needs


@dataclass(frozen=True, slots=True)
class Tables:
    """The opened tables of one comparison."""

    base: Table
    head: Table
    labels: Table | None

    @property
    def truth(self) -> Table:
        """Whose labels judge."""
        return self.labels or self.head

    @property
    def other(self) -> Table | None:
        """Whose labels are only compared with those that judge."""
        return self.head if self.labels else self.base

    def source(self, column: str) -> Table:
        """Whose groups or slices count: those of the labels' table where it has them."""
        return self.labels if self.labels and self.labels.has(column) else self.head


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the join and the reduction need to know."""

    columns: Columns
    classes: tuple[str, ...]
    slices: tuple[Coding, ...]
    clusters: int
    losses: tuple[Loss, ...]
    positive: int | None
    """The code of the positive class, where the policy names one."""
    right: tuple[str, str]
    """SQL for "base is right" and "head is right", as far as scores are concerned."""
    label_scale: float = 1.0
    """Of the column `qy` of a regression."""


def prepare(connection: Connection, tables: Tables, model: ModelPolicy, needs: Needs) -> Prepared:
    """Look at every column that is needed, raise `TableError` for what is wrong with it, and say how SQL reads it."""
    columns = Columns()
    clusters = _groups(connection, tables, model, columns)
    slices = _slices(connection, tables, model, columns)
    if model.task == "regression":
        return _numbers(connection, tables, model, needs, Prepared(columns, (), slices, clusters, (), None, ("", "")))
    classes = _answers(connection, tables, model, columns)
    positive = _positive(tables, model, classes)
    if needs.score:
        _probabilities(connection, tables, model, needs, columns)
    losses = losses_of(needs, model.task, positive=positive, largest=1.0)
    for loss in losses:
        columns.kept.update(loss.kept)
    return Prepared(columns, classes.values, slices, clusters, tuple(losses), positive, right_of(positive))


def _groups(connection: Connection, tables: Tables, model: ModelPolicy, columns: Columns) -> int:
    if not model.group:
        return 0
    table = tables.source(model.group)
    sql, clusters = group_code(connection, table, model.group)
    _put(tables, table, columns)["g"] = sql
    columns.kept["g"] = "g"
    return clusters


def _slices(connection: Connection, tables: Tables, model: ModelPolicy, columns: Columns) -> tuple[Coding, ...]:
    codings = []
    for index, column in enumerate(dict.fromkeys(model.slices)):
        table = tables.source(column)
        coding = slice_coding(connection, table, column, f"slice_code_{index}")
        _put(tables, table, columns)[f"s{index}"] = coding.code(table.text(column))
        columns.kept[f"s{index}"] = f"s{index}"
        codings.append(coding)
    return tuple(codings)


def _put(tables: Tables, table: Table, columns: Columns) -> dict[str, str]:
    """Where the expressions over a table belong."""
    return columns.truth if table is tables.truth else columns.head


def _answers(connection: Connection, tables: Tables, model: ModelPolicy, columns: Columns) -> Coding:
    """Codes of the label, of the answers, and whether the other table labels the row differently."""
    answers = [] if model.task == "ranking" else [(tables.base, model.prediction), (tables.head, model.prediction)]
    other = tables.other if tables.other and tables.other.has(model.label) else None
    labels = [(tables.truth, model.label), *([(other, model.label)] if other else [])]
    coding = class_coding(connection, [*labels, *answers])
    columns.truth["l"] = coding.code(tables.truth.text(model.label))
    columns.kept["l"] = "l"
    if answers:
        columns.base["b"] = coding.code(tables.base.text(model.prediction))
        columns.head["h"] = coding.code(tables.head.text(model.prediction))
        columns.kept.update(b="b", h="h")
    if other:
        side = columns.head if other is tables.head else columns.base
        side["other"] = coding.code(other.text(model.label))
        columns.kept["relabelled"] = "l <> other"
    return coding


def _positive(tables: Tables, model: ModelPolicy, classes: Coding) -> int | None:
    """The code of the policy's positive class; a name that never occurs is a mistake, not a class without rows."""
    names = {model.positive, *(metric.positive for metric in model.metrics)} - {None}
    for name in sorted(name for name in names if name is not None):
        if canonical(name) not in classes.values:
            known = named(classes.values[:10])
            raise TableError(
                f"the positive class `{name}` of the policy is nowhere among the labels and answers",
                where=f"{tables.truth.shown}, column `{model.label}`, which has {known}",
                do="write `positive` as the tables do",
            )
    return classes.values.index(canonical(model.positive)) if model.positive is not None else None


def _probabilities(connection: Connection, tables: Tables, model: ModelPolicy, needs: Needs, columns: Columns) -> None:
    score = needs.score or ""
    certain = model.task == "classification"  # A ranking may be ordered by any number.
    what = "the score" if certain else "what rows are ranked by"
    for name, table, side in (("pb", tables.base, columns.base), ("ph", tables.head, columns.head)):
        check_numbers(connection, table, score, what, probability=certain)
        side[name] = table.number(score)
        columns.kept[name] = name


def _numbers(connection: Connection, tables: Tables, model: ModelPolicy, needs: Needs, prepared: Prepared) -> Prepared:
    """A regression: labels and answers are numbers."""
    columns, truth, other, answer = prepared.columns, tables.truth, tables.other, needs.score or model.prediction
    low, high = check_numbers(connection, truth, model.label, "the label")
    ends = [low, high]
    columns.truth["y"] = truth.number(model.label)
    for name, table, side in (("pb", tables.base, columns.base), ("ph", tables.head, columns.head)):
        ends += check_numbers(connection, table, answer, "the answer")
        side[name] = table.number(answer)
    if other and other.has(model.label):
        check_numbers(connection, other, model.label, "the label")
        (columns.head if other is tables.head else columns.base)["other"] = other.number(model.label)
        columns.kept["relabelled"] = "y <> other"
    scale = whole_scale(high - low)
    losses = losses_of(needs, model.task, positive=None, largest=max(ends) - min(ends))
    columns.kept.update(y="y", pb="pb", ph="ph", qy=f"CAST(round((y - {low:.17e}) * {scale!r}) AS BIGINT)")
    for loss in losses:
        columns.kept.update(loss.kept)
    return Prepared(columns, (), prepared.slices, prepared.clusters, tuple(losses), None, ("", ""), scale)
