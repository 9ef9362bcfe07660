"""Does the new model still answer the questions whose answers are known by heart?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.judge.state import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts import Quiz, QuizItem
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled

_HEADER = ("id", "text", "right answer", "before", "now")


def _row(item: QuizItem) -> tuple[str, ...]:
    return item.id, item.text, item.label, item.base or "(not asked)", item.head or "(no answer)"


class MustPass:
    """**What.** The quiz items that are marked as must-pass are answered rightly, every one.

    **Why.** Some mistakes are not a matter of averages: a door that unlocks when told to lock. No score elsewhere
    makes up for one, so no statistics are involved. Labels and marks come from base's quiz, where it has the item.

    **How to fix.** Make the model answer the item. A wrong item is mended in a pull request of its own.
    """

    code: ClassVar[str] = "MG401"
    title: ClassVar[str] = "A must-pass question failed"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model with a quiz that has must-pass items."""
        for name, model in sorted(exam.models.items()):
            if model.quiz and any(item.must_pass for item in model.quiz.items):
                yield self._judge(name, model.quiz)

    def _judge(self, name: str, quiz: Quiz) -> Finding:
        must = [item for item in quiz.items if item.must_pass]
        failed = [item for item in must if item.head != item.label]
        return Finding(
            rule=self.code,
            model=name,
            subject="must-pass questions",
            state=State.REGRESSED if failed else State.HELD,
            said=f"{len(failed)} of {len(must)} must-pass questions are answered wrongly"
            if failed
            else f"all {len(must)} must-pass questions are answered rightly",
            do="make the model answer these questions rightly" if failed else "",
            blocks=bool(failed),
            examples=(_HEADER, *map(_row, failed)) if failed else (),
        )


class QuizScore:
    """**What.** The quiz's score is no worse than base's: exactly tested, or by a fixed number of new failures.

    **Why.** The quiz is small, so a change of one or two items is often chance; but whoever merges should see each
    item that newly fails or newly passes. With `max_newly_failed` in the policy the count decides, without it the
    paired exact test does.

    **How to fix.** Look at the newly failed items: each is a sentence that a person wrote because it matters.
    """

    code: ClassVar[str] = "MG402"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The quiz was answered worse"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:
        """One finding for each model with a quiz that base was asked, too."""
        for item in levelled:
            if item.kind == "quiz" and (quiz := exam.models[item.comparison.model].quiz):
                yield self._judge(item, quiz, exam)

    def _judge(self, item: Levelled, quiz: Quiz, exam: Exam) -> Finding:
        policy = exam.policy.models[quiz.model]
        found = judge(item, self.code, policy, do="")
        failed = [one for one in quiz.items if one.newly_failed]
        passed = [one for one in quiz.items if one.newly_passed]
        state, blocks = found.state, found.blocks
        limit = policy.quiz.max_newly_failed if policy.quiz else None
        if limit is not None:
            blocks = len(failed) > limit
            state = State.REGRESSED if blocks else found.state if found.state is not State.REGRESSED else State.HELD
        if not failed and not passed:
            state = State.HELD
        changed = [*failed, *passed]
        return replace(
            found,
            subject="quiz",
            state=state,
            said=f"{quiz.after} of {len(quiz.items)} questions right, before {quiz.before}: "
            f"{len(failed)} newly failed, {len(passed)} newly passed",
            do="look at the newly failed questions" if blocks else "",
            blocks=blocks,
            examples=(_HEADER, *map(_row, changed)) if changed else (),
        )
