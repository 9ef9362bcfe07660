"""Is what would be served the card, and nothing but the card?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.judge.criteria import criteria_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.criteria import CriteriaExam
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class GeneratedIsCard:
    """**What.** The generated code is the card's: each file says the digest of head's card, and base's own generator,
    run again on head's card, gives the same bytes. What the pull request commits of them is what its pipeline makes;
    what it leaves as it is on base, main commits after the merge.

    **Why.** The generated code is what decides. If somebody edits it, or forgets to make it anew, people read one set
    of criteria and are judged by another.

    **How to fix.** Run `mergegate run` and commit the card and the generated files as it writes them. A pull request
    that changes the generator itself cannot be held against base's: have its owners review it.
    """

    code: ClassVar[str] = "MG710"
    title: ClassVar[str] = "The generated code is not the card's"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for all files of a card; one more where base's generator could not be the judge."""
        for name, found, policy in criteria_of(exam):
            if found.head is None:
                continue
            if found.generated or found.stale:
                yield self._files(name, found)
            why = next((one.not_rerun for one in found.generated if one.not_rerun), "")
            if why:
                yield Finding(
                    rule=self.code, model=name, subject="generator", state=State.ABSENT,
                    said=f"base's {policy.stage or 'generator'} was not run on head's card: {why}",
                    do="have an owner of the generator review the generated files",
                )  # fmt: skip

    def _files(self, name: str, found: CriteriaExam) -> Finding:
        wrong = [f"{one.path} {one.problem}" for one in found.generated if one.problem]
        wrong += [f"{found.stale}: what is committed is not what the pipeline makes"] if found.stale else []
        again = sum(one.rerun for one in found.generated)
        how = "; base's generator makes the same bytes" if again else ""
        count = len(found.generated)
        files = "the generated file carries" if count == 1 else f"all {count} generated files carry"
        fine = f"{files} the card's digest{how}"
        fine += f"; main will commit {found.pending} as the pipeline makes it" if found.pending else ""
        return Finding(
            rule=self.code, model=name, subject="generated code", state=State.REGRESSED if wrong else State.HELD,
            said="; ".join(wrong) or fine, blocks=bool(wrong),
            do="run `mergegate run`, and commit what it writes" if wrong else "",
        )  # fmt: skip


class NothingButTheCard:
    """**What.** With `auditable: required`, nothing but the card may decide: head has a card that can be read, and each
    prediction on the holdout is the card's own decision.

    **Why.** Where a decision must be explained, a model that is better by a point and that nobody can follow is no
    improvement. docs/auditability.md has the questions behind it.

    **How to fix.** Serve the card. To serve a model there, change the policy first, in a pull request of its own.
    """

    code: ClassVar[str] = "MG715"
    title: ClassVar[str] = "Something other than the card decides"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model of which the policy requires it."""
        for name, found, _ in criteria_of(exam):
            if exam.policy.models[name].auditable != "required":
                continue
            decided = found.decided
            if found.head is None:
                wrong, said = True, "there is no card that can be judged, so something else would decide"
            elif decided is None:
                continue  # The predictions are absent, which another rule says.
            else:
                wrong = decided.differing > 0
                said = f"{decided.differing:,} of {decided.rows:,} predictions are not what the card decides"
            yield Finding(
                rule=self.code, model=name, subject="auditable", state=State.REGRESSED if wrong else State.HELD,
                said=said if wrong else f"all {decided.rows if decided else 0:,} predictions are the card's decisions",
                do="serve the card; or change `auditable` in the policy first, in a pull request of its own"
                if wrong
                else "",
                blocks=wrong, examples=decided.examples if decided else (),
            )  # fmt: skip
