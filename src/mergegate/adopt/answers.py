"""Finds tables of predictions among a pipeline's outputs, by what their columns are called and hold."""

# ruff: noqa: S608 - SQL is put together from names made by `Table`; what comes from outside is no part of it
from __future__ import annotations

import csv
import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.adopt.again import again
from mergegate.adopt.direction import words
from mergegate.errors import TableError
from mergegate.facts.adoption import AnswerTable
from mergegate.facts.policy import ModelPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mergegate.adopt.content import Now
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

_SUFFIXES = (".csv", ".parquet", ".pq")
_LARGEST = 500_000_000
_MOST_COLUMNS = 60
_IDS = (
    "id",
    "row_id",
    "rowid",
    "uid",
    "uuid",
    "key",
    "index",
    "idx",
    "row",
    "example_id",
    "sample_id",
    "name",
    "file",
    "path",
)
_LABELS = (
    "label",
    "labels",
    "target",
    "actual",
    "truth",
    "y_true",
    "ytrue",
    "y",
    "gold",
    "expected",
    "ground_truth",
    "true",
    "class",
)
_ANSWERS = (
    "prediction",
    "predictions",
    "predicted",
    "pred",
    "preds",
    "y_pred",
    "ypred",
    "y_hat",
    "yhat",
    "answer",
    "output",
)
_SCORES = ("score", "scores", "prob", "proba", "probability", "y_score", "y_prob", "confidence", "p")
_GROUPS = (
    "group", "group_id", "user", "user_id", "patient", "patient_id", "session", "session_id", "customer_id", "subject",
    "cluster", "template",
)  # fmt: skip
_PLAIN = frozenset(
    """
    predictions prediction preds outputs output out results result data eval evaluation evaluate metrics reports
    artifacts
    """.split()  # noqa: SIM905 - a list of words reads better as one
)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    different: int
    """Different values."""
    filled: int
    """Cells that are not empty."""
    numbers: int
    """Cells that are a number; a CSV does not say what its columns are."""
    whole: int
    """Cells that are a whole number."""

    @property
    def real(self) -> bool:
        """A number with a fraction."""
        return self.numbers == self.filled > self.whole

    @property
    def names(self) -> bool:
        """Texts or whole numbers: something that can name rows or kinds of them."""
        return self.numbers < self.filled or self.whole == self.filled


def find_tables(now: Now) -> tuple[tuple[AnswerTable, ...], tuple[str, ...]]:
    """The tables that can be judged, and remarks on those that nearly could."""
    tables: list[AnswerTable] = []
    remarks: list[str] = []
    for path in _candidates(now):
        file = now.file(path)
        if file is None or not _promising(file):
            continue
        if file.stat().st_size > _LARGEST:
            remarks.append(f"{path} is larger than {_LARGEST:,} bytes, and was not looked at: name it yourself")
            continue
        try:
            found, why = _table(path, file)
        except TableError:
            continue  # a CSV of another kind is no table of predictions; nothing is wrong with it
        if found is not None and path in now.outputs:
            tables.append(replace(found, again=again(now, path)))
        elif found is not None:
            remarks.append(f"{path} holds predictions, inside a folder: name it in dvc.yaml as an output of its own")
        elif why:
            remarks.append(why)
    return tuple(tables), tuple(remarks)


def name_of(path: str, taken: set[str], fallback: str) -> str:
    """What a model is called after its table: the last telling part of the path."""
    parts = [*posixpath.dirname(path).split("/"), posixpath.splitext(posixpath.basename(path))[0]]
    telling = [part for part in parts[:-1] if part and part.lower() not in _PLAIN]
    name = telling[-1] if telling else fallback
    number = 2
    while name in taken:
        name, number = f"{telling[-1] if telling else fallback}-{number}", number + 1
    taken.add(name)
    return name


def _candidates(now: Now) -> Iterator[str]:
    for stage in now.project.stages:
        for out in stage.outs:
            if out.path.lower().endswith(_SUFFIXES):
                yield out.path
            elif out.path and (now.git.root / out.path).is_dir():
                yield from (name for name in now.below(out.path) if name.lower().endswith(_SUFFIXES))


def _promising(file: Path) -> bool:
    """Whether the columns of a CSV can be those of predictions: nobody reads gigabytes of data to find out."""
    with file.open("rb") as source:
        head = source.readline(1_000_000)
    if head.startswith(b"PAR1"):
        return True
    try:
        names = next(csv.reader([head.decode("utf-8-sig")]), [])
    except (UnicodeDecodeError, csv.Error):
        return False
    return _called(names, _LABELS) is not None and _called(names, _ANSWERS) is not None


