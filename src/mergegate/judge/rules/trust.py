"""Can the numbers be believed, and who set the limits?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam, Reevaluation
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
    """**What.** The candidate's model, run by base's own code, gives the answers that the pull request claims: on the
    holdout and, where the policy has them, for the quiz, the shadow rows and the pairs.

    **Why.** Metrics, predictions and lock files can be edited; the model file is what would be deployed. Where the
    two differ, one of them is not what it says.

    **How to fix.** Run `mergegate run` on the pull request and commit what it writes, nothing by hand.
    """

    code: ClassVar[str] = "MG902"
    title: ClassVar[str] = "The claimed predictions are not the model's"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each table that was answered again."""
        for name, again in _reevaluations(exam):
            if again.done:
                differ = again.differing > 0
                yield Finding(
                    rule=self.code, model=name, subject=again.subject,
                    state=State.REGRESSED if differ else State.HELD,
                    said=f"the model answers {again.differing:,} of {again.rows:,} rows otherwise than claimed"
                    if differ
                    else f"base's code and the candidate's model give the claimed answers on {again.rows:,} rows",
                    do="run `mergegate run` again and commit what it writes" if differ else "",
                    blocks=differ,
                )  # fmt: skip


class NotReevaluated:
    """**What.** The candidate's model was not run by base's code, because the pull request changes that code, or base
    has no such stage yet.

    **Why.** When a pull request changes the code that turns a model into predictions, base's code is not the right
    judge of it, and the predictions are the pull request's own claim. Labels still come from base.

    **How to fix.** Review the prediction code like any code; its owners (CODEOWNERS) have to approve it. Where it has
    none the verdict is unsure: name some.
    """

    code: ClassVar[str] = "MG903"
    title: ClassVar[str] = "The model was not run again"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model and reason: the tables that could not be answered again for it."""
        claimed: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for name, again in _reevaluations(exam):
            if not again.done and not again.failed:
                claimed.setdefault((name, again.why_not, again.code), []).append(again.subject)
        for (name, why, code), subjects in claimed.items():
            nobody = [path for path in code if path not in exam.intact.owners]
            do = "have an owner of the prediction code review it"
            if nobody:
                names = f"CODEOWNERS names none for {', '.join(nobody)[:200]}"
                do += f"; {names if exam.intact.known else 'the commit was not there to see whose it is'}"
            yield Finding(
                rule=self.code, model=name, subject=", ".join(subjects), state=State.ABSENT,
                said=f"the predictions are as the pull request claims them: {why}",
                do=do, unsure=bool(nobody),
            )  # fmt: skip


class ModelDoesNotRun:
    """**What.** Base's code could not run the candidate's model, or was given none, and nothing that the pull request
    changes would explain it.

    **Why.** The pull request's own run says that the same code did run it. A file that only the pull request's job can
    read, a pickle for instance, or a model that was left out of the hand-over, would leave the predictions a claim that
    nobody can check.

    **How to fix.** Hand over the model that `mergegate run` writes. A new format of the model needs new prediction
    code: change both in one pull request.
    """

    code: ClassVar[str] = "MG906"
    title: ClassVar[str] = "Base's code cannot run the candidate's model"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each table that ought to have been answered again and was not."""
        for name, again in _reevaluations(exam):
            if again.failed:
                yield Finding(
                    rule=self.code, model=name, subject=again.subject, state=State.ABSENT,
                    said=f"the claimed answers could not be checked: {again.why_not}",
                    do="hand over the model that `mergegate run` writes; the judge's log says how the run ended",
                    blocks=True,
                )  # fmt: skip


def _reevaluations(exam: Exam) -> Iterator[tuple[str, Reevaluation]]:
    for name, model in sorted(exam.models.items()):
        for again in (model.reevaluation, *model.also):
            if again is not None:
                yield name, again
