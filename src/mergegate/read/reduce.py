"""Reduces the joined rows to counts and sums: one grouped query for all rows and one for each slice column."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mergegate.facts.comparison import Slice
from mergegate.facts.joint import BinTable, CountTable, Joint, MomentTable, ScoreSlices, ScoreTable
from mergegate.read.losses import BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.codes import Coding
    from mergegate.read.duck import Connection
    from mergegate.read.losses import Loss, Needs
    from mergegate.read.prepare import Prepared

BINS = 15
"""Equal bins of confidence for the expected calibration error."""
PIECE = 1_000_000
"""Rows that are fetched at once."""
Cells: TypeAlias = "dict[str, NDArray[Any]]"


@dataclass(frozen=True, slots=True)
class Rows:
    """A temporary table of joined rows, and how to read it."""

    connection: Connection
    table: str
    columns: tuple[str, ...]
    """The names of the slice columns, as the policy has them; in the table they are s0, s1, ..."""
    codings: tuple[Coding, ...]
    clusters: int
    """0 where the rows are independent; otherwise column g has the cluster."""

    def possible_slices(self) -> list[Slice]:
        """Every value of every column, whether it has rows among these or not: column by column, values sorted."""
        pairs = zip(self.columns, self.codings, strict=True)
        return [Slice(column, value) for column, coding in pairs for value in coding.values]

    def fetch(self, query: str) -> Cells:
        """The result of a query, by column."""
        return {name: np.asarray(values) for name, values in self.connection.execute(query).fetchnumpy().items()}

    def fetch_by_key(self, columns: Sequence[str]) -> Cells:
        """Columns of every row, in the order of the hash of its id; piece by piece, as a whole result is held twice."""
        (n,) = self.connection.execute(f"SELECT count(*) FROM {self.table}").fetchall()[0]
        ends = [(piece << 64) // -(-n // PIECE) - 1 for piece in range(1, -(-n // PIECE))]
        pieces = zip(["true", *(f"k > {end}" for end in ends)], [*(f"k <= {end}" for end in ends), "true"], strict=True)
        select = f"SELECT {', '.join(columns)} FROM {self.table}"
        parts = [self.fetch(f"{select} WHERE {above} AND {below} ORDER BY k") for above, below in pieces]
        return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}

    def grouped(self, keys: Sequence[str], sums: Sequence[str], by: int | None = None) -> Cells:
        """Rows by `keys`, the cluster and slice column `by` (as `s`), sorted, with their number `n` and `sums`."""
        names = [*([f"s{by} AS s"] if by is not None else []), *(["g"] if self.clusters else []), *keys]
        query = f"SELECT {', '.join([*names, 'count(*) AS n', *sums])} FROM {self.table}"
        query += " GROUP BY ALL" if names else ""
        found = self.fetch(query)
        order = [found[name.rsplit(" ", 1)[-1]] for name in names]
        if not order:
            return found
        rank = np.lexsort(order[::-1])
        return {name: values[rank] for name, values in found.items()}

    def split(self, keys: Sequence[str], sums: Sequence[str], slices: Sequence[Slice]) -> list[Cells]:
        """The cells of `grouped`, one set for each of `slices`; those without rows have empty arrays."""
        whole = self.grouped(keys, sums)
        empty = {name: values[:0] for name, values in whole.items()}
        found = {Slice(): whole}
        used = {slice_.column for slice_ in slices}
        for index, column in enumerate(self.columns):
            if column in used:
                cells = self.grouped(keys, sums, index)
                found |= {Slice(column, value): part for value, part in _parts(cells, self.codings[index])}
        return [found.get(slice_, empty) for slice_ in slices]


def reduce_all(rows: Rows, prepared: Prepared, model: ModelPolicy, needs: Needs) -> tuple[Joint, tuple[Slice, ...]]:
    """The joint of the slices that have enough rows, and the names of the others."""
    known: dict[Slice, CountTable] = {}
    if model.task == "classification":
        every = [Slice(), *rows.possible_slices()]
        known = dict(zip(every, counts(rows, every, len(prepared.classes)), strict=True))
        sizes = [(slice_, table.n) for slice_, table in known.items() if table.n and not slice_.overall]
    else:
        sizes = slice_sizes(rows)
    slices = (Slice(), *(slice_ for slice_, n in sizes if n >= model.min_slice))
    small = tuple(slice_ for slice_, n in sizes if n < model.min_slice)
    return reduce(rows, slices, prepared, needs, tuple(known[slice_] for slice_ in slices if known)), small


def reduce_sample(rows: Rows, slices: Sequence[Slice], prepared: Prepared, model: ModelPolicy, needs: Needs) -> Joint:
    """The joint of the same slices over fewer rows."""
    classification = model.task == "classification"
    return reduce(rows, slices, prepared, needs, counts(rows, slices, len(prepared.classes)) if classification else ())


def reduce(
    rows: Rows, slices: Sequence[Slice], prepared: Prepared, needs: Needs, counted: tuple[CountTable, ...]
) -> Joint:
    """The tables of a `Joint`, as far as the metrics need them; those of counts are there already."""
    return Joint(
        prepared.classes if counted else (),
        tuple(slices),
        counted,
        {loss.name: moments(rows, slices, loss) for loss in prepared.losses},
        label_variances(rows, slices, prepared.label_scale) if "qy" in prepared.columns.kept else (),
        scores(rows, slices, prepared.positive) if needs.order and prepared.positive is not None else (),
        bins(rows, slices, prepared.right) if needs.bins else (),
        grouped=rows.clusters > 0,
    )


def slice_sizes(rows: Rows) -> list[tuple[Slice, int]]:
    """Every slice that has rows, with how many: column by column, values sorted."""
    found = []
    for index, column in enumerate(rows.columns):
        query = f"SELECT s{index}, count(*) FROM {rows.table} GROUP BY 1 ORDER BY 1"
        counts = rows.connection.execute(query).fetchall()
        found += [(Slice(column, rows.codings[index].values[code]), count) for code, count in counts]
    return found


def counts(rows: Rows, slices: Sequence[Slice], classes: int) -> tuple[CountTable, ...]:
    """How often each (cluster, label, base, head) occurs, for each slice."""
    return tuple(
        CountTable(
            _int32(cells["l"]),
            _int32(cells["b"]),
            _int32(cells["h"]),
            cells["n"].astype(np.int64),
            classes,
            *_cluster(rows, cells),
        )
        for cells in rows.split(["l", "b", "h"], [], slices)
    )


def changes(rows: Rows, changed: str, least: int) -> tuple[tuple[Slice, ...], tuple[CountTable, ...]]:
    """All rows and each slice with at least so many of them, and how often the SQL `changed` is true there."""
    every = [Slice(), *(slice_ for slice_, n in slice_sizes(rows) if n >= least)]
    tables = []
    for cells in rows.split([f"CAST({changed} AS UTINYINT) AS changed"], [], every):
        head, zero = _int32(cells["changed"]), np.zeros(len(cells["n"]), np.int32)
        tables.append(CountTable(zero, zero, head, cells["n"].astype(np.int64), 2, *_cluster(rows, cells)))
    return tuple(every), tuple(tables)


def moments(rows: Rows, slices: Sequence[Slice], loss: Loss) -> tuple[MomentTable, ...]:
    """Sums of one loss for each slice."""
    base, head = loss.columns
    sums = {"base": base, "head": head}
    squares = {"diff_sq": f"({head} - {base})", "base_sq": base, "head_sq": head}
    squares |= {"other_sq": loss.of_other} if loss.other else {}
    sums |= {name: f"CAST({sql} AS HUGEINT) * {sql}" for name, sql in squares.items()}
    queries = [_sum(sql, name) for name, sql in sums.items()]
    one = 1 / loss.scale
    return tuple(
        MomentTable(
            cells["n"].astype(np.int64),
            _float(cells["base"]) * one,
            _float(cells["head"]) * one,
            _float(cells["diff_sq"]) * one**2,
            *_cluster(rows, cells),
            base_sq=_float(cells["base_sq"]) * one**2,
            head_sq=_float(cells["head_sq"]) * one**2,
            other_sq=_float(cells["other_sq"]) * one**2 if loss.other else None,
        )
        for cells in rows.split([], queries, slices)
    )


def label_variances(rows: Rows, slices: Sequence[Slice], scale: float) -> tuple[float, ...]:
    """The labels' mean squared deviation in each slice; column `qy` has the label in units of 1 / scale."""
    queries = [_sum("qy", "total"), _sum("CAST(qy AS HUGEINT) * qy", "squares")]
    found = []
    for cells in rows.split([], queries, slices):
        n, total, squares = (float(_float(cells[name]).sum()) for name in ("n", "total", "squares"))
        found.append(max(squares - total * total / n, 0.0) / n / scale / scale if n else 0.0)
    return tuple(found)


