"""Is the holdout still the same exam?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class HoldoutRows:
    """**What.** Rows that only base or only head answered are counted and named.

    **Why.** Dropping the hard rows is the cheapest way to a better score. The comparison uses only the rows that
    both answered; where they are less of base's holdout than the policy's `min_coverage`, they decide nothing.

    **How to fix.** Answer every row of base's holdout. Where rows left the data for a reason, say it in the pull
    request: the owner of the data (CODEOWNERS) has to approve it.
    """

    code: ClassVar[str] = "MG201"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "Holdout rows that came or went"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for a model whose tables do not have the same ids."""
        for name, model in sorted(exam.models.items()):
            joint, least = model.joint, exam.policy.models[name].min_coverage
            if joint.only_base or joint.only_head:
                share = joint.n / (joint.n + joint.only_base)
                few = share < least
                asked = f" ({share:.1%} of base's, and the policy asks for {least:.1%})" if few else ""
                yield Finding(
                    rule=self.code, model=name, subject="holdout",
                    state=State.REGRESSED if few else State.CANNOT_TELL,
                    said=f"{joint.only_base:,} rows of base's holdout were not answered and {joint.only_head:,} are "
                    f"new; the {joint.n:,} rows that both answered are compared{asked}",
                    do="answer the rows of base's holdout, or have an owner of the data accept that they went"
                    if few
                    else "see that the owner of the data knows why rows came or went",
                    blocks=few,
                )  # fmt: skip


class HoldoutRelabelled:
    """**What.** Holdout rows whose label differs from base's are counted.

    **Why.** Changing the answer key is not learning. A label may be mended, but then somebody other than the
    author should see it.

    **How to fix.** Mend labels in a pull request of their own, which an owner of the data approves.
    """

    code: ClassVar[str] = "MG202"
    title: ClassVar[str] = "Holdout rows that were relabelled"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for a model whose holdout has changed labels."""
        for name, model in sorted(exam.models.items()):
            if model.joint.relabelled:
                yield Finding(
                    rule=self.code, model=name, subject="holdout", state=State.CANNOT_TELL,
                    said=f"{model.joint.relabelled:,} holdout rows have another label than on base",
                    do="mend labels in a pull request of their own, approved by an owner of the data",
                    unsure=True,
                )  # fmt: skip


class HoldoutReuse:
    """**What.** How many merges this very holdout (its ids and labels) has decided, as `metrics/history.jsonl` tells.

    **Why.** Each merge keeps what looked well on these rows, and the next one builds on it, so that main slowly
    learns the holdout without ever having seen it. After k decisions of three outcomes each, what the rows promise
    is wider than on the first day by sqrt(1 + k ln 3 / ln(2 / alpha)) (the description-length bound of Dwork et al.,
    NeurIPS 2015): twice as wide after 11 merges at an alpha of 5 %. Then the holdout is due. Nothing is blocked for
    it. Only merges are counted: whoever also tunes by the numbers of pull requests that were not merged wears the
    holdout out sooner.

    **How to fix.** Collect new rows, or hold out others (another `salt` of the split), in a pull request of its own;
    the count starts again by itself.
    """

    code: ClassVar[str] = "MG203"
    title: ClassVar[str] = "The holdout was used often"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model whose predictions changed, where main has a history."""
        for name, model in sorted(exam.models.items()):
            reuse = model.reuse
            if reuse is None:
                continue
            due = reuse.merges >= reuse.renew_after
            merges = "1 merge" if reuse.merges == 1 else f"{reuse.merges} merges"
            yield Finding(
                rule=self.code, model=name, subject="holdout reuse",
                state=State.CANNOT_TELL if due else State.HELD,
                said=f"this holdout has decided {merges}, so that what it promises is {reuse.wear:.1f} times as wide "
                f"as on the first day; renew it after {reuse.renew_after}",
                do="renew the holdout in a pull request of its own: new rows, or another split" if due else "",
            )  # fmt: skip
