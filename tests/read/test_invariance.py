"""Pairs that must be answered alike: what is counted of them, whose word counts, and what cannot be evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.read.table_files import policy, write

from mergegate.contrast.invariance import compare_pairs
from mergegate.errors import TableError
from mergegate.facts.answerpolicy import InvariancePolicy
from mergegate.facts.invariance import Invariances
from mergegate.read.invariance import read_pairs

ASKED = InvariancePolicy(table="pairs.csv", kinds={"case": 0.5})
Row = dict[str, Any]


def table(flips: dict[str, int], n: int = 10, answer: str = "on") -> list[Row]:
    """`n` originals, each with a variant of each kind; the first `flips` of them are answered otherwise."""
    found: list[Row] = []
    for i in range(n):
        found.append({"id": f"o{i}", "of": None, "kind": None, "text": f"say {i}", "prediction": answer})
        for kind, count in flips.items():
            said = "other" if i < count else answer
            found.append({"id": f"{kind}{i}", "of": f"o{i}", "kind": kind, "text": f"SAY {i}", "prediction": said})
    return found


def compared(folder: Path, base: list[Row] | None, head: list[Row], **model: Any) -> Invariances:
    before = write(folder / "base.csv", base) if base else None
    return compare_pairs("m", ASKED, read_pairs(before, write(folder / "head.parquet", head), policy(**model), ASKED))


def test_flips_are_counted_by_kind_before_and_after_and_shown(tmp_path: Path) -> None:
    found = compared(tmp_path, table({"case": 1, "polite": 0}), table({"case": 4, "polite": 2}, answer="off"))
    assert [(k.kind, k.before.hits if k.before else None, k.after.hits, k.limit) for k in found.kinds] == [
        ("case", 1, 4, 0.5), ("polite", 0, 2, 0.01),
    ]  # fmt: skip
    shown = found.rows.examples
    assert shown[0][0] == "kind"
    assert sum(row[0] == "case" and row[-1] == "differed, too" for row in shown) == 1
    assert ("polite", "say 0", "SAY 0", "off", "other", "the same") in shown


def test_head_says_neither_which_pairs_there_are_nor_of_which_kind(tmp_path: Path) -> None:
    head = [{**row, "of": row["of"] and "o0", "kind": row["kind"] and "harmless"} for row in table({"case": 4})]
    found = compared(tmp_path, table({"case": 0}), head)
    assert [(k.kind, k.after.hits, k.after.n) for k in found.kinds] == [("case", 4, 10)]


def test_pairs_that_head_leaves_out_or_adds_are_counted_and_not_judged(tmp_path: Path) -> None:
    head = [*table({"case": 0})[4:], {"id": "n", "of": "o5", "kind": "new", "text": "", "prediction": "on"}]
    found = compared(tmp_path, table({"case": 0}), head)
    assert (found.rows.unanswered, found.rows.new, found.coverage) == (2, 1, 0.8)


def test_without_a_base_head_is_judged_alone(tmp_path: Path) -> None:
    [kind] = compared(tmp_path, None, table({"case": 3})).kinds
    assert (kind.before, kind.after.hits, kind.gain) == (None, 3, None)


def test_groups_of_the_model_are_its_clusters_where_the_table_has_them(tmp_path: Path) -> None:
    rows = [{**row, "group": f"g{i // 10}"} for i, row in enumerate(table({"case": 2}, 20))]
    [kind] = compared(tmp_path, rows, rows, group="group").kinds
    assert kind.after.groups == 4
    [alone] = compared(tmp_path, rows, rows).kinds
    assert alone.after.groups == 20


def test_numbers_flip_beyond_the_tolerance(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"id": 1, "of": None, "kind": None, "prediction": 0.5},
        {"id": 2, "of": 1.0, "kind": "sex", "prediction": 0.5},
        {"id": 3, "of": 1.0, "kind": "sex", "prediction": 0.7},
    ]
    [kind] = compared(tmp_path, None, rows, task="regression", metrics=({"name": "mae"},)).kinds
    assert (kind.after.hits, kind.after.n) == (1, 2)


BAD: dict[str, tuple[list[Row], str]] = {
    "no pair": (table({}, 3), "no pair"),
    "a lost original": (table({"case": 1})[1:], "name an original that the table does not have: `case0`"),
    "an id twice": (table({"case": 1}) * 2, "more than once"),
    "no answer": ([{**row, "prediction": ""} for row in table({"case": 1})], "is empty"),
    "no kinds": ([{k: v for k, v in row.items() if k != "kind"} for row in table({"case": 1})], "no column `kind`"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_table_that_is_none_is_named(tmp_path: Path, case: str) -> None:
    head, said = BAD[case]
    with pytest.raises(TableError, match=said):
        compared(tmp_path, None, head)
