"""What was found in a table of data: base's against head's, reduced to counts and a few rows to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mergegate.facts.comparison import Comparison
    from mergegate.facts.evidence import Absent

Examples = tuple[tuple[str, ...], ...]
"""Rows to show, the first of them the header; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One demand of the schema that head's table breaks."""

    column: str
    """Empty where it is about the whole table."""
    said: str
    """What is wrong, in words, without a final stop."""
    rows: int = 0
    """Rows with it; 0 where it is not about rows."""
    examples: tuple[tuple[str, str], ...] = ()
    """(id, value) of a few of them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows of one split and class that changed in one way."""

    kind: str
    """`added`, `removed`, `relabelled` or `edited`."""
    held_out: bool | None
    """Whether the model's holdout has them; None where no holdout is known."""
    before: str | None
    """The class on base; None for an added row, or where the label is no class."""
    after: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class RowDiff:
    """Base's rows against head's, by id."""

    before: int
    """Rows of base."""
    after: int
    added: int
    removed: int
    relabelled: int
    edited: int
    """Rows of which another column than the label differs; one that is relabelled, too, counts in both."""
    renamed: int = 0
    """Removed rows whose content stands among the added ones, under another id."""
    repeated: tuple[int, int] = (0, 0)
    """Rows of base and of head that were left out, because their id is empty or stands more than once."""
    moved: tuple[Moved, ...] = ()
    """The same by split and class, the most rows first."""
    classes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Class -> rows on base and on head; empty where the label is no class."""
    columns_gone: tuple[str, ...] = ()
    columns_new: tuple[str, ...] = ()
    examples: Examples = ()

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        rows = self.added or self.removed or self.relabelled or self.edited
        return bool(rows or self.columns_gone or self.columns_new or self.repeated[0] != self.repeated[1])


@dataclass(frozen=True, slots=True)
class TextFault:
    """How many rows have one kind of broken text, on base and on head."""

    kind: str
    """A name that docs/data-checks.md explains, for example `wrongly decoded`."""
    column: str
    before: int
    after: int
    rows: tuple[int, int]
    """Rows of base and of head."""
    limit: float | None
    """The largest share of head's rows; for empty cells the largest rise of their share. None: told, not judged."""
    examples: tuple[tuple[str, str], ...] = ()
    """(id, text) of a few of head's."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """How often each (cluster, kind) occurs on base and on head. Parallel arrays, shape (cells,)."""

    column: str
    cluster: NDArray[np.int64]
    """Codes in [0, clusters), which do not depend on which rows there are."""
    kind: NDArray[np.int64]
    """Codes in [0, len(kinds))."""
    base: NDArray[np.int64]
    head: NDArray[np.int64]
    kinds: tuple[str, ...]
    """What the reader is shown: values, or ranges of numbers."""
    clusters: int
    grouped: bool
    """True where a cluster is made of whole groups, False where of single rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of one side, drawn by group, for the test of each column alone. Arrays of shape (n,)."""

    label: NDArray[np.int64]
    cluster: NDArray[np.int64]
    """Of the group's hash, in [0, 2^32)."""
    columns: Mapping[str, NDArray[np.int64]]
    """Column -> codes of its values; -1 for an empty cell."""
    labels: int
    """Classes: codes of `label` are below."""


@dataclass(frozen=True, slots=True)
class Leak:
    """How much one column alone tells of the label, on rows from which that was not learnt."""

    column: str
    skill: Comparison
    """0 like guessing, 1 always right, every class alike; base against head is the limit against head."""
    certain: Comparison
    """The share of rows whose value settles the label."""
    stood: bool
    """True where base's column tells as much already."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the distribution of one column moved."""

    comparison: Comparison
    """`after` is the part of the shift that is sure not to be luck; its margin is the policy's limit."""
    distance: float
    """The total variation distance of the two tables as they are."""
    kinds: tuple[tuple[str, float, float], ...]
    """(kind, share on base, share on head) of those that moved most."""


@dataclass(frozen=True, slots=True)
class Found:
    """What reading both tables brought: counts, not yet compared."""

    rows: tuple[int | None, int]
    """Of base (None without a base) and of head."""
    faults: tuple[Fault, ...]
    diff: RowDiff | None = None
    texts: tuple[TextFault, ...] = ()
    cells: tuple[Cells, ...] = ()
    samples: tuple[Sample | None, Sample | None] = (None, None)


@dataclass(frozen=True, slots=True)
class DataExam:
    """One table of the policy's `data.tables`."""

    name: str
    path: str
    identical: bool = False
    """True where both revisions have the same bytes: then nothing else was read."""
    no_base: Absent | None = None
    """Why there is no base to compare with: it never had such a table."""
    rows: tuple[int | None, int] = (None, 0)
    faults: tuple[Fault, ...] = ()
    diff: RowDiff | None = None
    texts: tuple[TextFault, ...] = ()
    shifts: tuple[Shift, ...] = ()
    uncompared: tuple[str, ...] = ()
    """Columns whose distribution could not be compared: base has no such column, or no ids."""
    leaks: tuple[Leak, ...] = ()

    @property
    def tests(self) -> int:
        """How many of its findings are tests that may block by luck."""
        return len(self.shifts) + 2 * len(self.leaks)
