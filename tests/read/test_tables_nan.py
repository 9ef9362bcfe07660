"""A NaN in a column of floats is an empty cell, whatever its sign and whatever the file's statistics say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.read.table_files import policy

from mergegate.errors import TableError
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, column: str, kind: pa.DataType) -> Path:
    cells = pa.array([0.0, 1.0, np.nan, -np.nan], kind, from_pandas=False)
    columns = {"id": pa.array([1, 2, 3, 4]), "label": pa.array(["0"] * 4), "prediction": pa.array(["0"] * 4)}
    pq.write_table(pa.table(columns | {column: cells}), path)
    return path


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_in_a_slice_column_it_is_no_value(tmp_path: Path, kind: pa.DataType) -> None:
    path = write(tmp_path / "t.parquet", "kind", kind)
    joint = pair(path, path, policy(slices=("kind",)))
    found = {slice_.value: counts.n for slice_, counts in zip(joint.slices, joint.counts, strict=True)}
    assert found == {"": 4, "(none)": 2, "0": 1, "1": 1}


@pytest.mark.parametrize("column", ["label", "prediction"])
def test_as_a_label_or_an_answer_it_is_missing(tmp_path: Path, column: str) -> None:
    path = write(tmp_path / "t.parquet", column, pa.float64())
    with pytest.raises(TableError, match=f"column `{column}` .* is empty in 2 of 4 rows"):
        pair(path, path, policy())
