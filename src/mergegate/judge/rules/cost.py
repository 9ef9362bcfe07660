"""Does the model cost more than it may?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.facts.cost import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.cost import Cost
    from mergegate.facts.exam import Exam
    from mergegate.facts.policy import CostPolicy
    from mergegate.judge.levels import Levelled


class CostBudget:
    """**What.** Seconds, peak memory, the model's size and the time of one prediction, each against the budget that
    `cost` in the policy gives it.

    **Why.** A model that is half a point better and needs ten times the memory is a decision, not an improvement.
    The model's size is a fact. What the pull request's own run took is a claim, and the report says so; the time of a
    prediction is measured by the judge itself with `compare: true`. A stage that was restored from the run cache was
    not measured: then the budget has no evidence, which is told, and blocks only with `required: true`.

    **How to fix.** Make it cheaper, or have an owner raise the budget in `gate.yaml`; an owner can also accept it once.
    """

    code: ClassVar[str] = "MG701"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "It costs more than its budget"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each quantity with a budget."""
        for name, model in sorted(exam.models.items()):
            policy = exam.policy.models[name].cost
            if model.cost is None or policy is None:
                continue
            for cost in model.cost.costs:
                if cost.budget is not None:
                    yield self._judge(name, cost, policy)

    def _judge(self, name: str, cost: Cost, policy: CostPolicy) -> Finding:
        quantity, budget = cost.quantity, cost.budget or 0.0
        limit = f"the budget is {quantity.shown(budget)}"
        spent = cost.at_least if cost.head is None else cost.head
        over = spent > budget
        if over:
            least = "at least " if cost.head is None else ""
            said = f"{quantity}: {least}{quantity.shown(spent)} ({cost.source}), and {limit}"
        elif cost.head is None:
            said = f"{quantity} is not known: {cost.why_not}; {limit}"
        else:
            said = f"{quantity}: {quantity.shown(spent)} ({cost.source}); {limit}"
        absent = cost.head is None and not over
        return Finding(
            rule=self.code,
            model=name,
            subject=str(quantity),
            state=State.REGRESSED if over else State.ABSENT if absent else State.HELD,
            said=said,
            do="make it cheaper, or have an owner of the policy raise the budget" if over else "",
            blocks=over or (absent and policy.required),
            better="lower",
        )


class CostGrew:
    """**What.** What head costs in terms of what base costs, where both were measured on one machine in one run: the
    model's size always; time and memory of the predictions with `compare: true`, both models in turn with base's code.

    **Why.** A number from another machine says more of that machine. So what cannot be compared is said to be so, and
    nothing is made of it. It informs; with `growth: 1.5` in the policy, more than 1.5 times base's cost blocks. Times
    are the least of several runs, which is what a busy machine disturbs least.

    **How to fix.** Find what grew: more features, a larger model, a slower step. An owner can accept it.
    """

    code: ClassVar[str] = "MG702"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "It costs more than base"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each quantity that both have, and for each that the policy limits and base has not.

        Of the latter only what was to be measured here can be demanded: no policy makes another run comparable.
        """
        for name, model in sorted(exam.models.items()):
            policy = exam.policy.models[name].cost
            if model.cost is None or policy is None:
                continue
            for cost in model.cost.costs:
                if cost.base is not None and cost.head is not None:
                    yield self._judge(name, cost, policy.growth)
                elif policy.growth is not None:
                    yield self._absent(name, cost, policy)

    def _judge(self, name: str, cost: Cost, growth: float | None) -> Finding:
        quantity, base, head = cost.quantity, cost.base or 0.0, cost.head or 0.0
        ratio = head / base if base else float("inf") if head else 1.0
        over = growth is not None and ratio > growth
        limit = f"; the policy allows {growth:g} times" if growth is not None else ""
        return Finding(
            rule=self.code,
            model=name,
            subject=f"{quantity} against base",
            state=State.REGRESSED if over else State.HELD,
            said=f"{quantity} went from {quantity.shown(base)} to {quantity.shown(head)}, {ratio:.2f} times base's "
            f"({cost.source}){limit}",
            do="find what grew" if over else "",
            blocks=over,
            better="lower",
        )

    def _absent(self, name: str, cost: Cost, policy: CostPolicy) -> Finding:
        return Finding(
            rule=self.code,
            model=name,
            subject=f"{cost.quantity} against base",
            state=State.ABSENT,
            said=f"not comparable: {cost.base_why_not or cost.why_not}",
            blocks=policy.required and policy.compare and cost.quantity is Quantity.LATENCY,
        )