def _table(path: str, file: Path) -> tuple[AnswerTable | None, str]:
    from mergegate.read.duck import database
    from mergegate.read.opening import open_all

    with database({"t": file}) as (connection, links):
        table = open_all(connection, links["t"], file, "the")
        names = [name for name in dict.fromkeys(table.names) if table.names.index(name) in table.types][:_MOST_COLUMNS]
        label, answer = _called(names, _LABELS), _called(names, _ANSWERS)
        if label is None or answer is None or {"train", "training"} & set(words(path)):
            return None, ""
        columns, rows = _counted(connection, table, names)
        key = _id_of(columns, rows, {label, answer})
        if key is None:
            said = (
                f"{path} has an answer for each row ({label}, {answer}) and no column that names the rows: add an `id`"
            )
            return None, f"{said}, and the gate judges row by row"
        found = _model(path, (key, label, answer), columns, rows)
        if found is not None and found.fields["task"] == "regression":
            found = _with_margin(connection, table, found)
    if found is None:
        return None, ""
    return _proven(found, file)


def _proven(found: AnswerTable, file: Path) -> tuple[AnswerTable | None, str]:
    """Joined with itself as a check would join it: what cannot be evidence is not proposed."""
    from mergegate.read.tables import pair

    try:
        pair(file, file, ModelPolicy.model_validate(found.fields))
    except TableError as error:
        return None, f"{found.path} looks like predictions, and cannot be judged: {error.what.splitlines()[0][:200]}"
    return found, ""


def _counted(connection: Connection, table: Table, names: list[str]) -> tuple[dict[str, _Column], int]:
    asked = []
    for name in names:
        cell, number = table.text(name), table.number(name)
        asked += [f"count(DISTINCT {cell})", f"count({cell})", f"count({number})"]
        asked.append(f"count(*) FILTER ({number} = trunc({number}))")
    row = connection.execute(f"SELECT count(*), {', '.join(asked)} FROM {table.relation}").fetchall()[0]
    found = {name: _Column(name, *row[1 + 4 * place : 5 + 4 * place]) for place, name in enumerate(names)}
    return found, int(row[0])


def _called(names: list[str], known: tuple[str, ...]) -> str | None:
    """The column of the first known name, whatever its case."""
    lowered = {name.lower(): name for name in reversed(names)}
    return next((lowered[word] for word in known if word in lowered), None)


def _id_of(columns: dict[str, _Column], rows: int, taken: set[str]) -> str | None:
    """A column that names each row: by what it is called, or the first whole number or text that is never the same."""
    unique = [one for one in columns.values() if one.name not in taken and one.different == one.filled == rows]
    named = _called([one.name for one in unique], _IDS)
    if named is not None:
        return named
    plain = [one.name for one in unique if one.names]
    ending = [name for name in plain if name.lower().endswith("id")]
    return next(iter([*ending, *plain]), None)


def _model(path: str, asked: tuple[str, str, str], columns: dict[str, _Column], rows: int) -> AnswerTable | None:
    key, label, answer = asked
    truth, said = columns[label], columns[answer]
    regression = truth.numbers == truth.filled and said.numbers == said.filled and truth.different > 20
    regression = regression and (truth.real or truth.different > 50)
    fields: dict[str, object] = {"task": "regression" if regression else "classification", "holdout": path}
    guesses = {"task": f"GUESSED: `{label}` has {columns[label].different:,} different values"}
    fields |= {
        name: column for name, column in (("id", key), ("label", label), ("prediction", answer)) if column != name
    }
    rest = [one for one in columns.values() if one.name not in {key, label, answer}]
    group = _called([one.name for one in rest if one.different < rows], _GROUPS)
    if group is not None:
        fields["group"] = group
        guesses["group"] = "GUESSED: rows that belong together; take it out if they are independent"
    score = _called([one.name for one in rest if one.real], _SCORES)
    slices = [
        one.name
        for one in rest
        if one.name not in {group, score} and one.names and 2 <= one.different <= 20 and rows / one.different >= 30
    ]
    if slices:
        fields["slices"] = slices[:5]
        guesses["slices"] = "GUESSED: columns with few values; each value is judged"
    fields["metrics"] = (
        [{"name": "mae", "margin": 0.0}]
        if regression
        else [{"name": "accuracy", "margin": 0.01}, {"name": "f1_macro", "margin": 0.02}]
    )
    guesses["metrics"] = "GUESSED margins: the largest drop that you accept"
    if score is not None and not regression:
        guesses["score"] = (
            f"`{score}` could add {{name: auc, margin: 0.01}}: see `score` and `positive` in docs/policy.md"
        )
    return AnswerTable(path, rows, fields, guesses)


def _with_margin(connection: Connection, table: Table, found: AnswerTable) -> AnswerTable:
    """A margin of 2 % of today's mean absolute error."""
    label, answer = (table.number(str(found.fields.get(name, name))) for name in ("label", "prediction"))
    error = connection.execute(f"SELECT avg(abs({label} - {answer})) FROM {table.relation}").fetchall()[0][0] or 0.0
    margin = float(f"{float(error) * 0.02:.0e}")
    return AnswerTable(
        found.path, found.rows, {**found.fields, "metrics": [{"name": "mae", "margin": margin}]}, found.guesses
    )
