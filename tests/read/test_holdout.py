"""Reading a split: sides, leaks, contents and near-duplicates, from tables of every kind."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergegate.errors import TableError
from mergegate.facts.holdout import SplitExam
from mergegate.facts.policy import ModelPolicy
from mergegate.facts.splitpolicy import HoldoutPolicy
from mergegate.read.holdout import SplitFiles, read_split
from mergegate.read.holdout_near import bands, jaccard, runs
from mergegate.read.holdout_removed import read_removed
from mergegate.read.holdout_unseen import unseen_answers
from mergegate.read.tables import pair
from mergegate.split import in_holdout


def table(path: Path, *rows: tuple[str, str, str]) -> Path:
    """Rows of (id, group, text), as the suffix says."""
    frame = pd.DataFrame(rows, columns=["id", "group", "text"])
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def asked(**changes: Any) -> HoldoutPolicy:
    plain = {"train": "t", "rows": "r", "salt": "params.yaml:salt", "text": "text"}
    return HoldoutPolicy.model_validate(plain | changes)


def read(folder: Path, train: list[Any], rows: list[Any], *base: list[Any], **changes: Any) -> SplitExam:
    """Head's split against base's (training, holdout), if given."""
    head = SplitFiles(table(folder / "t.parquet", *train), table(folder / "r.csv", *rows), "s")
    old = SplitFiles(table(folder / "bt.csv", *base[0]), table(folder / "br.parquet", *base[1]), "s") if base else None
    return read_split("", asked(**changes), head, old)


def of_side(held: bool, number: int) -> str:
    """The n-th key that belongs to that side."""
    keys = (f"g{count}" for count in range(10_000))
    return [key for key in keys if in_holdout(key, salt="s", share=0.25) is held][number]


IN, OUT = of_side(False, 0), of_side(True, 0)


def test_a_group_on_both_sides_is_a_leak_and_astray_and_new_unless_base_had_it(tmp_path: Path) -> None:
    train, rows = [("1", IN, "turn on"), ("2", OUT, "switch off")], [("3", OUT, "dim it")]
    found = read(tmp_path, train, rows)
    assert found.sides is not None
    assert (found.sides.wrong, found.sides.newly_wrong, found.sides.wrong_rows) == (1, 1, 1)
    assert found.sides.examples[1] == (OUT, "1", "1", "the holdout")
    assert [(leak.by, leak.found, leak.new, leak.rows) for leak in found.leaks] == [
        ("group", 1, 1, 1), ("content", 0, 0, 0),
    ]  # fmt: skip
    again = read(tmp_path, train, rows, train, rows)
    assert again.sides is not None
    assert (again.sides.newly_wrong, again.leaks[0].found, again.leaks[0].new) == (0, 1, 0)


def test_a_row_that_moved_from_bases_holdout_into_training_is_a_leak_by_content(tmp_path: Path) -> None:
    """Even under another id and another group, with other capitals and another sign at its end."""
    base = [("1", IN, "turn on")], [("2", OUT, "Où est le café?")]
    found = read(tmp_path, [*base[0], ("9", of_side(False, 1), "ou\u0300 est  LE café!")], [("3", OUT, "new")], *base)
    groups, contents = found.leaks
    assert (groups.found, contents.found, contents.new) == (0, 1, 1)
    assert contents.examples[1][:2] == ("9", "2")


def test_the_same_words_are_no_leak_where_another_column_tells_them_apart(tmp_path: Path) -> None:
    train, rows = [("1", IN, "stop")], [("2", OUT, "Stop!")]
    assert read(tmp_path, train, rows).leaks[1].found == 1
    assert read(tmp_path, train, rows, content=["id"]).leaks[1].found == 0
    assert len(read(tmp_path, train, rows, text=None).leaks) == 1


def test_texts_of_signs_alone_are_not_all_the_same(tmp_path: Path) -> None:
    assert read(tmp_path, [("1", IN, "?")], [("2", OUT, "!")]).leaks[1].found == 0
    assert read(tmp_path, [("1", IN, "?")], [("2", OUT, "?")]).leaks[1].found == 1


def test_rows_of_the_new_holdout_that_base_trained_on_are_counted_and_left_out(tmp_path: Path) -> None:
    base = [("1", "a", "turn on"), ("2", "b", "switch off")], [("3", "c", "dim it")]
    new = [("2", "b", "switch off"), ("3", "c", "dim it"), ("4", "d", "Turn on.")]
    found = read(tmp_path, [("5", "e", "open")], new, *base, salt=None)
    assert found.seen == 2, "one by its group, one by its content"
    answers = tmp_path / "answers.csv"
    answers.write_text("id,label,prediction\n2,x,x\n3,x,x\n4,x,y\n")
    model = ModelPolicy.model_validate({"holdout": "h.csv", "metrics": [{"name": "accuracy"}], "min_coverage": 0})
    split = asked(salt=None)
    assert unseen_answers(answers, model, split, tmp_path / "bt.csv", tmp_path / "r.csv") == (1, 2)
    assert pair(tmp_path / "unseen.parquet", answers, model).n == 1


@pytest.mark.parametrize(
    ("rows", "changes", "said"),
    [
        ([("1", "", "x")], {}, "1 rows have no group"),
        ([], {}, "is empty"),
        ([("1", "g", "x")], {"key": "block"}, "has no column `block` (the group)"),
        ([("1", "g", "x")], {"content": ["lang"]}, "has no column `lang` (the content)"),
    ],
)
def test_a_table_that_is_no_evidence_is_refused(tmp_path: Path, rows: Any, changes: Any, said: str) -> None:
    with pytest.raises(TableError) as error:
        read(tmp_path, [("7", IN, "y")], rows, **changes)
    assert said in error.value.what


def test_odd_texts_and_numbers_for_keys_are_read(tmp_path: Path) -> None:
    odd = ["", " ", "\u0000x", "🏠" * 300, "a'b\"c;--", "=1+1", "ﬀ", "\u202eabc"]
    frame = pd.DataFrame({"id": range(8), "group": range(8), "text": odd})
    frame[:4].to_parquet(tmp_path / "t.parquet")
    frame[4:].to_parquet(tmp_path / "r.parquet")
    files = SplitFiles(tmp_path / "t.parquet", tmp_path / "r.parquet", "s")
    found = read_split("", asked(), files, files)
    assert found.sides is not None
    assert found.sides.groups == 8
    assert found.near is not None
    assert found.near.new == 0


WORDS = ("turn", "on", "off", "the", "light", "lamp", "fan", "set", "please", "open", "close", "door", "all")


@pytest.mark.slow
def test_near_duplicates_are_those_that_every_pair_compared_would_give(tmp_path: Path) -> None:
    draws = random.Random(5)
    texts = sorted({" ".join(draws.choices(WORDS, k=draws.randint(2, 6))) for _ in range(1_500)})
    draws.shuffle(texts)
    train, held = texts[:1000], texts[1000:]
    found = read(
        tmp_path,
        [(f"t{n}", f"a{n}", text) for n, text in enumerate(train)],
        [(f"h{n}", f"b{n}", text) for n, text in enumerate(held)],
        salt=None,
    ).near
    assert found is not None
    near = [text for text in held if max(jaccard(runs(text), runs(other)) for other in train) >= 0.8]
    assert len(near) > 20
    assert len(near) * 0.99 <= found.found <= len(near)
    assert (found.new, found.texts, found.trained_of) == (found.found, len(held), len(train))
    assert all(jaccard(runs(one), runs(other)) >= 0.8 for one, other, *_ in found.examples[1:])


@given(st.floats(0.5, 1))
@settings(deadline=None)
def test_the_bands_miss_at_most_one_pair_in_a_thousand(similarity: float) -> None:
    count, length = bands(similarity)
    assert count * length <= 128
    assert (1 - similarity**length) ** count <= 0.001


def test_rows_that_left_are_counted_by_group_with_bases_labels(tmp_path: Path) -> None:
    base, head, answers = (tmp_path / f"{name}.csv" for name in ("b", "h", "a"))
    base.write_text("id,label,prediction,g\n1,1.0,1,x\n2,True,false,x\n3,a,b,y\n4,a,a,y\n5,a,b,z\n")
    head.write_text("id,label,prediction,g\n4,a,a,y\n9,a,a,y\n")
    answers.write_text("id,prediction\n1,1\n2,true\n3,b\n4,a\n5,a\n")
    plain = {"holdout": "h.csv", "metrics": [{"name": "accuracy"}], "group": "g"}
    found = read_removed(base, head, ModelPolicy.model_validate(plain))
    assert (found.removed.tolist(), found.wrong.tolist()) == ([2, 1, 1], [1, 1, 1])
    assert (found.rows, found.wrong_rows) == (5, 3)
    assert sorted(row[0] for row in found.examples[1:]) == ["2", "3", "5"]
    other = read_removed(base, head, ModelPolicy.model_validate(plain), answers)
    assert (other.wrong.tolist(), other.wrong_rows) == ([0, 1, 0], 1)
    free = read_removed(base, head, ModelPolicy.model_validate(plain | {"group": None}))
    assert free.removed.tolist() == [1, 1, 1, 1]
