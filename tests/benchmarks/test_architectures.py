"""The page on the two architectures says what was measured, and its thresholds follow from the figures."""

from __future__ import annotations

import json

from benchmarks._architectures_page import FIGURES, PAGE, page, seconds
from benchmarks._architectures_world import Cost
from benchmarks.architectures import derived

TOLD = json.loads(FIGURES.read_text("utf-8"))


def test_the_page_is_made_of_the_committed_figures() -> None:
    assert PAGE.read_text("utf-8") == page(TOLD), "call `python -m benchmarks.architectures --page`"


def test_the_thresholds_follow_from_the_committed_figures() -> None:
    assert derived({name: Cost(**cost) for name, cost in TOLD["costs"].items()}, TOLD) == TOLD["derived"]


def test_a_rollback_by_tag_computes_nothing_and_a_revert_passes_the_gate() -> None:
    costs = {name: Cost(10.0, 5.0, 100.0) for name in TOLD["costs"]}
    numbers = {
        "start_to_answer_seconds": 3.0, "service_idle_processor_share": 0.001,
        "moves": {"command_to_answer_median_seconds": 7.0},
    }  # fmt: skip
    found = derived(costs, numbers)
    assert (found["ci_rollback_seconds"], found["service_rollback_seconds"]) == (33.0, 7.0)
    assert found["ceremony_seconds"] == 10.0 + 10.0 + 7.0
    assert found["service_trained_seconds"] - found["ci_trained_seconds"] == 27.0 - 3.0
    assert found["batches_a_day_that_cost_as_much"] == round(86.4 / 5.0, 1)


def test_seconds_are_read_as_minutes_from_a_hundred_on() -> None:
    assert (seconds(99.94), seconds(120)) == ("99.9 s", "2.0 min")
