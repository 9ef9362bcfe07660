"""Brings a part of a table to where less may be known: whole groups, always the same ones, with columns masked.

A masked value is an HMAC (RFC 2104) under a key that stays at home: a plain hash of a short value is undone by trying
all of them. The column's name goes in, so that values of two columns cannot be compared, and the same column of two
tables still joins.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, TableError, UseError
from mergegate.split import position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TextIO

    Hide = Callable[[str], str]

KEY = "MERGEGATE_MASK_KEY"
"""The environment variable with the key of the masks."""
_LEAST_KEY = 16
MASKS = ("hash", "drop", "redact")
REDACTED = "***"


@dataclass(frozen=True, slots=True)
class Sampling:
    """What part of a table is taken, and what of it is hidden."""

    share: float = 1.0
    """In (0, 1]: the expected share of groups."""
    group: str = ""
    """The column of rows that belong together; needed for a share below 1."""
    salt: str = "sample"
    """Another salt takes other groups."""
    masks: Mapping[str, str] | None = None
    """Column -> one of `MASKS`."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What came of it."""

    rows: int
    kept: int
    groups: int
    kept_groups: int
    columns: tuple[str, ...]


def mask_key() -> bytes:
    """The key of the masks; raises `UseError` where there is none, or one that can be guessed."""
    key = os.environ.get(KEY, "").encode()
    if len(key) < _LEAST_KEY:
        raise UseError(
            f"masking by hash needs a key of at least {_LEAST_KEY} bytes, and {KEY} has {len(key)}",
            where="the environment",
            do=f"`export {KEY}=$(openssl rand -hex 32)`, and keep it where the data comes from",
        )
    return key


FORMS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""How a table is written, by the end of its name."""


def take(source: Path, target: Path, sampling: Sampling, form: str = "csv") -> Sampled:
    """Write the sample of the table `source` to `target`, in the same one of `FORMS`, whole or not at all.

    Raises `TableError` for a table without the named columns or with broken rows, `UseError` for wrong options.
    """
    if not 0 < sampling.share <= 1:
        raise UseError(f"the share must lie above 0 and at most at 1, and is {sampling.share:g}")
    if sampling.share < 1 and not sampling.group:
        raise UseError("a part of a table is taken by whole groups", do="name their column: --group COLUMN")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".mergegate-", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        counted = _writer(form)(source, part, sampling)
        part.chmod(0o644)
        part.replace(target)
    except OSError as error:
        raise SurroundingsError(f"cannot write the sample: {error.strerror}", where=str(target)) from None
    finally:
        part.unlink(missing_ok=True)
    return counted


def _writer(form: str) -> Callable[[Path, Path, Sampling], Sampled]:
    from mergegate.release import sampleforms

    return {"csv": _csv, "jsonl": sampleforms.jsonl, "parquet": sampleforms.parquet}[form]


@dataclass(slots=True)
class Groups:
    """Decides on rows by their group, whole groups at a time, and counts."""

    sampling: Sampling
    rows: int = 0
    kept: int = 0
    seen: dict[str, bool] = field(default_factory=dict)

    def take(self, group: str) -> bool:
        """Whether a row of that group is taken."""
        self.rows += 1
        if group not in self.seen:
            whole, salt = self.sampling.share >= 1, self.sampling.salt
            self.seen[group] = whole or position(group, salt=salt) < self.sampling.share
        self.kept += self.seen[group]
        return self.seen[group]

    def counted(self, columns: Sequence[str]) -> Sampled:
        """What came of it, with the columns that were written."""
        named = bool(self.sampling.group)
        groups, kept = (len(self.seen), sum(self.seen.values())) if named else (0, 0)
        return Sampled(self.rows, self.kept, groups, kept, tuple(columns))


def demand_columns(header: Sequence[str], sampling: Sampling, where: str) -> None:
    """Raise `TableError` where the table lacks a column that is named, or has none."""
    wanted = [*([sampling.group] if sampling.group else []), *(sampling.masks or {})]
    missing = [name for name in wanted if name not in header]
    if missing or not header:
        raise TableError(
            f"the table has no column {', '.join(missing) or 'at all'}",
            where=where,
            do=f"name some of: {', '.join(header) or 'none'}",
        )


def _csv(source: Path, part: Path, sampling: Sampling) -> Sampled:
    rows = _rows(source)
    header = next(rows, [])
    demand_columns(header, sampling, str(source))
    masked = hiders(sampling)
    hide = [masked.get(name, _same) for name in header]
    at, groups = header.index(sampling.group) if sampling.group else -1, Groups(sampling)
    columns = [name for name, one in zip(header, hide, strict=True) if one is not None]
    with part.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(_Lines(stream), lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            if len(row) != len(header):
                said = f"row {groups.rows + 1} has {len(row)} cells, and the header has {len(header)}"
                raise TableError(said, where=str(source), do="mend it")
            if groups.take(row[at] if at >= 0 else ""):
                writer.writerow([one(cell) for cell, one in zip(row, hide, strict=True) if one is not None])
    return groups.counted(columns)


class _Lines:
    """Ends lines as Unix does. Before Python 3.13 csv quotes of the two line ends only what it ends lines with itself:
    a cell that ends in a carriage return would lose it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, line: str) -> None:
        """One row."""
        self.stream.write(line.removesuffix("\r\n") + "\n")


def _same(cell: str) -> str:
    return cell


def hiders(sampling: Sampling) -> dict[str, Hide | None]:
    """By masked column what becomes of a cell; None where the column is left out."""
    masks = sampling.masks or {}
    key = mask_key() if "hash" in masks.values() else b""
    found: dict[str, Hide | None] = {}
    for name, kind in masks.items():
        if kind not in MASKS:
            raise UseError(f"there is no mask {kind!r}", do=f"name one of: {', '.join(MASKS)}")
        found[name] = {"drop": None, "redact": _redacted, "hash": _hasher(key, name)}[kind]
    return found


def _redacted(cell: str) -> str:
    return REDACTED if cell else ""


def _hasher(key: bytes, column: str) -> Hide:
    prefix = len(column.encode()).to_bytes(8, "big") + column.encode()

    def hide(cell: str) -> str:
        """An empty cell stays empty: that something is missing is no secret of its own."""
        if not cell:
            return ""
        return hmac.new(key, prefix + cell.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    return hide


def _rows(source: Path) -> Iterator[list[str]]:
    try:
        with source.open(newline="", encoding="utf-8") as stream:
            yield from csv.reader(stream, strict=True)
    except (csv.Error, UnicodeDecodeError) as error:
        raise TableError(
            f"the table cannot be read: {error}", where=str(source), do="write it as CSV in UTF-8"
        ) from None
