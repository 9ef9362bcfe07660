"""Writes small tables of predictions as a pipeline would, and pairs them slowly, row by row, in plain Python."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mergegate.facts.policy import ModelPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mergegate.facts.joint import CountTable, Joint

Row = dict[str, Any]


def policy(**parts: Any) -> ModelPolicy:
    """A policy for one model, accuracy and slices from one row on unless told otherwise."""
    given: dict[str, Any] = {"holdout": "holdout.parquet", "metrics": ({"name": "accuracy"},), "min_slice": 1}
    return ModelPolicy.model_validate(given | parts)


def rows_of(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    """Rows from columns."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def write_parquet(path: Path, rows: Sequence[Row], names: Sequence[str] | None = None) -> Path:
    """A Parquet file; the types are those that pyarrow infers."""
    kept = list(names if names is not None else rows[0])
    pq.write_table(pa.table({name: pa.array([row[name] for row in rows]) for name in kept}), path)
    return path


def write_csv(path: Path, rows: Sequence[Row], names: Sequence[str] | None = None) -> Path:
    """A CSV as pandas writes it: empty where a value is missing."""
    kept = list(names if names is not None else rows[0])
    lines = [kept, *[["" if row[name] is None else str(row[name]) for name in kept] for row in rows]]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def write(path: Path, rows: Sequence[Row]) -> Path:
    """A table in the format that the suffix names."""
    return write_csv(path, rows) if path.suffix == ".csv" else write_parquet(path, rows)


def cells(table: CountTable, classes: Sequence[str]) -> Counter[tuple[str, str, str]]:
    """The counts of a table by the names of label, base and head, over all clusters."""
    found: Counter[tuple[str, str, str]] = Counter()
    for label, base, head, count in zip(table.label, table.base, table.head, table.count, strict=True):
        found[classes[label], classes[base], classes[head]] += int(count)
    return found


def reference(base: Iterable[Row], head: Iterable[Row], where: Row | None = None) -> Counter[tuple[str, str, str]]:
    """How often each (label, base, head) occurs among the rows that both have and that match `where`."""
    before = {row["id"]: row["prediction"] for row in base}
    return Counter(
        (row["label"], before[row["id"]], row["prediction"])
        for row in head
        if row["id"] in before and all(row[name] == value for name, value in (where or {}).items())
    )


def assert_same(one: Joint, other: Joint) -> None:
    """Two joints are equal to the last bit."""
    assert_equal(one, other, "joint")


def assert_equal(one: Any, other: Any, where: str) -> None:
    """Compare facts field by field, arrays by value and type."""
    assert type(one) is type(other), where
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, err_msg=where)
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_equal(one[key], other[key], f"{where}.{key}")
    elif hasattr(one, "__slots__") and not isinstance(one, str | tuple):
        for name in one.__slots__:
            assert_equal(getattr(one, name), getattr(other, name), f"{where}.{name}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_equal(left, right, f"{where}[{index}]")
    else:
        assert one == other, where
