"""What a model costs, against its budget and against base: what is a fact, a claim, and not known."""

from __future__ import annotations

from typing import Any

import pytest

from mergegate.facts import Discordant, Finding, State
from mergegate.facts.cost import Cost, CostCheck, Quantity
from tests.judge.factory import comparison, policy, verdict

SAME = comparison(Discordant(10, 10, 10_000))


def told(rule: str, *costs: Cost, **asked: Any) -> list[Finding]:
    found = verdict(SAME, policy_=policy(cost=asked), cost=CostCheck("m", costs))
    return [one for one in found.findings if one.rule == rule]


def test_a_budget_that_is_kept_is_held_and_one_that_is_not_blocks() -> None:
    kept = Cost(Quantity.SECONDS, 600.0, budget=600.0, source="claimed")
    over = Cost(Quantity.SIZE, 5e6, budget=4e6, source="measured here")
    free = Cost(Quantity.MEMORY, 9e9)
    [first, second] = told("MG701", kept, over, free)
    assert (first.said, first.state, first.blocks, first.do, first.better) == (
        "seconds: 600.0 s (claimed); the budget is 600.0 s", State.HELD, False, "", "lower",
    )  # fmt: skip
    assert (second.said, second.state, second.blocks) == (
        "model size: 5.0 MB (measured here), and the budget is 4.0 MB", State.REGRESSED, True,
    )  # fmt: skip
    assert second.do == "make it cheaper, or have an owner of the policy raise the budget"
    assert (first.model, first.subject, second.subject) == ("m", "seconds", "model size")


@pytest.mark.parametrize("required", [False, True])
def test_a_budget_without_evidence_is_told_and_blocks_only_where_it_is_required(required: bool) -> None:
    unknown = Cost(Quantity.SECONDS, None, "the stage train was restored", 599.0, budget=600.0, source="claimed")
    [found] = told("MG701", unknown, required=required)
    assert found.said == "seconds is not known: the stage train was restored; the budget is 600.0 s"
    assert (found.state, found.blocks, found.do) == (State.ABSENT, required, "")


def test_what_is_known_of_an_amount_can_be_beyond_its_budget_already() -> None:
    part = Cost(Quantity.SECONDS, None, "the rest is not known", 601.0, budget=600.0, source="claimed")
    [found] = told("MG701", part)
    assert found.said == "seconds: at least 601.0 s (claimed), and the budget is 600.0 s"
    assert (found.state, found.blocks) == (State.REGRESSED, True)


def test_growth_informs_and_blocks_where_the_policy_limits_it() -> None:
    grew = Cost(Quantity.SIZE, 6e6, base=4e6, source="both measured")
    [free] = told("MG702", grew)
    said = "model size went from 4.0 MB to 6.0 MB, 1.50 times base's (both measured)"
    assert (free.said, free.state, free.blocks, free.do) == (said, State.HELD, False, "")
    [within] = told("MG702", grew, growth=1.5)
    assert (within.said, within.blocks) == (f"{said}; the policy allows 1.5 times", False)
    [beyond] = told("MG702", grew, growth=1.4)
    assert (beyond.said, beyond.state, beyond.blocks, beyond.do) == (
        f"{said}; the policy allows 1.4 times", State.REGRESSED, True, "find what grew",
    )  # fmt: skip
    assert (beyond.model, beyond.subject, beyond.better) == ("m", "model size against base", "lower")


@pytest.mark.parametrize(("head", "ratio", "blocks"), [(0.0, "1.00", False), (5.0, "inf", True)])
def test_what_cost_nothing_grows_without_end_unless_it_still_costs_nothing(
    head: float, ratio: str, blocks: bool
) -> None:
    [found] = told("MG702", Cost(Quantity.SECONDS, head, base=0.0), growth=2.0)
    assert f"{ratio} times base's" in found.said
    assert found.blocks is blocks


@pytest.mark.parametrize("required", [False, True])
def test_what_cannot_be_compared_is_told_only_where_growth_is_limited(required: bool) -> None:
    alone = Cost(Quantity.SECONDS, 5.0, base_why_not="base was not run here")
    unknown = Cost(Quantity.MEMORY, None, "nothing was run")
    assert told("MG702", alone, unknown) == []
    failed = Cost(Quantity.LATENCY, None, base_why_not="base's code could not run them")
    found = told("MG702", alone, unknown, failed, growth=2.0, required=required, compare=True)
    assert [(one.subject, one.said, one.state, one.blocks, one.model) for one in found] == [
        ("seconds against base", "not comparable: base was not run here", State.ABSENT, False, "m"),
        ("peak memory against base", "not comparable: nothing was run", State.ABSENT, False, "m"),
        ("latency against base", "not comparable: base's code could not run them", State.ABSENT, required, "m"),
    ]
    [other] = told("MG702", failed, growth=2.0, required=required)
    assert not other.blocks, "nobody asked for it to be measured here"


def test_nothing_is_said_of_a_cost_that_nobody_asked_for() -> None:
    check = CostCheck("m", (Cost(Quantity.SECONDS, 5.0, base=1.0, budget=1.0),))
    found = verdict(SAME, cost=check)
    assert [one for one in found.findings if one.rule in {"MG701", "MG702"}] == []
