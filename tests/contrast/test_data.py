"""From the counts of two tables to what is judged of them."""

from __future__ import annotations

import numpy as np

from mergegate.contrast.data import compare_data
from mergegate.facts.data import Cells, Found, Sample
from mergegate.facts.datapolicy import TablePolicy

POLICY = TablePolicy.model_validate({"path": "t.csv", "label": "y", "columns": {"c": {}}, "drift": {}, "leaks": {}})
N = 2_000


def cells(column: str, share: float) -> Cells:
    """Two kinds, of which the second has `share` of head's rows and half of base's."""
    cluster = np.repeat(np.arange(100), 2)
    kind = np.tile([0, 1], 100)
    head = np.where(kind == 1, round(100 * share), round(100 * (1 - share)))
    return Cells(column, cluster, kind, np.full(200, 50), head, ("a", "b"), 100, grouped=True)


def sample(*, leaking: bool) -> Sample:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, N)
    values = label if leaking else rng.integers(0, 2, N)
    return Sample(label, rng.integers(0, 2**32, N), {"c": values, "noise": rng.integers(0, 9, N)}, 2)


def test_each_column_is_measured_and_the_label_is_called_the_class_balance() -> None:
    found = compare_data("t", POLICY, Found((10, 10), (), cells=(cells("y", 0.5), cells("c", 0.7))))
    assert [shift.comparison.metric for shift in found.shifts] == ["class balance", "distribution of c"]
    assert [round(shift.distance, 6) for shift in found.shifts] == [0.0, 0.2]
    assert found.shifts[1].kinds == (("a", 0.5, 0.3), ("b", 0.5, 0.7))
    assert found.shifts[0].kinds == ()
    assert found.shifts[1].comparison.groups == 100


def test_a_column_without_counts_is_named_where_there_is_a_base() -> None:
    assert compare_data("t", POLICY, Found((10, 10), (), cells=(cells("y", 0.5),))).uncompared == ("c",)
    assert compare_data("t", POLICY, Found((None, 10), ())).uncompared == ()


def test_a_leak_that_base_had_is_told_apart_from_a_new_one() -> None:
    for before, stood in ((sample(leaking=True), True), (sample(leaking=False), False), (None, False)):
        found = compare_data("t", POLICY, Found((10, 10), (), samples=(before, sample(leaking=True))))
        leaks = {leak.column: leak for leak in found.leaks}
        assert leaks["c"].skill.after == 1.0
        assert (leaks["c"].stood, leaks["noise"].stood) == (stood, False)
    assert found.tests == 4


def test_without_labels_or_without_asking_nothing_leaks() -> None:
    assert compare_data("t", POLICY, Found((10, 10), ())).leaks == ()
    unasked = POLICY.model_copy(update={"leaks": None})
    assert compare_data("t", unasked, Found((10, 10), (), samples=(None, sample(leaking=True)))).leaks == ()
