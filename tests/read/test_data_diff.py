"""The data diff finds what a plain loop over the rows finds, whatever the rows hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.read.data_tables import plain_diff, policy, read, row
from tests.read.table_files import Row, write
from tests.tries import tries

from mergegate.read.data import read_data

KEYS = st.sampled_from(["a", "b", "c", "d", "e", "", "007", "7", "é", "Ünï 😀"])
# Not "1" beside "1.0", which are one value; no NUL and no lone surrogate, which UTF-8 or CSV cannot hold.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)
ROWS = st.lists(
    st.builds(
        row, KEYS, label=st.sampled_from(["on", "off", "mäßig"]), text=TEXT, amount=st.sampled_from(["1", "2", ""])
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@given(ROWS, ROWS, st.sampled_from([".csv", ".parquet"]))
@settings(max_examples=tries(25, 60), deadline=None)
def test_it_is_the_plain_diff(before: list[Row], after: list[Row], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), before, after, policy(), suffix).diff
    assert found is not None
    kinds = ("added", "removed", "relabelled", "edited")
    assert {kind: getattr(found, kind) for kind in kinds} == plain_diff(before, after)
    assert (found.before, found.after) == (len(before), len(after))
    for kind in kinds:
        assert sum(moved.rows for moved in found.moved if moved.kind == kind) == getattr(found, kind)


def test_order_and_format_change_nothing(tmp_path: Path) -> None:
    """Whole numbers in Parquet and the same numbers as text in a CSV are the same values."""
    rows = [row(f"r{n}", amount=n, text=f"t{n}") for n in range(50)]
    head = write(tmp_path / "head.parquet", list(reversed(rows)))
    found = read_data(policy(), write(tmp_path / "base.csv", rows), head).diff
    assert found is not None
    assert not found.changed


def test_examples_show_the_old_and_the_new_value(tmp_path: Path) -> None:
    before = [row("a"), row("b"), row("c")]
    after = [row("a", label="off"), row("b", text="<b>new</b>"), row("d")]
    found = read(tmp_path, before, after, policy(text=["text"])).diff
    assert found is not None
    assert found.examples == (
        ("change", "id", "split", "column", "before", "now"),
        ("removed", "c", "", "label", "on", ""),
        ("removed", "c", "", "text", "please do c", ""),
        ("relabelled", "a", "", "label", "on", "off"),
        ("edited", "b", "", "text", "please do b", "<b>new</b>"),
        ("added", "d", "", "label", "", "on"),
        ("added", "d", "", "text", "", "please do d"),
    )


def test_rows_that_only_got_another_id_are_told(tmp_path: Path) -> None:
    before = [row(f"a{n}", text=f"t{n}") for n in range(5)]
    after = [row(f"b{n}", text=f"t{n}") for n in range(5)]
    found = read(tmp_path, before, after, policy()).diff
    assert found is not None
    assert (found.added, found.removed, found.renamed) == (5, 5, 5)


def test_the_holdouts_ids_say_which_rows_are_held_out(tmp_path: Path) -> None:
    before = [row("a"), row("b"), row("c")]
    after = [row("a", label="off"), row("b", label="off")]
    held = write(tmp_path / "holdout.csv", [{"key": "a", "prediction": "on"}, {"key": "c", "prediction": "on"}])
    base, head = write(tmp_path / "base.csv", before), write(tmp_path / "head.csv", after)
    found = read_data(policy(), base, head, {"base": (held, "key")}).diff
    assert found is not None
    assert {(moved.kind, moved.held_out, moved.rows) for moved in found.moved} == {
        ("removed", True, 1), ("relabelled", True, 1), ("relabelled", False, 1)
    }  # fmt: skip


def test_labels_that_are_numbers_are_counted_without_classes(tmp_path: Path) -> None:
    before = [row(f"r{n}", label=n * 0.5) for n in range(1_200)]
    after = [row(f"r{n}", label=n * 0.5 + (n < 3)) for n in range(1_200)]
    found = read(tmp_path, before, after, policy(), ".parquet").diff
    assert found is not None
    assert (found.relabelled, found.classes) == (3, {})


def test_columns_that_came_and_went_are_named_and_not_compared(tmp_path: Path) -> None:
    before = [{"id": "a", "label": "on", "old": "1"}]
    after = [{"id": "a", "label": "on", "new": "1"}]
    found = read(tmp_path, before, after, policy(group=None)).diff
    assert found is not None
    assert (found.edited, found.columns_gone, found.columns_new) == (0, ("old",), ("new",))
    assert found.changed
