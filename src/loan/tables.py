"""Tables on disk: read with plain errors, written the same byte for byte for the same rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loan.columns import ID, UPSTREAM
from loan.faults import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

APPLICATIONS = (ID, *UPSTREAM)


def _check(frame: pd.DataFrame, path: Path, columns: Sequence[str], do: str) -> pd.DataFrame:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise StageError(
            f"a column is missing: {', '.join(missing)}",
            where=f"{path}, which has {', '.join(map(str, frame.columns)) or 'none'}",
            do=do,
        )
    if frame.empty:
        raise StageError("the table has no rows", where=path, do=do)
    doubled = frame[ID][frame[ID].duplicated()]
    if len(doubled):
        raise StageError(f"an id stands twice: {doubled.iloc[0]} ({len(doubled)} such rows)", where=path, do=do)
    return frame[list(columns)]


def _numbers(frame: pd.DataFrame, path: Path, names: Sequence[str]) -> pd.DataFrame:
    """Texts to numbers, empty ones to NaN; a text that is no finite number is named with its row."""
    found = {ID: frame[ID]}
    for name in names:
        empty = frame[name] == ""
        values = pd.to_numeric(frame[name].mask(empty), errors="coerce")
        wrong = ~empty & ~np.isfinite(values.to_numpy(dtype=float))
        if wrong.any():
            first = frame[wrong].iloc[0]
            raise StageError(
                f"column {name} of {first[ID]} is no number: {str(first[name])[:40]!r} ({wrong.sum()} such rows)",
                where=path,
                do="mend the value, or leave it empty",
            )
        found[name] = values.astype(float)
    return pd.DataFrame(found)


def read_csv(path: Path) -> pd.DataFrame:
    """The applications as numbers, NaN where nothing is known, in file order, with a unique `id`."""
    again = "bring the data again: make data"
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")
    except FileNotFoundError:
        raise StageError("the data is not there", where=path, do="bring it: make data") from None
    except pd.errors.EmptyDataError:
        raise StageError("the file is empty", where=path, do=again) from None
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise StageError(f"the file is not a UTF-8 CSV: {error}", where=path, do="save it as UTF-8 CSV") from None
    return _numbers(_check(frame, path, APPLICATIONS, again), path, UPSTREAM)


def read_parquet(path: Path, columns: Sequence[str], *, others: bool = False) -> pd.DataFrame:
    """A Parquet file's `columns`, and its `others` where they are wanted, with a unique `id`."""
    try:
        frame = pq.read_table(path).to_pandas()
    except FileNotFoundError:
        raise StageError("a table of an earlier stage is not there", where=path, do="dvc repro") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise StageError(
            f"the file is not Parquet: {error}", where=path, do="make it again: dvc repro --force"
        ) from None
    wanted = dict.fromkeys((*columns, *map(str, frame.columns))) if others else columns
    return _check(frame, path, tuple(wanted), "make it again: dvc repro --force")


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` without its index, without pandas' own metadata and with fixed settings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd", version="2.6", row_group_size=1 << 17)


def write_json(facts: Mapping[str, Any], path: Path) -> None:
    """Write a small metrics file that reads well in a diff."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8", newline="\n"
    )