def bins(rows: Rows, slices: Sequence[Slice], right: tuple[str, str]) -> tuple[BinTable, ...]:
    """Confidence and being right, in equal bins; `right` is SQL for "base is right" and "head is right"."""
    exact = 1 << BITS
    keys = [f"CAST(least(floor({p} * {BINS}), {BINS - 1}) AS UTINYINT) AS {p}_bin" for p in ("pb", "ph")]
    keys += [f"{right[0]} AS b_right", f"{right[1]} AS h_right"]
    queries = [_sum(f"CAST(round({p} * {exact}) AS BIGINT)", f"{p}_sum") for p in ("pb", "ph")]
    return tuple(
        BinTable(
            _int32(cells["pb_bin"]),
            _int32(cells["ph_bin"]),
            cells["b_right"].astype(np.bool_),
            cells["h_right"].astype(np.bool_),
            _float(cells["pb_sum"]) / exact,
            _float(cells["ph_sum"]) / exact,
            cells["n"].astype(np.int64),
            BINS,
            *_cluster(rows, cells),
        )
        for cells in rows.split(keys, queries, slices)
    )


def scores(rows: Rows, slices: Sequence[Slice], positive: int) -> ScoreSlices:
    """Every row's score and slices, in the order of the hash of its id."""
    wanted = [f"l = {positive} AS positive", "pb", "ph", *(["g"] if rows.clusters else [])]
    wanted += [f"s{index}" for index in range(len(rows.columns))]
    found = rows.fetch_by_key(wanted)
    table = ScoreTable(found["positive"], found["pb"], found["ph"], *_cluster(rows, found))
    where = tuple(None if slice_.overall else _place(rows, slice_) for slice_ in slices)
    return ScoreSlices(table, tuple(found[f"s{index}"] for index in range(len(rows.columns))), where)


def _place(rows: Rows, slice_: Slice) -> tuple[int, int]:
    column = rows.columns.index(slice_.column)
    return column, rows.codings[column].values.index(slice_.value)


def _sum(sql: str, name: str) -> str:
    """A sum of whole numbers, exact until it becomes a float."""
    return f"CAST(coalesce(sum({sql}), 0) AS DOUBLE) AS {name}"


def _cluster(rows: Rows, cells: Cells) -> tuple[NDArray[np.int32] | None, int]:
    return (_int32(cells["g"]), rows.clusters) if rows.clusters else (None, 0)


def _parts(cells: Cells, coding: Coding) -> list[tuple[str, Cells]]:
    """Cells sorted by `s`, cut into one set for each value."""
    codes, starts = np.unique(cells["s"], return_index=True)
    ends = [*starts[1:], len(cells["s"])]
    return [
        (coding.values[int(code)], {name: values[start:end] for name, values in cells.items() if name != "s"})
        for code, start, end in zip(codes, starts, ends, strict=True)
    ]


def _int32(values: NDArray[Any]) -> NDArray[np.int32]:
    return values.astype(np.int32)


def _float(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64)
