"""The rules on data: what blocks, what informs, and which share of alpha the tests have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mergegate.facts import Absent, Comparison, Direction, Finding, Policy, Slice, State, Studentised
from mergegate.facts.data import DataExam, Leak, Moved, RowDiff, Shift, TextFault
from mergegate.judge.levels import comparison_alpha, data_level
from mergegate.judge.verdict import decide
from tests.judge.factory import exam


def policy(**table: Any) -> Policy:
    model = {"holdout": "h.csv", "metrics": [{"name": "accuracy"}]}
    asked = {"path": "t.csv", "label": "y", **table}
    return Policy.model_validate({"version": 1, "models": {"m": model}, "data": {"tables": {"t": asked}}})


def judged(table: DataExam, **asked: Any) -> list[Finding]:
    found = decide(replace(exam(policy_=policy(**asked)), data={"t": table}))
    return [finding for finding in found.findings if finding.rule.startswith("MG1")]


def diff(**parts: Any) -> RowDiff:
    none = {"before": 100, "after": 100, "added": 0, "removed": 0, "relabelled": 0, "edited": 0}
    return RowDiff(**(none | parts))


def moved(value: float, se: float = 0.01, *, limit: float = 0.1) -> Comparison:
    return Comparison(
        model="t", metric="distribution of c", slice=Slice(), direction=Direction.LOWER, before=0.0, after=value,
        n=1000, groups=None, basis=Studentised(-value, se, 200.0, limit=1.0), method="", margin=limit,
    )  # fmt: skip


def shift(value: float, se: float = 0.01) -> Shift:
    return Shift(moved(value, se), value + 0.02, (("a", 0.1, 0.2),))


def leak(skill: float, *, stood: bool = False) -> Leak:
    return Leak("c", moved(skill, limit=0.8), moved(0.0, limit=0.1), stood)


def test_the_tests_of_the_data_share_a_tenth_of_alpha_where_there_are_any() -> None:
    assert comparison_alpha(policy()) == 0.05
    asked = policy(drift={}, leaks={})
    assert comparison_alpha(asked) == pytest.approx(0.045)
    table = DataExam("t", "t.csv", shifts=(shift(0.0), shift(0.0)), leaks=(leak(0.1),))
    assert data_level(replace(exam(policy_=asked), data={"t": table})) == pytest.approx(0.005 / 4)


@pytest.mark.parametrize(("limit", "blocks"), [(None, False), (0.05, False), (0.04, True)])
def test_changed_rows_inform_and_block_beyond_the_limit(limit: float | None, blocks: bool) -> None:
    held_out = (Moved("removed", True, "a", None, 5),)
    table = DataExam("t", "t.csv", rows=(100, 95), diff=diff(after=95, removed=5, moved=held_out))
    [_, found] = judged(table, limits={"removed": limit})
    assert (found.rule, found.blocks) == ("MG102", blocks)
    assert "5 removed (5 held out)" in found.said


def test_drift_blocks_only_where_it_is_proven_beyond_the_limit() -> None:
    table = DataExam("t", "t.csv", diff=diff(), shifts=(shift(0.3), shift(0.11), shift(0.02)))
    found = [one for one in judged(table, drift={}) if one.rule == "MG103"]
    assert [(one.state, one.blocks) for one in found] == [
        (State.REGRESSED, True), (State.CANNOT_TELL, False), (State.HELD, False)
    ]  # fmt: skip


def test_a_leak_blocks_unless_it_stood_on_base_or_may_be_luck() -> None:
    leaks = (leak(1.0), leak(1.0, stood=True), leak(0.81), leak(0.2))
    found = [one for one in judged(DataExam("t", "t.csv", diff=diff(), leaks=leaks), leaks={}) if one.rule == "MG105"]
    assert [(one.state, one.blocks) for one in found] == [
        (State.REGRESSED, True), (State.CANNOT_TELL, False), (State.CANNOT_TELL, False), (State.HELD, False)
    ]  # fmt: skip
    assert "as on base already" in found[1].said


@pytest.mark.parametrize(
    ("before", "after", "limit", "state", "blocks"),
    [
        (5, 5, 0.0, State.HELD, False),
        (0, 5, None, State.REGRESSED, False),
        (0, 5, 0.1, State.HELD, False),
        (0, 5, 0.01, State.REGRESSED, True),
    ],
)
def test_texts_block_beyond_the_limit_where_they_became_worse(
    before: int, after: int, limit: float | None, state: State, blocks: bool
) -> None:
    fault = TextFault("wrongly decoded", "text", before, after, (100, 100), limit)
    [found] = [one for one in judged(DataExam("t", "t.csv", diff=diff(), texts=(fault,))) if one.rule == "MG104"]
    assert (found.state, found.blocks) == (state, blocks)


def test_a_table_that_base_never_had_passes_and_is_told() -> None:
    absent = Absent("t.csv", "base never had it", side="base", bootstrap=True)
    table = DataExam("t", "t.csv", no_base=absent, rows=(None, 5))
    found = decide(replace(exam(policy_=policy()), data={"t": table}))
    assert not found.bootstrap
    [_, one] = [one for one in found.findings if one.rule.startswith("MG1")]
    assert (one.rule, one.state, one.said, one.blocks) == ("MG102", State.ABSENT, "base never had it", False)


def test_what_could_not_be_tested_is_said() -> None:
    table = DataExam("t", "t.csv", rows=(5, 5), diff=diff(), uncompared=("new",))
    found = {one.rule: one for one in judged(table, drift={"columns": ["new"]}, leaks={}) if one.state is State.ABSENT}
    assert found.keys() == {"MG103", "MG105"}
    assert "new" in found["MG103"].said


@pytest.mark.parametrize(("kind", "before", "after", "told"), [
    ("repeated", 5, 6, False), ("repeated", 5, 90, True), ("empty", 5, 6, False), ("empty", 0, 1, True),
    ("contradicting", 5, 6, True), ("wrongly decoded", 5, 6, True),
])  # fmt: skip
def test_a_slight_rise_of_what_comes_with_any_row_is_not_told(kind: str, before: int, after: int, told: bool) -> None:
    fault = TextFault(kind, "c", before, after, (1000, 1000), None)
    [found] = [one for one in judged(DataExam("t", "t.csv", diff=diff(), texts=(fault,))) if one.rule == "MG104"]
    assert (found.state is State.REGRESSED) == told
