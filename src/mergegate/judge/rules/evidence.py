"""Is there something to judge?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class BaseEvidence:
    """**What.** Base must have the predictions that head is compared with.

    **Why.** Without them there is no comparison, and silence would look like a pass. Cases are told apart:
    base never had such a pipeline or table (a *bootstrap*: head is judged by its quiz and targets alone, once,
    and the report says so), or base names a table that is nowhere to be found, or named it once and lost its hash
    (the merge is blocked).

    **How to fix.** For a missing table, let the `main` workflow run once on main (Actions, main, Run workflow);
    it reproduces main and publishes its tables. Then run the pull request's checks again.
    """

    code: ClassVar[str] = "MG001"
    title: ClassVar[str] = "Base's evidence is there"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each table that base has not."""
        for absent in exam.absent:
            if absent.side == "base":
                yield Finding(
                    rule=self.code, model=absent.model, subject=absent.what, state=State.ABSENT,
                    said=absent.why, do=absent.do, blocks=not absent.bootstrap,
                )  # fmt: skip


class HeadEvidence:
    """**What.** The pull request must bring every table that the policy names.

    **Why.** A pull request that stops writing a table would otherwise escape the rules that read it.

    **How to fix.** Run `mergegate run`, commit the changed `dvc.lock`, and see that the stage still writes the
    table under the name that `gate.yaml` gives. To drop a check for good, change `gate.yaml` in a pull request of
    its own: the gate judges with the policy of base.
    """

    code: ClassVar[str] = "MG002"
    title: ClassVar[str] = "The pull request's evidence is there"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each table that head has not, and for each model of which no metric has a value."""
        for absent in exam.absent:
            if absent.side == "head":
                yield Finding(
                    rule=self.code, model=absent.model, subject=absent.what, state=State.ABSENT,
                    said=absent.why, do=absent.do, blocks=True,
                )  # fmt: skip
        bare = {absent.model for absent in exam.absent if absent.side}
        for name, model in sorted(exam.models.items()):
            if name not in bare and not any(one.slice.overall for one in model.family.comparisons):
                yield Finding(
                    rule=self.code, model=name, subject="metrics", state=State.ABSENT,
                    said="no metric of the policy has a value on the holdout",
                    do="look at the labels and predictions of the holdout", blocks=True,
                )  # fmt: skip


class TrainingScheduled:
    """**What.** Base's `params.yaml` says `ci.train: schedule`, and the pull request would train again: what only a new
    model could show was not judged. The plan, the data and everything that was in the cache were.

    **Why.** Where training takes hours, it runs on its own machine at its own time, not on every push. The pull request
    must then say what nobody has looked at; a check that is merely missing reads as a pass.

    **How to fix.** Nothing needs fixing: the next scheduled training judges the new model before it is used.
    To have it judged here, train it where there is a machine for it (`mergegate run --push` by someone who may write to
    the remote) and run the checks again: they find the answer in the run cache. `ci.train: pull-request` on main
    trains in every pull request again.
    """

    code: ClassVar[str] = "MG003"
    title: ClassVar[str] = "Not judged: training is scheduled"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each table that waits for the scheduled training."""
        for absent in exam.absent:
            if absent.scheduled:
                yield Finding(
                    rule=self.code, model=absent.model, subject=absent.what, state=State.ABSENT,
                    said=absent.why, do=absent.do,
                )  # fmt: skip
