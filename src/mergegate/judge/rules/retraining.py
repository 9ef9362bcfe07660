"""Does the retraining still come?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Absent, Finding, State
from mergegate.facts.retraining import ALARM_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.facts.retraining import Retraining
    from mergegate.judge.levels import Levelled


class RetrainingLate:
    """**What.** Base's `params.yaml` says how often to retrain (`ci.retrain.every`), and for three such periods no
    commit has changed the data. It informs and blocks nothing.

    **Why.** A schedule dies quietly: GitHub switches it off after 60 days without activity, a token expires, a source
    moves, a retraining is blocked and nobody comes back to it. The model meanwhile ages in production, and no pull
    request would ever show it.

    **How to fix.** Look at the last runs of the workflow `retrain` and at the pull requests that it opened; run it by
    hand (Actions, retrain, Run workflow). Where new data really comes less often, say so in `ci.retrain.every`.
    """

    code: ClassVar[str] = "MG403"
    title: ClassVar[str] = "No retraining for three periods"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding where params.yaml has a schedule."""
        if isinstance(exam.retraining, Absent):
            yield Finding(
                rule=self.code, model="", subject="retraining", state=State.ABSENT,
                said=exam.retraining.why, do=exam.retraining.do,
            )  # fmt: skip
        elif exam.retraining is not None:
            yield self._judge(exam.retraining)

    def _judge(self, found: Retraining) -> Finding:
        days = (found.today - found.last).days
        every = "every week" if found.weeks == 1 else f"every {found.weeks} weeks"
        names = ", ".join(found.data)
        said = f"{names} last changed on {found.last:%Y-%m-%d}, {'1 day' if days == 1 else f'{days} days'} ago"
        alarm = f": {ALARM_AFTER} periods and more without a retraining, which is to come {every}"
        return Finding(
            rule=self.code, model="", subject="retraining",
            state=State.REGRESSED if found.late else State.HELD,
            said=said + (alarm if found.late else f"; a retraining is to come {every}"),
            do="look at the last runs of the workflow `retrain` and at its open pull requests" if found.late else "",
        )  # fmt: skip
