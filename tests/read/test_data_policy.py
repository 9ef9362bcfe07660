"""The part `data.tables` of the policy is read like the rest: everything wrong at once, each with its remedy."""

from __future__ import annotations

import pytest

from mergegate.errors import PolicyError
from mergegate.facts.datapolicy import TablePolicy
from mergegate.read.policy import parse_policy

TOP = "version: 1\nmodels: {m: {holdout: h.csv, metrics: [{name: accuracy}]}}\ndata:\n  tables:\n"


def refused(*lines: str) -> str:
    with pytest.raises(PolicyError) as caught:
        parse_policy((TOP + "".join(f"    {line}\n" for line in lines)).encode())
    return str(caught.value)


def test_a_small_table_has_the_defaults() -> None:
    policy = parse_policy((TOP + "    rows: {path: data/rows.csv, label: y, leaks: {}}\n").encode())
    table = policy.data.tables["rows"]
    assert (table.id, table.label, table.min_rows, table.strict) == ("id", "y", 1, False)
    assert table.leaks is not None
    assert (table.leaks.max_skill, table.drift_columns) == (0.8, ())


def test_every_error_of_a_table_has_its_line_and_remedy() -> None:
    said = refused(
        "t:",
        "  path: ../a.csv",
        "  labl: x",
        "  columns:",
        "    a: {typ: number}",
        "    b: {type: number, min: 3, max: 1}",
        "    c: {pattern: '('}",
        "    d: {type: date, min: 3}",
    )
    assert "5 errors" not in said
    assert "6 errors" in said
    assert "gate.yaml:6: data.tables.t.path: must be a path inside the repository" in said
    assert "labl: nothing has this name; did you mean `label`?" in said
    assert "typ: nothing has this name; did you mean `type`?" in said
    assert "`min` 3 is above `max` 1" in said
    assert "is no regular expression" in said
    assert "not for a date" in said


@pytest.mark.parametrize("part", ["leaks: {}", "min_rows_per_class: 3", "limits: {relabelled: 0.1}"])
def test_what_asks_for_the_right_answer_names_its_column(part: str) -> None:
    assert "needs `label`" in refused(f"t: {{path: a.csv, {part}}}")


def test_a_table_names_a_model_that_there_is() -> None:
    assert "there is no model `q`" in refused("t: {path: a.csv, model: q}")


def test_allowed_values_are_compared_as_tables_hold_them() -> None:
    table = TablePolicy.model_validate({"path": "a.csv", "columns": {"x": {"allowed": [0, 1.0, True, "yes"]}}})
    assert table.columns["x"].allowed == ("0", "1", "true", "yes")


def test_drift_looks_at_the_label_and_the_schema_but_not_at_ids_and_groups() -> None:
    columns: dict[str, object] = {name: {} for name in ("id", "group", "language")}
    asked = {"path": "a.csv", "label": "y", "group": "group", "columns": columns, "drift": {}}
    assert TablePolicy.model_validate(asked).drift_columns == ("y", "language")
