"""Was the holdout made easier by what left it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.facts.holdout import Picked
    from mergegate.judge.levels import Levelled

LEVEL = 0.001
"""For all tests of one model together; asked only where rows left the holdout, and apart from alpha."""


class HoldoutPicked:
    """**What.** Where rows left the holdout: whether base's model has more of them wrong than chance makes of its error
    rate, and, where the judge could run it on all of base's holdout, whether the candidate's model has. Groups count
    as wholes; without groups the test is Fisher's exact one (mid-p). At 0.1 % for both tests of a model together.

    **Why.** The comparison is paired, so a row that left helps neither side there. But it lifts the score that a target
    asks for, and that the next pull request is measured by; and a row that only the new model has wrong would have
    counted against it.

    **How to fix.** Put the rows back. Where they were wrong themselves, take them out in a pull request of its own that
    changes no model, and have an owner of the data accept it.
    """

    code: ClassVar[str] = "MG208"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The rows that left the holdout were picked"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model whose answers were looked at."""
        for name, model in sorted(exam.models.items()):
            for one in model.picked:
                yield self._finding(name, one, LEVEL / len(model.picked))

    def _finding(self, name: str, one: Picked, level: float) -> Finding:
        worse = one.p <= level
        groups = "" if one.groups is None else " in 1 group" if one.groups == 1 else f" in {one.groups:,} groups"
        usual = one.wrong_rows / one.rows if one.rows else 0.0
        share = one.wrong / one.removed if one.removed else 0.0
        return Finding(
            rule=self.code, model=name, subject=f"rows that left, by {one.who}",
            state=State.REGRESSED if worse else State.HELD,
            said=f"{one.who} has {one.wrong:,} of the {one.removed:,} rows wrong that left the holdout{groups} "
            f"({share:.1%}), against {usual:.1%} of all {one.rows:,}: "
            + (f"chance does that in {one.p:.1g} of cases" if worse else "no more than chance allows"),
            do="put the rows back, or have an owner of the data accept that they went" if worse else "",
            blocks=worse, examples=one.examples if worse else (),
        )  # fmt: skip
