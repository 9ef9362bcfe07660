"""Distributions are counted per cluster, and the rows for leaks are drawn by whole groups."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.read.data_tables import policy, read, row

from mergegate.facts.data import Cells


def cells(folder: Path, before: list[Any], after: list[Any], suffix: str = ".csv") -> Cells:
    base, head = ([row(f"r{n}", amount=v, group=f"g{n // 3}") for n, v in enumerate(side)] for side in (before, after))
    [found] = read(folder, base, head, policy(drift={"columns": ["amount"]}), suffix).cells
    return found


def totals(found: Cells) -> dict[str, tuple[int, int]]:
    counted: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for kind, base, head in zip(found.kind, found.base, found.head, strict=True):
        counted[found.kinds[kind]] += int(base)
        other[found.kinds[kind]] += int(head)
    return {name: (counted[name], other[name]) for name in found.kinds if counted[name] or other[name]}


def test_categories_are_counted_as_they_are(tmp_path: Path) -> None:
    found = cells(tmp_path, ["a", "a", "b", "'x'"], ["a", "b", "b", ""])
    assert totals(found) == {"a": (2, 1), "b": (1, 2), "'x'": (1, 0), "(none)": (0, 1)}
    assert found.grouped


def test_numbers_are_counted_between_bases_deciles(tmp_path: Path) -> None:
    found = totals(cells(tmp_path, list(range(1000)), [n + 500 for n in range(1000)]))
    assert sum(base for base, _ in found.values()) == sum(head for _, head in found.values()) == 1000
    assert len(found) == 10
    assert {base for base, _ in found.values()} == {100}
    assert max(found.values(), key=lambda pair: pair[1])[1] == 600


def test_the_same_numbers_as_text_and_as_numbers_are_the_same_kind(tmp_path: Path) -> None:
    assert totals(cells(tmp_path, [1.0, 2.0, 1.0], [1.0, 1.0, 2.0], ".parquet")) == {"1": (2, 2), "2": (1, 1)}


def test_a_column_that_one_side_lacks_has_no_distribution(tmp_path: Path) -> None:
    before = [{"id": "a", "label": "on"}]
    found = read(tmp_path, before, [row("a")], policy(group=None, drift={"columns": ["amount", "label"]}))
    assert [one.column for one in found.cells] == ["label"]


def test_a_sample_has_codes_for_every_column_that_may_leak(tmp_path: Path) -> None:
    rows = [row(f"r{n}", label=("on", "off")[n % 2], amount=n, group=f"g{n // 2}") for n in range(400)]
    _, head = read(tmp_path, None, rows, policy(leaks={"known": ["text"]}), ".parquet").samples
    assert head is not None
    assert set(head.columns) == {"amount"}
    assert head.labels == 2
    assert len(set(head.columns["amount"].tolist())) == 20, "ranges of numbers"
    assert len(set(head.cluster.tolist())) == 200, "whole groups"
