"""What costs come to: no number is made up, and none is compared with one from elsewhere."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mergegate.contrast.cost import check_cost, cost_notes
from mergegate.facts import Absent, Note, StageRun
from mergegate.facts.cost import Cost, CostEvidence, Quantity, Side, Spent
from mergegate.facts.policy import CostPolicy

RAN = (StageRun("train", "ran", 20.0, 4_000_000), StageRun("predict", "ran", 2.0, 1_000_000))
KNOWN = CostEvidence(RAN, claimed=True, predicting="predict", base_bytes=100, head_bytes=300)


def costs(evidence: CostEvidence, rows: int = 1000, **policy: Any) -> dict[Quantity, Cost]:
    checked = check_cost("m", CostPolicy.model_validate(policy), evidence, rows)
    return {cost.quantity: cost for cost in checked.costs}


def test_a_run_costs_the_sum_of_its_seconds_and_its_largest_stage() -> None:
    found = costs(KNOWN, seconds=60, peak_bytes=5_000_000, model_bytes=1000, milliseconds_per_row=5)
    assert found[Quantity.SECONDS].head == 22.0
    assert found[Quantity.MEMORY].head == 4_000_000
    assert found[Quantity.LATENCY].head == pytest.approx(0.002)
    assert (found[Quantity.SIZE].base, found[Quantity.SIZE].head) == (100, 300)
    assert [cost.base for quantity, cost in found.items() if quantity is not Quantity.SIZE] == [None] * 3


def test_what_nobody_asked_for_is_not_told_but_for_the_size_which_is_free() -> None:
    assert set(costs(KNOWN)) == {Quantity.SIZE}
    assert costs(dataclasses.replace(KNOWN, head_bytes=None)) == {}


@pytest.mark.parametrize(
    ("evidence", "known", "said"),
    [
        ({"stages": None}, 0.0, "nothing was run here"),
        ({"stages": (StageRun("train", "restored"), RAN[1])}, 2.0, "train was restored from the run cache"),
        ({"stages": (StageRun("train", "scheduled"),)}, 0.0, "left to the scheduled training"),
    ],
)
def test_a_cost_that_was_not_measured_whole_is_not_known(evidence: dict[str, Any], known: float, said: str) -> None:
    cost = costs(dataclasses.replace(KNOWN, **evidence), seconds=60)[Quantity.SECONDS]
    assert (cost.head, cost.at_least) == (None, known)
    assert said in cost.why_not


def test_memory_that_the_system_did_not_tell_is_not_known() -> None:
    run = dataclasses.replace(RAN[0], peak_bytes=0)
    cost = costs(dataclasses.replace(KNOWN, stages=(run, RAN[1])), peak_bytes=5)[Quantity.MEMORY]
    assert (cost.head, cost.at_least) == (None, 1_000_000)


def test_where_nothing_had_to_run_nothing_was_spent() -> None:
    cost = costs(dataclasses.replace(KNOWN, stages=(StageRun("train", "unchanged"),)), seconds=60)[Quantity.SECONDS]
    assert (cost.head, cost.source) == (0.0, "nothing had to run")


def test_side_by_side_both_have_a_number_and_a_claim_is_not_needed() -> None:
    beside = Side("predict", Spent(1.0, 500), Spent(3.0, 700), runs=3)
    found = costs(dataclasses.replace(KNOWN, beside=beside), compare=True, milliseconds_per_row=2)
    latency = found[Quantity.LATENCY]
    assert (latency.base, latency.head, latency.budget) == (0.001, 0.003, 0.002)
    assert (found[Quantity.MEMORY].base, found[Quantity.MEMORY].head) == (500, 700)


def test_what_could_not_be_run_side_by_side_is_not_known_and_says_why() -> None:
    beside = Absent("both", "base's code could not run them")
    found = costs(dataclasses.replace(KNOWN, beside=beside), compare=True, growth=2)
    assert found[Quantity.LATENCY].base_why_not == "base's code could not run them"


def test_what_the_stages_took_is_a_table_which_says_whose_word_it_is() -> None:
    silent = dataclasses.replace(RAN[1], peak_bytes=0)
    unchanged = StageRun("split", "unchanged")
    told = check_cost("m", CostPolicy(), dataclasses.replace(KNOWN, stages=(unchanged, RAN[0], silent)), 1000)
    nothing = check_cost("n", CostPolicy(), dataclasses.replace(KNOWN, stages=(unchanged,)), 1000)
    header = ("stage", "seconds (claimed)", "peak memory (claimed)")
    rows = (header, ("train", "20.0 s", "4.0 MB"), ("predict", "2.0 s", "not known"))
    assert cost_notes((told, nothing)) == (Note("What the stages of m took", rows),)


@pytest.mark.parametrize(
    ("quantity", "value", "shown"),
    [
        (Quantity.SECONDS, 12.34, "12.3 s"),
        (Quantity.LATENCY, 0.00213, "2.13 ms a row"),
        (Quantity.SIZE, 999, "999 bytes"),
        (Quantity.SIZE, 1_234_567, "1.2 MB"),
        (Quantity.MEMORY, 2.5e9, "2.5 GB"),
    ],
)
def test_amounts_have_units(quantity: Quantity, value: float, shown: str) -> None:
    assert quantity.shown(value) == shown
