"""What a model costs: budgets against what was spent, and base against head where the two can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.cost import Cost, CostCheck, CostEvidence, Quantity, Side
from mergegate.facts.evidence import Absent
from mergegate.facts.verdict import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mergegate.facts.plan import StageRun
    from mergegate.facts.policy import CostPolicy

_ELSEWHERE = "base's was measured on another machine or in another run; `compare: true` measures both here"
_UNMEASURED = {
    "restored": "was restored from the run cache",
    "scheduled": "was left to the scheduled training",
}


def check_cost(model: str, policy: CostPolicy, evidence: CostEvidence, rows: int) -> CostCheck:
    """Every quantity that the policy limits or that can be compared; `rows` of the holdout were predicted."""
    costs = (
        *_run_costs(policy, evidence, rows),
        *_beside(policy, evidence.beside, rows),
        *_size(policy, evidence),
    )
    return CostCheck(model, costs, _table(evidence))


def cost_notes(checks: Iterable[CostCheck]) -> tuple[Note, ...]:
    """What the stages took, for the report."""
    return tuple(Note(f"What the stages of {check.model} took", check.table) for check in checks if check.table)


def _run_costs(policy: CostPolicy, evidence: CostEvidence, rows: int) -> Iterator[Cost]:
    """Of the run itself: its total, its largest stage, and its predictions where nothing better is known of them."""
    if policy.seconds is not None:
        yield _of_run(Quantity.SECONDS, policy.seconds, evidence, lambda runs: sum(run.seconds for run in runs))
    if policy.peak_bytes is not None:
        yield _of_run(Quantity.MEMORY, policy.peak_bytes, evidence, lambda runs: max(run.peak_bytes for run in runs))
    if policy.milliseconds_per_row is not None and not isinstance(evidence.beside, Side):
        alone = tuple(run for run in evidence.stages or () if run.name == evidence.predicting)
        narrowed = CostEvidence(
            alone if evidence.stages is not None else None, evidence.claimed, evidence.predicting, None, None
        )
        budget = policy.milliseconds_per_row / 1e3
        yield _of_run(Quantity.LATENCY, budget, narrowed, lambda runs: sum(run.seconds for run in runs) / max(rows, 1))


def _of_run(
    quantity: Quantity, budget: float, evidence: CostEvidence, amount: Callable[[tuple[StageRun, ...]], float]
) -> Cost:
    stages = evidence.stages
    if stages is None:
        why = "nothing was run here: the pull request's job measures it, and `compare: true` the predictions"
        return Cost(quantity, None, why, budget=budget)
    ran = tuple(run for run in stages if run.outcome == "ran")
    left = [f"{run.name} {_UNMEASURED[run.outcome]}" for run in stages if run.outcome in _UNMEASURED]
    known = amount(ran) if ran else 0.0
    if quantity is Quantity.MEMORY and any(run.peak_bytes == 0 for run in ran):
        left.append("the system did not tell the memory of every stage")
    source = "as the pull request's own run claims" if evidence.claimed else "as its run measured"
    if left:
        return Cost(quantity, None, ", ".join(left), at_least=known, budget=budget, source=source)
    return Cost(quantity, known, base_why_not=_ELSEWHERE, budget=budget, source=source if ran else "nothing had to run")


def _beside(policy: CostPolicy, beside: Side | Absent | None, rows: int) -> Iterator[Cost]:
    """Of the predictions: both models on this machine, with base's code."""
    if isinstance(beside, Absent):
        yield Cost(Quantity.LATENCY, None, beside.why, base_why_not=beside.why, budget=_latency_budget(policy))
    if not isinstance(beside, Side):
        return
    source = f"measured here, {beside.stage} with both models in turn, the least of {beside.runs} runs"
    yield Cost(
        Quantity.LATENCY,
        beside.head.seconds / max(rows, 1),
        base=beside.base.seconds / max(rows, 1),
        budget=_latency_budget(policy),
        source=source,
    )
    if beside.base.peak_bytes and beside.head.peak_bytes:
        yield Cost(Quantity.MEMORY, beside.head.peak_bytes, base=beside.base.peak_bytes, source=source)


def _latency_budget(policy: CostPolicy) -> float | None:
    return None if policy.milliseconds_per_row is None else policy.milliseconds_per_row / 1e3


def _size(policy: CostPolicy, evidence: CostEvidence) -> Iterator[Cost]:
    """Of the model file, which is no claim: its bytes are there."""
    if evidence.head_bytes is not None:
        yield Cost(
            Quantity.SIZE,
            evidence.head_bytes,
            base=evidence.base_bytes,
            base_why_not="" if evidence.base_bytes is not None else "base has no such model",
            budget=policy.model_bytes,
            source="the bytes of the file",
        )
    elif policy.model_bytes is not None:
        why = "there is no model file: name it in `cost.model` or `reevaluate.model`"
        yield Cost(Quantity.SIZE, None, why, budget=policy.model_bytes)


def _table(evidence: CostEvidence) -> tuple[tuple[str, ...], ...]:
    ran = [run for run in evidence.stages or () if run.outcome == "ran"]
    if not ran:
        return ()
    claimed = " (claimed)" if evidence.claimed else ""
    rows = ((run.name, Quantity.SECONDS.shown(run.seconds), _memory(run.peak_bytes)) for run in ran)
    return (("stage", f"seconds{claimed}", f"peak memory{claimed}"), *rows)


def _memory(peak_bytes: int) -> str:
    return Quantity.MEMORY.shown(peak_bytes) if peak_bytes else "not known"
