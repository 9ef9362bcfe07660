"""Does the model reach the mark that the team set?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Estimate, Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.facts.target import TargetCheck
    from mergegate.judge.levels import Levelled


class TargetMissed:
    """**What.** Head's overall value of one metric, against a mark: a floor that blocks, a schedule that informs.

    **Why.** A model that was never good enough passes every comparison with itself. But `value < mark` fails half
    of the builds of a model that is exactly on its mark, so the floor is missed only when the upper confidence
    bound of the value lies below it. Without a floor the schedule itself blocks, by the same test.

    **How to fix.** Improve the model, or, if the mark was set too high, have an owner change it in `gate.yaml`.
    """

    code: ClassVar[str] = "MG501"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The target is missed"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model with a target."""
        for _, model in sorted(exam.models.items()):
            if model.target:
                yield self._judge(model.target)

    def _judge(self, target: TargetCheck) -> Finding:
        missed = target.high < target.required
        reached = target.low >= target.required
        return Finding(
            rule=self.code,
            model=target.model,
            subject=f"target {target.metric}",
            state=State.REGRESSED if missed else State.HELD if reached else State.CANNOT_TELL,
            said=_said(target, missed=missed, reached=reached),
            do="improve the model, or have an owner of the policy change the mark" if missed else "",
            before=target.required,
            after=target.value,
            change=Estimate(
                value=target.value - target.required,
                low=target.low - target.required,
                high=target.high - target.required,
                n=target.n,
                method=target.method,
                confidence=1 - 2 * target.level,
                groups=target.groups,
            ),
            margin=0.0,
            blocks=missed,
        )


def _said(target: TargetCheck, *, missed: bool, reached: bool) -> str:
    name = "mark" if target.floor is None else "floor"
    verb = "misses" if missed else "is above" if reached else "cannot be told apart from"
    said = f"{target.metric} {target.value:.4f} {verb} the {name} {target.required:.4f}"
    if target.floor is not None and target.mark > target.floor:
        beside = "reached" if target.value >= target.mark else f"{target.mark - target.value:.4f} short"
        said += f"; the mark for {target.day:%Y-%m-%d} is {target.mark:.4f} ({beside}, informs only)"
    if target.next_mark is not None and target.next_day is not None:
        said += f"; next mark {target.next_mark:.4f} on {target.next_day:%Y-%m-%d}"
    return f"{said} ({target.caution})" if target.caution else said
