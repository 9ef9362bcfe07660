"""Joints made in memory, for what lies past the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mergegate.facts.comparison import Slice
from mergegate.facts.joint import CountTable, Joint
from mergegate.facts.policy import ModelPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def policy(*metrics: Any, **parts: Any) -> ModelPolicy:
    """A policy with these metrics, each a name or a mapping."""
    named = [{"name": metric} if isinstance(metric, str) else metric for metric in metrics or ("accuracy",)]
    return ModelPolicy.model_validate({"holdout": "holdout.parquet", "metrics": named} | parts)


def counted(
    label: ArrayLike, base: ArrayLike, head: ArrayLike, classes: int, cluster: NDArray[Any] | None = None
) -> CountTable:
    """One cell for each row."""
    codes = [np.asarray(values, np.int32) for values in (label, base, head)]
    units = None if cluster is None else cluster.astype(np.int32)
    most = 0 if cluster is None else int(cluster.max()) + 1
    return CountTable(codes[0], codes[1], codes[2], np.ones(len(codes[0]), np.int64), classes, units, most)


def joint(
    label: ArrayLike,
    base: ArrayLike,
    head: ArrayLike,
    *,
    classes: Sequence[str] = ("a", "b"),
    slices: dict[Slice, NDArray[np.bool_]] | None = None,
    group: NDArray[Any] | None = None,
) -> Joint:
    """A joint of rows: overall, and for each of `slices` the rows that its mask keeps."""
    rows = [np.asarray(values) for values in (label, base, head)]
    n = len(rows[0])
    masks = {Slice(): np.ones(n, bool)} | (slices or {})

    def tables(units: NDArray[Any] | None) -> tuple[CountTable, ...]:
        made = []
        for keep in masks.values():
            y, before, after = (values[keep] for values in rows)
            table = counted(y, before, after, len(classes), None if units is None else units[keep])
            made.append(table if units is None else _of_all(table, int(units.max()) + 1))
        return tuple(made)

    sampled = None if group is not None else Joint(tuple(classes), tuple(masks), tables(np.arange(n)), grouped=True)
    return Joint(
        tuple(classes),
        tuple(masks),
        tables(group),
        grouped=group is not None,
        n=n,
        sample=sampled.counts if sampled else (),
        sampled=sampled,
    )


def _of_all(table: CountTable, clusters: int) -> CountTable:
    return CountTable(table.label, table.base, table.head, table.count, table.classes, table.cluster, clusters)
