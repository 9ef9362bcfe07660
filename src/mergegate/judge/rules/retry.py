"""Was it tried until it passed?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.stats.bounds import bounds
from mergegate.stats.retry import retry_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class RetriedUntilGreen:
    """**What.** After a block, the same pull request passes as `merge` only if it is proven that nothing over all rows
    got worse by more than its margin. The proof gets harder with each attempt; otherwise the answer is `unsure`.

    **Why.** A drop that is caught four times in five slips through one retry in five: push another seed until it is
    green. So a block turns the burden of proof round, and the retries together pay with alpha: attempt k is proven
    at alpha * 6 / (pi^2 (k - 1)^2), so that what is worse is cleared by any of its retries with chance at most alpha.
    The level at which a drop blocks stays as it is: were it spent, each retry would be easier to pass. From
    the first head that is blocked on, each other head that is judged is an attempt; judging a head again is none.

    **How to fix.** Prove it: mend the model, or bring more holdout rows on main first. A margin of 0 can be proven
    only by an improvement; set the margin that the team accepts. An owner can accept what is left.
    """

    code: ClassVar[str] = "MG904"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "Retried after a block"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:
        """One finding for each model with a metric, from the second attempt on."""
        if exam.attempt < 2:
            return
        level = retry_level(exam.policy.alpha, exam.attempt)
        for name in sorted(exam.models):
            metrics = [item for item in levelled if item.kind == "metric" and item.comparison.model == name]
            open_ = [item.comparison.metric for item in metrics if not _proven(item, level)]
            if metrics:
                yield self._told(exam.attempt, level, name, open_)

    def _told(self, attempt: int, level: float, model: str, open_: list[str]) -> Finding:
        proof = "it is not proven of " + ", ".join(open_) if open_ else "it is proven"
        return Finding(
            rule=self.code,
            model=model,
            subject=f"attempt {attempt}",
            state=State.CANNOT_TELL if open_ else State.HELD,
            said="an earlier head of this pull request was blocked, so that nothing may have got worse by more than "
            f"its margin: {proof} at the level {level:.2g} that this attempt has",
            do="mend the model or bring more holdout rows; pushing again makes the proof harder" if open_ else "",
            unsure=bool(open_),
        )


def _proven(item: Levelled, level: float) -> bool:
    """Whether the metric lies above its margin at the level, or is that of the very same predictions."""
    low, high = bounds(item.comparison.basis, level)
    return item.identical or low > -item.comparison.margin or low == high == 0
