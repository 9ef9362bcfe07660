"""Does the model look at what it must not look at?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, Slice, State
from mergegate.judge.levels import apart_alpha
from mergegate.judge.limit import at_least, broken_blocks, holm_levels, rows_of, said_before, told_only, within
from mergegate.stats.bounds import p_drop, p_gain
from mergegate.stats.rate import lower, p_above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.answerpolicy import BrokenBefore
    from mergegate.facts.exam import Exam
    from mergegate.facts.invariance import Invariances, KindCheck
    from mergegate.judge.levels import Levelled


class InvarianceBroken:
    """**What.** Pairs of rows that differ only in what the model must not look at (politeness, case, a trailing full
    stop, the digits of a duration, the name of a room): the share of pairs of each kind whose two answers differ, old
    and new, with examples.

    **Why.** A model can be right on average and still have learnt the font instead of the cat. No label is needed to
    see it: the two answers of a pair contradict each other. A kind blocks where more than `max_rate` of its pairs are
    proven to flip, with an interval that knows which pairs belong together; all kinds share one part of alpha (Holm).
    Whether this pull request made it worse is tested apart, on the same pairs. A kind that was beyond its limit on
    base already blocks unless head makes it better (`broken_before` in the policy: `block`, `unless_better`,
    `inform`). Which pairs there are is base's to say.

    **How to fix.** Look at the pairs. Take the thing out of the features, or teach it: put both halves of such pairs
    into the training data.
    """

    code: ClassVar[str] = "MG602"
    title: ClassVar[str] = "The model looks at what it must not"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each kind of pair."""
        found = [model.invariances for _, model in sorted(exam.models.items()) if model.invariances]
        checks = [(one, kind) for one in found for kind in one.kinds]
        p = [p_above(kind.after, kind.limit) for _, kind in checks]
        levels = holm_levels(p, apart_alpha(exam.policy, "invariances"))
        for (one, kind), level in zip(checks, levels, strict=True):
            asked = exam.policy.models[one.model].invariances
            if asked:
                yield self._judge(one, kind, asked.broken_before, level, exam.policy.alpha)
        for one in found:
            yield from self._left_out(one, exam.policy.models[one.model].min_coverage)

    def _judge(self, one: Invariances, kind: KindCheck, what: BrokenBefore, level: float, alpha: float) -> Finding:
        rate, before = kind.after, kind.before.value if kind.before else None
        beyond = lower(rate, level) > kind.limit
        blocks = beyond and broken_blocks(before, rate.value, kind.limit, what, identical=one.identical)
        still = beyond and told_only(before, rate.value, blocks=blocks, identical=one.identical)
        return Finding(
            rule=self.code,
            model=one.model,
            subject="flip rate",
            slice=Slice("kind", kind.kind),
            state=State.HELD if still else State.REGRESSED if beyond else within(rate, kind.limit, alpha),
            informs=still,
            said=_said(kind, level, beyond=beyond, same=one.identical),
            do=f"look at the pairs of the kind {kind.kind}" if beyond else "",
            before=before,
            after=rate.value,
            blocks=blocks,
            better="lower",
            examples=() if one.identical else _examples(one, kind.kind),
        )

    def _left_out(self, one: Invariances, least: float) -> Iterator[Finding]:
        """Where head answered too few of base's pairs, or none."""
        if one.coverage < least or not one.kinds:
            answered = sum(kind.after.n for kind in one.kinds)
            yield Finding(
                rule=self.code, model=one.model, subject="pairs", state=State.ABSENT,
                said=f"of base's {answered + one.rows.unanswered:,} pairs head answered {answered:,} "
                f"({one.rows.new:,} are new): only those can be judged",
                do="keep the pairs, or see that an owner of the data knows why they went", unsure=True,
            )  # fmt: skip


def _examples(one: Invariances, kind: str) -> tuple[tuple[str, ...], ...]:
    """The pairs of a kind that are shown, below the header."""
    rows = tuple(row for row in one.rows.examples[1:] if row[0] == kind)
    return (one.rows.examples[0], *rows) if rows else ()


def _said(kind: KindCheck, level: float, *, beyond: bool, same: bool) -> str:
    rate = kind.after
    said = (
        f"{rate.hits:,} of {rate.n:,} pairs that differ only in {kind.kind} are answered differently ({rate.value:.4f})"
    )
    if beyond:
        before = kind.before.value if kind.before else None
        said += (
            f": {at_least(rate, level)}, beyond the limit {kind.limit:g}; {said_before(before, rate.value, kind.limit)}"
        )
    elif rate.value > kind.limit:
        said += f": above the limit {kind.limit:g}, but {rows_of(rate)} do not prove it"
    else:
        said += f", within the limit {kind.limit:g}"
    return said + _trend(kind, level, same=same)


def _trend(kind: KindCheck, level: float, *, same: bool) -> str:
    """What the paired test says of this pull request."""
    if same:
        return "; the answers are the same as base's"
    if kind.gain is None or kind.before is None:
        return ""
    if p_drop(kind.gain, 0.0) <= level:
        return "; this pull request made it worse, as the same pairs show"
    return "; this pull request made it better, as the same pairs show" if p_gain(kind.gain) <= level else ""
