"""Tables on disk: read with plain errors, written the same byte for byte for the same rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from intent.faults import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

UTTERANCES = ("id", "group", "language", "area", "domain", "utterance", "intent")
QUIZ = ("id", "language", "area", "domain", "utterance", "intent", "must_pass")


def _check(frame: pd.DataFrame, path: Path, columns: Sequence[str]) -> pd.DataFrame:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise StageError(
            f"a column is missing: {', '.join(missing)}",
            where=f"{path}, which has {', '.join(map(str, frame.columns)) or 'none'}",
            do="restore the column, or collect the data again (make data)",
        )
    if frame.empty:
        raise StageError("the table has no rows", where=path, do="collect the data again (make data)")
    doubled = frame["id"][frame["id"].duplicated()]
    if len(doubled):
        raise StageError(
            f"an id stands twice: {doubled.iloc[0]} ({len(doubled)} such rows)",
            where=path,
            do="give each row its own id",
        )
    return frame[list(columns)]


def read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """A CSV as text columns, in file order, with a unique `id`; nothing is taken for a missing value."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")
    except FileNotFoundError:
        raise StageError("the data is not there", where=path, do="bring it: make data") from None
    except pd.errors.EmptyDataError:
        raise StageError("the file is empty", where=path, do="bring the data again: make data") from None
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise StageError(f"the file is not a UTF-8 CSV: {error}", where=path, do="save it as UTF-8 CSV") from None
    return _check(frame, path, columns)


def read_parquet(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """A Parquet file's `columns`, with a unique `id`."""
    try:
        frame = pq.read_table(path).to_pandas()
    except FileNotFoundError:
        raise StageError("a table of an earlier stage is not there", where=path, do="dvc repro") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise StageError(
            f"the file is not Parquet: {error}", where=path, do="make it again: dvc repro --force"
        ) from None
    return _check(frame, path, columns)


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
