"""After a block the burden of proof is turned round, and gets heavier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mergegate.facts import (
    Basis,
    Comparison,
    Decision,
    Discordant,
    Family,
    Finding,
    Replicates,
    State,
    Studentised,
    Verdict,
)
from mergegate.facts.exam import ModelExam
from mergegate.judge.verdict import decide
from tests.judge.factory import comparison, exam, joint, only, verdict

SURE = comparison(Discordant(10, 10, 10_000))
DOUBTFUL = comparison(Discordant(300, 350, 10_000))
WORSE = comparison(Discordant(10, 400, 10_000), after=0.861)


def tried(attempt: int, *given: Comparison, **parts: Any) -> Verdict:
    return decide(replace(exam(*given, **parts), attempt=attempt))


def told(found: Verdict) -> list[Finding]:
    return [one for one in found.findings if one.rule == "MG904"]


def test_a_first_attempt_has_nothing_to_prove() -> None:
    found = verdict(DOUBTFUL)
    assert (found.decision, found.attempt, told(found)) == (Decision.MERGE, 1, [])


def test_a_retry_that_is_proven_merges() -> None:
    found = tried(2, SURE)
    assert (found.decision, found.attempt) == (Decision.MERGE, 2)
    assert only(found, "MG904").state is State.HELD


def test_a_retry_that_is_not_proven_is_unsure_and_says_of_what() -> None:
    found = tried(3, DOUBTFUL)
    finding = only(found, "MG904")
    assert found.decision is Decision.UNSURE
    assert (finding.subject, finding.state, finding.unsure) == ("attempt 3", State.CANNOT_TELL, True)
    assert "not proven of accuracy at the level 0.0076" in finding.said


def test_the_proof_gets_harder_with_each_attempt() -> None:
    near = comparison(Discordant(100, 160, 10_000))
    outcomes = [tried(attempt, near).decision for attempt in (2, 3, 10, 100)]
    assert outcomes == sorted(outcomes, key=[Decision.MERGE, Decision.UNSURE].index)
    assert outcomes[0] is Decision.MERGE
    assert outcomes[-1] is Decision.UNSURE


@pytest.mark.parametrize("attempt", [1, 2, 50, 10_000])
def test_what_is_worse_is_blocked_at_every_attempt(attempt: int) -> None:
    """No number of pushes makes it easier to pass."""
    assert tried(attempt, WORSE).decision is Decision.BLOCK


def test_the_predictions_of_base_need_no_proof() -> None:
    assert tried(9, comparison(Discordant(0, 0, 30)), identical=True).decision is Decision.MERGE


@pytest.mark.parametrize(
    ("basis", "margin", "proven"),
    [
        (Studentised(0.0, 0.0, 9.0), 0.0, True),
        (Studentised(-0.01, 0.0, 9.0), 0.01, False),
        (Studentised(-0.05, 0.0, 9.0), 0.01, False),
        (Replicates(-0.1, np.array([-0.2] * 50 + [0.0] * 50)), 0.01, False),
        (Replicates(-0.1, np.array([-0.2] * 50 + [0.0] * 50)), 0.25, True),
    ],
    ids=["nothing moved", "on the margin", "beyond it", "up to nothing", "within the margin"],
)
def test_what_counts_as_proof(basis: Basis, margin: float, proven: bool) -> None:
    assert only(tried(2, comparison(basis, margin=margin)), "MG904").state is (
        State.HELD if proven else State.CANNOT_TELL
    )


def test_each_model_has_to_prove_its_own_metrics() -> None:
    one = exam(SURE)
    names = {"a": SURE, "b": DOUBTFUL}
    models = {name: ModelExam(name, Family((replace(of, model=name),)), joint()) for name, of in names.items()}
    asked = one.policy.model_copy(update={"models": dict.fromkeys(names, one.policy.models["m"])})
    found = told(decide(replace(one, policy=asked, models=models, attempt=3)))
    assert [(finding.model, finding.state) for finding in found] == [("a", State.HELD), ("b", State.CANNOT_TELL)]


def test_slices_alone_are_not_asked_for_proof() -> None:
    assert told(tried(2)) == []
