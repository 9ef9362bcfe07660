"""What differs is told in one order, with the models that it reaches."""

from __future__ import annotations

from mergegate.contrast.changes import attribution_note, reaching, what_changed
from mergegate.facts.changes import Attribution, Change, Kind, Part, Reach

C = Change(Kind.PARAMS, "params.yaml:train.C", "1", "2", ("train",))
FILE = Change(Kind.CODE, "src/split.py", "", "changed", ("split",))
NOBODY = Change(Kind.PARAMS, "params.yaml:ci.train", "schedule", "pull-request")
LIBRARY = Change(Kind.LIBRARIES, "numpy", "2.1", "2.2", ("train", "other"))
TOY = Reach("toy", frozenset({"split", "train"}), "toy accuracy −4.2 points")
LOAN = Reach("loan", frozenset({"other"}), "loan auc +0.1 points")


def test_params_come_first_and_each_change_stands_beside_what_it_reaches() -> None:
    [note] = what_changed((LIBRARY, FILE, NOBODY, C), (TOY, LOAN))
    assert note.title == "What changed"
    assert note.rows == (
        ("kind", "what", "before", "now", "read by", "what moved"),
        ("params", "params.yaml:ci.train", "schedule", "pull-request", "no stage", "nothing judged"),
        ("params", "params.yaml:train.C", "1", "2", "train", "toy accuracy −4.2 points"),
        ("code", "src/split.py", "", "changed", "split", "toy accuracy −4.2 points"),
        ("libraries", "numpy", "2.1", "2.2", "train, other", "toy accuracy −4.2 points; loan auc +0.1 points"),
    )
    assert reaching((LIBRARY, FILE, NOBODY, C), LOAN) == (LIBRARY,)


def test_no_change_is_no_table_and_thousands_are_counted() -> None:
    assert what_changed((), (TOY,)) == ()
    many = tuple(Change(Kind.CODE, f"src/{number:04}.py", "", "changed", ("train",)) for number in range(1_234))
    [note] = what_changed(many, (TOY,))
    assert len(note.rows) == 202
    assert note.rows[-1][1] == "and 1,034 more"


def test_the_parts_are_told_with_their_signs_and_their_sum() -> None:
    parts = (Part("code", (-0.04, 0.01)), Part("params", (-0.02, 0.0)))
    note = attribution_note(Attribution("toy", ("accuracy", "f1_macro"), parts, 1))
    assert note.title == "What made toy change, by 1 mixed pipeline"
    assert note.rows == (
        ("part", "accuracy", "f1_macro"),
        ("code", "−0.0400", "+0.0100"),
        ("params", "−0.0200", "+0.0000"),
        ("together", "−0.0600", "+0.0100"),
    )
