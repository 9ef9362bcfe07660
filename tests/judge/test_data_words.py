"""What the rules on data tell, to the letter."""

from __future__ import annotations

from mergegate.facts import State
from mergegate.facts.data import DataExam, Fault, Moved
from mergegate.judge.rules.datawords import class_rows, diff_said, fault_rows, fault_said
from tests.judge.test_data import diff, judged

PRICE = Fault("price", "is no number", 1200, (("7", "x"), ("9", "y")))
SHORT = Fault("", "has 5 rows, at least 10 are asked for")


def test_a_schema_that_is_kept_is_said_to_be_and_the_same_table_is_not_read_again() -> None:
    found = judged(DataExam("t", "t.csv", rows=(9, 1234), diff=diff()))
    assert (found[0].said, found[0].state, found[0].examples) == ("t.csv: 1,234 rows keep the schema", State.HELD, ())
    [same] = judged(DataExam("t", "t.csv", identical=True))
    assert (same.rule, same.said) == ("MG102", "t.csv is the same as base's")


def test_faults_are_named_with_rows_and_a_few_of_them_shown() -> None:
    [schema, *_] = judged(DataExam("t", "t.csv", rows=(9, 9), diff=diff(), faults=(PRICE, SHORT)))
    assert schema.said == (
        "t.csv has 2 faults: `price` is no number in 1,200 rows; it has 5 rows, at least 10 are asked for"
    )
    assert (schema.state, schema.blocks) == (State.REGRESSED, True)
    assert schema.examples == (
        ("column", "what is wrong", "rows", "id", "value"),
        ("price", "is no number", "1,200", "7", "x"),
        ("price", "is no number", "1,200", "9", "y"),
        ("", "has 5 rows, at least 10 are asked for", "", "", ""),
    )


def test_more_faults_than_three_are_counted_and_one_is_one() -> None:
    many = DataExam("t", "t.csv", faults=(Fault("a", "is empty", 1),) * 5)
    assert fault_said(many) == (
        "t.csv has 5 faults: `a` is empty in 1 row; `a` is empty in 1 row; `a` is empty in 1 row; and 2 more"
    )
    assert fault_said(DataExam("t", "t.csv", faults=(SHORT,))).startswith("t.csv has 1 fault: it has 5 rows")
    assert fault_rows(()) == ()


def test_what_left_came_back_or_stands_twice_is_told() -> None:
    told = diff_said(diff(removed=3, added=3, renamed=2, repeated=(1, 1200), columns_gone=("a", "b", "c", "d")))
    assert told == (
        "100 rows, before 100: 3 added, 3 removed; column gone: a, b, c and 1 more; "
        "2 of the removed are added again under another id; left out for an id that is empty or stands twice: "
        "1,200, before 1"
    )
    assert diff_said(diff(columns_new=("z",))) == "100 rows, before 100: no row differs; new column: z"


def test_the_class_that_moved_most_is_named_where_it_moved_by_one_in_a_hundred() -> None:
    classes = {"a": (100, 130), "b": (500, 490), "gone": (4, 0), "new": (0, 3)}
    assert diff_said(diff(edited=1, classes=classes)) == (
        "100 rows, before 100: 1 edited; new class: new; class gone: gone; most moved a: 100 → 130"
    )
    assert diff_said(diff(edited=1, classes={"b": (5000, 4999)})) == "100 rows, before 100: 1 edited"


def test_changed_rows_stand_by_split_and_class() -> None:
    moved = (
        Moved("relabelled", True, "a", "b", 5),
        Moved("added", False, None, "a", 1200),
        Moved("removed", None, "b", None, 2),
        Moved("edited", True, "b", "b", 1),
    )
    made = diff(moved=moved, classes={"a": (1, 2), "b": (1, 1)})
    assert class_rows(made) == (
        ("split", "class", "added", "removed", "relabelled to", "relabelled away", "edited"),
        ("training", "a", "1,200", "", "", "", ""),
        ("held out", "b", "", "", "5", "", "1"),
        ("held out", "a", "", "", "", "5", ""),
        ("", "b", "", "2", "", "", ""),
    )
    assert class_rows(diff(moved=moved)) == ()
    found = judged(DataExam("t", "t.csv", rows=(9, 9), diff=made))
    assert found[-1].subject == "t classes"
    assert found[-1].examples == class_rows(made)


def test_tables_without_ids_are_not_paired_and_said_not_to_be() -> None:
    found = judged(DataExam("t", "t.csv", rows=(9, 1234)))[-1]
    assert (found.rule, found.state) == ("MG102", State.ABSENT)
    assert found.said == "its 1,234 rows cannot be paired with base's: both need one column of ids"
