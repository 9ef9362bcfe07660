"""Did a metric get worse, overall or on a slice?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from mergegate.judge.state import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts import Finding
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


SHOWN = 20
"""Rows of a finding; report.html has more."""


class MetricDrop:
    """**What.** Each metric of the policy, over all rows of the holdout, base against head, paired by id.

    **Why.** This is the question of the gate: did the model get worse by more than the team accepts? It blocks
    only when the whole interval of the change lies beyond the margin; the interval respects groups, and its level
    shares one false-block rate with every other check of the pull request.

    **How to fix.** Look at the rows that were right before and are wrong now, find what they have in common, and
    mend that. If the drop is the price of something better, an owner can accept it.
    """

    code: ClassVar[str] = "MG301"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "A metric dropped"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:
        """One finding for each metric."""
        do = "look at the rows that were right before and are wrong now"
        shown: set[str] = set()
        for item in levelled:
            if item.kind == "metric":
                name = item.comparison.model
                found = judge(item, self.code, exam.policy.models[name], do=do)
                rows = exam.models[name].joint.examples
                listed = replace(found, examples=rows[: 1 + SHOWN], full=rows if len(rows) > 1 + SHOWN else ())
                yield found if name in shown else listed
                shown.add(name)


class SliceDrop:
    """**What.** Each metric of the policy on each slice (a language, a region), base against head.

    **Why.** A rise overall can hide a slice that broke. Slices are tested whatever the overall metric does, and
    all together have about half of the one false-block rate, so that twenty slices do not mean twenty false alarms.

    **How to fix.** Look at that slice's rows. Too few rows to tell? Add some of that slice to the holdout.
    """

    code: ClassVar[str] = "MG302"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "A metric dropped on a slice"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:
        """One finding for each metric and slice."""
        for item in levelled:
            if item.kind == "slice":
                do = f"look at the rows with {item.comparison.slice} that were right before and are wrong now"
                yield judge(item, self.code, exam.policy.models[item.comparison.model], do=do)
