"""What do the criteria do to groups of people, and what does it cost to be readable?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Discordant, Estimate, Finding, Slice, State
from mergegate.judge.criteria import criteria_of, levels_of
from mergegate.judge.limit import broken_blocks, said_before, told_only
from mergegate.judge.state import state_of
from mergegate.stats.bounds import bounds
from mergegate.stats.rate import lower, upper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.facts.criteria import Change, CriteriaExam, GroupCheck
    from mergegate.facts.criteriapolicy import CriteriaPolicy
    from mergegate.facts.exam import Exam
    from mergegate.facts.limits import Rate
    from mergegate.judge.criteria import Key
    from mergegate.judge.levels import Levelled

    Levels = Mapping[Key, tuple[float, float]]

_SHOWN = 0.025
"""One-sided level of an interval that is only shown."""


class CeilingGap:
    """**What.** How far the card's AUC lies below that of an unrestricted model, `ceiling`, on the same rows: proven
    beyond `gap`, it blocks, unless it was beyond it on base already and is no larger now. On the held-out rows; and,
    where the policy names a `crossfit`, on the training rows, each scored by a card and a ceiling that were made
    without it. Either can block; where one proves the gap to be within the limit, what the other cannot tell is shown.

    **Why.** What readable criteria cost must be known. A card that loses much leaves something out that could be said.
    A few hundred held-out rows seldom prove a small gap; the cross-fit says of the recipe, on several times as many
    rows, what they cannot say of the card. The judge has main's own stages make its scores again, with the pull
    request's params and against main's ceiling, and leaves them out where those do not make the same card.

    **How to fix.** Give the card another bin or rule; or have an owner accept what it costs.
    """

    code: ClassVar[str] = "MG706"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The card falls behind what is possible"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each card whose ceiling is known, and one of its cross-fit."""
        for name, found, policy in criteria_of(exam):
            levels = levels_of(exam, found, policy)
            told = [
                self._judge(name, found, _Gap(subject, gap, before, *levels[key]), policy)
                for subject, key, gap, before in (
                    ("gap to the ceiling", ("gap",), found.gap, found.gap_before),
                    ("gap to the ceiling, cross-fitted", ("crossed",), found.crossed, found.crossed_before),
                )
                if gap
            ]
            yield from _settled(told)

    def _judge(self, name: str, found: CriteriaExam, asked: _Gap, policy: CriteriaPolicy) -> Finding:
        gap, p, level = asked.gap, asked.p, asked.level
        after, before = gap.before - gap.after, None if asked.before is None else 0.0 - asked.before
        low, high = (-one for one in reversed(bounds(gap.basis, level)))
        beyond = p <= level
        blocks = beyond and broken_blocks(before, after, policy.gap, "unless_better", identical=found.same)
        within = State.HELD if high <= policy.gap or found.same else State.CANNOT_TELL
        said = (
            f"the card's AUC is {gap.after:.4f} and the ceiling's {gap.before:.4f}: "
            f"{abs(after):.4f} {'below' if after >= 0 else 'above'} it "
            f"({100 * (1 - 2 * level):.4g} % {low:.4f} to {high:.4f} below) on {gap.n:,} rows; "
            f"the limit is {policy.gap:g}"
        ).replace("-", "−")
        now = f"; {said_before(before, after, policy.gap)}" if beyond else ""
        was = f"; it was {before:.4f} on base".replace("-", "−") if before is not None and not beyond else ""
        return Finding(
            rule=self.code, model=name, subject=asked.subject, better="lower", blocks=blocks,
            state=State.REGRESSED if blocks else State.HELD if beyond else within, said=said + now + was,
            informs=(beyond and told_only(before, after, blocks=blocks, identical=found.same))
            or (found.same and high > policy.gap),
            do="give the card another bin or rule, or have an owner accept what it costs" if blocks else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gap:
    """One gap, on one kind of rows, and its test."""

    subject: str
    gap: Change
    before: float | None
    p: float
    level: float


def _settled(told: list[Finding]) -> list[Finding]:
    """Where one kind of rows proves the gap to be within the limit, what the other cannot tell only informs."""
    if not any(one.state is State.HELD and not one.informs for one in told):
        return told
    return [replace(one, state=State.HELD, informs=True) if one.state is State.CANNOT_TELL else one for one in told]


class _OfGroups(ABC):
    """What the two rules on groups share: a paired change, judged at its level."""

    code: ClassVar[str]
    kind: ClassVar[str]
    subject: ClassVar[str]
    better: ClassVar[str]

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each audit column that tells people apart."""
        for name, found, policy in criteria_of(exam):
            levels = levels_of(exam, found, policy) if found.groups else {}
            for group in found.groups:
                change = self.change(group)
                said = self.said(group)
                if change is not None:
                    yield self._judge(name, group, change, policy, levels)
                elif said:
                    yield Finding(
                        rule=self.code, model=name, subject=self.subject, state=State.HELD, informs=True, said=said,
                        slice=Slice(group.name, "1"), better=self.better,
                    )  # fmt: skip

    def _judge(self, name: str, group: GroupCheck, change: Change, policy: CriteriaPolicy, levels: Levels) -> Finding:
        margin = policy.group_margin
        _, level = levels.get((self.kind, group.name), (1.0, _SHOWN))
        estimate, state = _judged(change, level, margin or 0.0, down=self.better == "lower")
        blocks = state is State.REGRESSED and margin is not None
        return Finding(
            rule=self.code, model=name, subject=self.subject, slice=Slice(group.name, "1"), better=self.better,
            state=state if margin is not None else State.HELD, blocks=blocks, informs=margin is None,
            said=self.said(group), before=change.before, after=change.after, margin=margin, change=estimate,
            do=f"{self.said(group)}; the flips and the proxies say which rule does it" if blocks else "",
        )  # fmt: skip

    @abstractmethod
    def change(self, group: GroupCheck) -> Change | None:
        """What is tested; None where there is nothing to compare."""

    @abstractmethod
    def said(self, group: GroupCheck) -> str:
        """The numbers in words; empty where there are none."""


def _judged(change: Change, level: float, margin: float, *, down: bool) -> tuple[Estimate, State]:
    """The change with its interval; where nobody of the group is decided otherwise there is none to estimate."""
    basis = change.basis
    still = basis.gained == basis.lost == 0 if isinstance(basis, Discordant) else change.before == change.after
    if still and not getattr(basis, "se", 0.0):
        same = Estimate(0.0, 0.0, 0.0, change.n, "identical decisions", 1.0, change.groups)
        return same, State.HELD
    low, high = bounds(basis, level)
    ends = (-high, -low) if down else (low, high)
    value = change.after - change.before
    return Estimate(value, *ends, change.n, change.method, 1 - 2 * level, change.groups), state_of(low, high, margin)


class ApprovalRatio(_OfGroups):
    """**What.** The approval ratio of each audit group (the adverse impact ratio): the share of the group that the card
    approves, by the share of all others; with its interval before and after, and its change tested on the same people.
    Proven to fall by more than `group_margin`, it blocks.

    **Why.** A change that moves no metric can turn more of one group down. These are facts about decisions; what they
    mean in law the gate does not say.

    **How to fix.** See which rule does it: MG705 lists who flips, MG713 what the points of each rule do to the group.
    An owner can accept it.
    """

    code: ClassVar[str] = "MG711"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "A group is approved less often, beside all others"
    kind: ClassVar[str] = "ratio"
    subject: ClassVar[str] = "approval ratio"
    better: ClassVar[str] = "higher"

    def change(self, group: GroupCheck) -> Change | None:
        """Of the ratio."""
        return group.ratio

    def said(self, group: GroupCheck) -> str:
        """Shares, and the ratio with its interval."""
        inside, outside = group.approved
        before, after = group.ratios
        ratio = f"approval ratio {after}" if after else "no approval ratio"
        was = f"; it was {before}" if before else ""
        return f"approved are {_share(inside)} of {group.name} = 1 and {_share(outside)} of all others: {ratio}{was}"


class FalseDenials(_OfGroups):
    """**What.** Of those of each audit group who should be approved, the share that the card turns down; with its
    interval before and after, and its change tested on the same people. Proven to rise by more than `group_margin`, it
    blocks.

    **Why.** Being turned down wrongly is the mistake that hurts an applicant, and an average hides whom it hits.

    **How to fix.** As for the approval ratio. An owner can accept it.
    """

    code: ClassVar[str] = "MG712"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "More of a group are turned down wrongly"
    kind: ClassVar[str] = "denials"
    subject: ClassVar[str] = "false denials"
    better: ClassVar[str] = "lower"

    def change(self, group: GroupCheck) -> Change | None:
        """Of the share."""
        return group.denials

    def said(self, group: GroupCheck) -> str:
        """The share with its interval, before and after."""
        before, after = group.denied
        if after is None:
            return ""
        was = f"; it was {_share(before)}" if before else ""
        return f"of those of {group.name} = 1 who should be approved, {_share(after)} are turned down{was}"


def _share(rate: Rate) -> str:
    return f"{rate.value:.1%} ({lower(rate, _SHOWN):.1%} to {upper(rate, _SHOWN):.1%}) of {rate.n:,}"
