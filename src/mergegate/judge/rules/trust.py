"""Can the numbers be believed, and who set the limits?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class PolicyChanged:
    """**What.** The pull request changes `gate.yaml`; it was judged by base's.

    **Why.** A limit that is loosened together with what it limits is no limit. The change takes effect for the
    next pull request, after an owner has approved it.

    **How to fix.** Nothing, if the change is meant; better in a pull request of its own.
    """

    code: ClassVar[str] = "MG901"
    title: ClassVar[str] = "The policy is changed by the pull request"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding where the policy differs."""
        if exam.policy_changed:
            yield Finding(
                rule=self.code, model="", subject="gate.yaml", state=State.CANNOT_TELL,
                said="the pull request changes the policy; it was judged by the policy of base",
                do="have an owner of the policy approve the change",
                unsure=True,
            )  # fmt: skip


class ClaimedNumbers:
    """**What.** The candidate's model, run by base's own code on base's holdout, gives the predictions that the
    pull request claims.

    **Why.** Metrics, predictions and lock files can be edited; the model file is what would be deployed. Where the
    two differ, one of them is not what it says.

    **How to fix.** Run `mergegate run` on the pull request and commit what it writes, nothing by hand.
    """

    code: ClassVar[str] = "MG902"
    title: ClassVar[str] = "The claimed predictions are not the model's"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model that was run again."""
        for name, model in sorted(exam.models.items()):
            again = model.reevaluation
            if again and again.done:
                differ = again.differing > 0
                yield Finding(
                    rule=self.code, model=name, subject="predictions",
                    state=State.REGRESSED if differ else State.HELD,
                    said=f"the model answers {again.differing:,} of {again.rows:,} rows otherwise than claimed"
                    if differ
                    else f"base's code and the candidate's model give the claimed answers on {again.rows:,} rows",
                    do="run `mergegate run` again and commit what it writes" if differ else "",
                    blocks=differ,
                )  # fmt: skip


class NotReevaluated:
    """**What.** The candidate's model could not be run by base's code.

    **Why.** When a pull request changes the code that turns a model into predictions, base's code is not the right
    judge of it, and the predictions are the pull request's own claim. Labels still come from base.

    **How to fix.** Review the prediction code like any code; its owners (CODEOWNERS) have to approve it.
    """

    code: ClassVar[str] = "MG903"
    title: ClassVar[str] = "The model was not run again"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model that should have been run again and was not."""
        for name, model in sorted(exam.models.items()):
            again = model.reevaluation
            if again and not again.done:
                yield Finding(
                    rule=self.code, model=name, subject="predictions", state=State.ABSENT,
                    said=f"the predictions are as the pull request claims them: {again.why_not}",
                    do="have an owner of the prediction code review it",
                )  # fmt: skip
