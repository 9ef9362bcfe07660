"""Is a class or a slice simply too bad, whatever it was before, and is there a corner that got worse?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, Slice, State
from mergegate.judge.levels import Levelled, apart_alpha, apart_level
from mergegate.judge.limit import at_least, broken_blocks, holm_levels, rows_of, said_before, told_only
from mergegate.judge.state import judge
from mergegate.stats.rate import p_above, p_above_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.facts.limits import LimitCell, LimitCheck


@dataclass(frozen=True, slots=True)
class _Held:
    """One cell against one limit."""

    check: LimitCheck
    cell: LimitCell
    times: bool
    """Whether the limit is a multiple of the overall share."""

    @property
    def limit(self) -> float:
        """Head's limit as a share."""
        if self.times:
            return (self.check.policy.vs_overall or 0.0) * self.check.overall.after.value
        return self.check.policy.max or 0.0

    @property
    def limit_before(self) -> float:
        """Base's limit as a share: its own overall share counts."""
        before = self.check.overall.before
        return (self.check.policy.vs_overall or 0.0) * before.value if self.times and before else self.limit

    @property
    def p(self) -> float:
        """Small where head's share is proven to lie beyond the limit."""
        if self.times:
            return p_above_times(self.cell.after, self.check.policy.vs_overall or 0.0, self.check.overall.after)
        return p_above(self.cell.after, self.limit)


class AbsoluteLimit:
    """**What.** The policy's `limits`: the share of mistakes of each class, or of each value of a slice column (false
    positives, false negatives, false discoveries, errors), against a number (`max`) or a multiple of the share over all
    rows (`vs_overall`).

    **Why.** Ten per cent of false alarms overall can be half of the Galas. Every comparison with base passes a model
    that was as bad before, so this asks of head alone. A cell breaks its limit only where the exact lower bound of its
    share lies beyond it; all cells of all limits share one part of alpha (Holm). What was newly broken blocks. What
    base broke already blocks as `broken_before` says: by default unless the pull request makes it better, or leaves all
    predictions as they are. Cells that lie above their limit with too few rows to prove it are listed and do not block.

    **How to fix.** Look at what the class is mistaken for. A limit that was set too tightly is loosened by an owner of
    the policy, in a pull request of its own.
    """

    code: ClassVar[str] = "MG304"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "A class or slice breaks its limit"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each cell that lies above its limit, and one for each limit."""
        checks = [check for _, model in sorted(exam.models.items()) for check in model.limits]
        held = [
            _Held(check, cell, times)
            for check in checks
            for times, limit in ((False, check.policy.max), (True, check.policy.vs_overall))
            if limit is not None
            for cell in check.cells
        ]
        p = [one.p for one in held]
        levels = holm_levels(p, apart_alpha(exam.policy, "limits"))
        broken = [one_p <= level for one_p, level in zip(p, levels, strict=True)]
        for one, level, is_broken in zip(held, levels, broken, strict=True):
            if is_broken or one.cell.after.value > one.limit:
                yield self._cell(one, level, broken=is_broken)
        for check in checks:
            own = [is_broken for one, is_broken in zip(held, broken, strict=True) if one.check is check]
            yield self._whole(check, sum(own))

    def _cell(self, one: _Held, level: float, *, broken: bool) -> Finding:
        check, cell, policy = one.check, one.cell, one.check.policy
        before = cell.before.value if cell.before else None
        blocks = broken and broken_blocks(
            before, cell.after.value, one.limit_before, policy.broken_before, identical=check.identical
        )
        still = broken and told_only(before, cell.after.value, blocks=blocks, identical=check.identical)
        return Finding(
            rule=self.code,
            model=check.model,
            subject=policy.metric,
            slice=Slice(policy.per, cell.value),
            state=State.HELD if still else State.REGRESSED if broken else State.CANNOT_TELL,
            informs=still,
            said=_said(one, level, broken=broken),
            do="look at what it is mistaken for" if broken else "",
            before=before,
            after=cell.after.value,
            blocks=blocks,
            better="lower",
        )

    def _whole(self, check: LimitCheck, broken: int) -> Finding:
        policy = check.policy
        limits = [f"at most {policy.max:g}"] if policy.max is not None else []
        limits += [f"at most {policy.vs_overall:g} times the overall share"] if policy.vs_overall is not None else []
        small = f"; {check.small:,} more have too few rows to be judged" if check.small else ""
        overall = check.overall
        return Finding(
            rule=self.code, model=check.model, subject=f"{policy.metric} per {policy.per}", state=State.HELD,
            said=f"{policy.metric} per {policy.per}, {' and '.join(limits)}: {broken:,} limits are proven to be broken "
            f"among {len(check.cells):,} values{small}; over all rows it is {overall.after.value:.4f}",
        )  # fmt: skip


def _said(one: _Held, level: float, *, broken: bool) -> str:
    cell, policy = one.cell, one.check.policy
    said = f"{policy.metric} of {cell.value} is {cell.after.value:.4f} ({cell.after.hits:,} of {cell.after.n:,} rows)"
    times = f", {policy.vs_overall:g} times the share over all rows" if one.times else ""
    if broken:
        before = cell.before.value if cell.before else None
        said += f": {at_least(cell.after, level)}, beyond the limit {one.limit:.4g}{times}; "
        said += said_before(before, cell.after.value, one.limit_before)
    else:
        said += f": above the limit {one.limit:.4g}{times}, but {rows_of(cell.after)} do not prove it"
        said += f"; it was {cell.before.value:.4f}" if cell.before else ""
    return f"{said}; mostly {cell.mostly}" if cell.mostly else said


class WorstConjunction:
    """**What.** Of all conjunctions of two slice columns (German and lights), and of a column and the label, the one
    that lost most right answers: found on one half of the rows, tested on the other.

    **Why.** A model can break in a corner that no single column shows. Looking at hundreds of corners and then testing
    the worst on the same rows finds something wrong with every model; here the rows that choose are not the rows that
    judge (halves by a hash of the group), so that one test at its own part of alpha is honest. It blocks where accuracy
    there is proven to have fallen by more than `margin`.

    **How to fix.** Look at the rows of the conjunction that were right before and are wrong now.
    """

    code: ClassVar[str] = "MG305"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "A conjunction of two columns got worse"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model whose policy asks for the search, and whose predictions changed."""
        level = apart_level(exam.policy, "worst_conjunction")
        for name, model in sorted(exam.models.items()):
            searched = model.joint.conjunction
            if searched is None or model.identical or not model.family.comparisons:
                continue
            if model.conjunction is None:
                yield Finding(
                    rule=self.code, model=name, subject="worst conjunction", state=State.HELD,
                    said=f"none of {searched.tried:,} conjunctions got worse on the half of the rows that was searched",
                )  # fmt: skip
                continue
            where = " and ".join(searched.values)
            do = f"look at the rows with {where} that were right before and are wrong now"
            found = judge(Levelled(model.conjunction, level, "slice"), self.code, exam.policy.models[name], do=do)
            told = (
                f"; the worst of {searched.tried:,} conjunctions on one half of the rows ({searched.net:,} net losses "
            )
            told += f"in {searched.rows:,} rows there), tested on the other"
            yield replace(found, said=found.said + told)
