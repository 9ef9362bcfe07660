"""What is right in a quiz, and what must pass, is base's to say; head only answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.read.table_files import policy, rows_of, write

from mergegate.errors import TableError
from mergegate.facts.policy import QuizPolicy
from mergegate.facts.quiz import QuizItem
from mergegate.read.quiz import read_quiz

if TYPE_CHECKING:
    from pathlib import Path

    from tests.read.table_files import Row

    from mergegate.facts.quiz import Quiz

ITEMS: dict[str, list[Any]] = {
    "id": ["q1", "q2", "q3"],
    "utterance": ["Licht an", "allume 🙂", "lock the door"],
    "label": ["on", "on", "lock"],
    "prediction": ["on", "off", "lock"],
    "must_pass": [False, False, True],
}


def items(**columns: list[Any]) -> list[Row]:
    return rows_of(ITEMS | columns)


def read(folder: Path, base: list[Row] | None, head: list[Row], suffix: str = "parquet") -> Quiz:
    before = write(folder / f"base.{suffix}", base) if base is not None else None
    after = write(folder / f"head.{suffix}", head)
    return read_quiz(before, after, "intent", QuizPolicy(table="quiz.parquet"), policy())


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_items_are_read_in_the_order_of_their_ids_with_both_answers(tmp_path: Path, suffix: str) -> None:
    quiz = read(tmp_path, items()[::-1], items(prediction=["on", "on", "unlock"]), suffix)
    assert quiz.model == "intent"
    assert quiz.items == (
        QuizItem("q1", "Licht an", "on", "on", "on", must_pass=False),
        QuizItem("q2", "allume 🙂", "on", "off", "on", must_pass=False),
        QuizItem("q3", "lock the door", "lock", "lock", "unlock", must_pass=True),
    )
    assert (quiz.before, quiz.after) == (2, 2)


def test_head_cannot_relabel_an_item_nor_drop_its_mark(tmp_path: Path) -> None:
    head = items(label=["on", "on", "unlock"], prediction=["on", "on", "unlock"], must_pass=[False] * 3)
    item = read(tmp_path, items(), head).items[2]
    assert item.label == "lock"
    assert item.must_pass
    assert item.newly_failed


def test_head_cannot_drop_the_whole_column_of_marks(tmp_path: Path) -> None:
    head = [{name: value for name, value in row.items() if name != "must_pass"} for row in items()]
    assert read(tmp_path, items(), head).items[2].must_pass


def test_an_item_that_head_leaves_out_has_no_answer_and_still_counts(tmp_path: Path) -> None:
    quiz = read(tmp_path, items(), items()[:2])
    assert quiz.items[2].head is None
    assert quiz.items[2].must_pass
    assert quiz.items[2].newly_failed


def test_an_empty_answer_is_no_answer(tmp_path: Path) -> None:
    quiz = read(tmp_path, items(prediction=["on", None, "lock"]), items(prediction=[None, "on", "lock"]))
    assert quiz.items[0].head is None
    assert quiz.items[1].base == ""
    assert quiz.items[1].newly_passed


def test_a_new_item_is_heads(tmp_path: Path) -> None:
    quiz = read(tmp_path, items()[:2], items())
    assert quiz.items[2] == QuizItem("q3", "lock the door", "lock", None, "lock", must_pass=True)


def test_without_a_base_every_item_is_new(tmp_path: Path) -> None:
    quiz = read(tmp_path, None, items())
    assert [item.base for item in quiz.items] == [None] * 3


def test_marks_that_base_has_not_written_yet_are_heads(tmp_path: Path) -> None:
    base = [{name: value for name, value in row.items() if name != "must_pass"} for row in items()]
    assert read(tmp_path, base, items()).items[2].must_pass


@pytest.mark.parametrize("marks", [["0", "", "1"], ["False", "false", "True"], [0, 0, 1], [0.0, None, 1.0]])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_true_is_written_in_many_ways(tmp_path: Path, marks: list[Any], suffix: str) -> None:
    quiz = read(tmp_path, items(must_pass=marks), items(), suffix)
    assert [item.must_pass for item in quiz.items] == [False, False, True]


def test_the_text_may_be_missing_and_a_long_one_is_cut(tmp_path: Path) -> None:
    base = [{name: value for name, value in row.items() if name != "utterance"} for row in items()]
    quiz = read(tmp_path, base, items(utterance=["x" * 1000, "b", "c"]))
    assert [len(item.text) for item in quiz.items] == [300, 1, 1]


def test_numbers_as_labels_mean_the_same_in_any_type(tmp_path: Path) -> None:
    before = write(tmp_path / "base.csv", items(label=["1.0", "0.0", "1.0"], prediction=["1", "1", "1"]))
    after = write(tmp_path / "head.parquet", items(label=[1, 0, 1], prediction=[1.0, 0.0, 1.0]))
    quiz = read_quiz(before, after, "m", QuizPolicy(table="q.csv"), policy())
    assert [(item.base, item.head, item.label) for item in quiz.items] == [
        ("1", "1", "1"), ("1", "0", "0"), ("1", "1", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"id": ["q1", "q1", "q3"]}, "1 ids stand more than once: `q1`"),
        ({"id": ["q1", None, "q3"]}, "1 of 3 ids are empty"),
        ({"label": ["on", None, "lock"]}, "quiz item `q2` has no right answer"),
        ({"must_pass": ["yes", "no", "perhaps"]}, "neither true nor false"),
    ],
)
@pytest.mark.parametrize("side", ["base", "head"])
def test_a_table_that_cannot_be_a_quiz_is_named(
    tmp_path: Path, columns: dict[str, list[Any]], words: str, side: str
) -> None:
    bad = items(**columns)
    with pytest.raises(TableError) as raised:
        read(tmp_path, bad if side == "base" else items(), bad if side == "head" else items())
    assert words in str(raised.value)
    assert f"{side}'s table" in str(raised.value)
    assert raised.value.do


def test_no_column_of_marks_at_all_is_named(tmp_path: Path) -> None:
    bare = [{name: value for name, value in row.items() if name != "must_pass"} for row in items()]
    with pytest.raises(TableError, match="no table of the quiz has a column `must_pass`"):
        read(tmp_path, bare, bare)


def test_a_holdout_is_no_quiz(tmp_path: Path) -> None:
    n = 10_001
    many = {name: (values * n)[:n] for name, values in ITEMS.items()} | {"id": list(range(n))}
    with pytest.raises(TableError, match="a quiz is small"):
        read(tmp_path, None, rows_of(many))
