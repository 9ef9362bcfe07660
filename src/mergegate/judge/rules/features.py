"""What do the criteria look at: a stand-in for a group of people, or what is known only after the decision?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.judge.criteria import criteria_of, levels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.facts.criteria import Change, CriteriaExam, ProxyCheck, Told
    from mergegate.facts.criteriapolicy import CriteriaPolicy
    from mergegate.facts.exam import Exam
    from mergegate.judge.criteria import Key
    from mergegate.judge.levels import Levelled

    Levels = Mapping[Key, tuple[float, float]]


class ProxyFeature:
    """**What.** How well what the card looks at tells who is in an audit group: all features together and each alone,
    as an AUC with its interval, of people that the fit has not seen. An audit column itself may never be a feature.
    Another feature, or all together, blocks where it is proven to lie beyond `proxy` and base's card did not have it.
    The table says what each rule's points do to the group, and what the card would lose without the clearest stand-in.

    **Why.** A card that does not look at race can do so through a zip code. What stands in for it must not slip in
    unseen.

    **How to fix.** Leave the feature out; the finding says what that costs. It is not an owner's to accept by a
    comment: to allow it, change the policy first, in a pull request of its own.
    """

    code: ClassVar[str] = "MG713"
    title: ClassVar[str] = "A feature stands in for a group of people"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each audit column that is a feature, and one for each audit column."""
        for name, found, policy in criteria_of(exam):
            for feature in found.head.features if found.head else ():
                if feature in policy.audit:
                    yield self._named(name, feature, found)
            levels = levels_of(exam, found, policy) if found.proxies else {}
            for proxy in found.proxies:
                yield self._judge(name, proxy, found, policy, levels)

    def _named(self, name: str, feature: str, found: CriteriaExam) -> Finding:
        best = [(told.auc.value, proxy.name, told) for proxy in found.proxies for told in proxy.alone
                if told.feature == feature and proxy.name != feature]  # fmt: skip
        also = f"; alone it also tells {max(best)[1]} with an AUC of {max(best)[2].auc}" if best else ""
        return Finding(
            rule=self.code, model=name, subject=f"feature {feature}", state=State.REGRESSED, blocks=True,
            said=f"{feature} is for audit alone, and the card has a rule on it{also}",
            do=f"leave {feature} out of the card",
        )  # fmt: skip

    def _judge(
        self, name: str, proxy: ProxyCheck, found: CriteriaExam, policy: CriteriaPolicy, levels: Levels
    ) -> Finding:
        every = [one for one in (proxy.together, *proxy.alone) if one]
        beyond = [one for one in every if _beyond(levels, ("proxy", proxy.name, one.feature))]
        over = [one for one in every if policy.proxy is not None and one.auc.value > policy.proxy and one not in beyond]
        said = _told(proxy)
        if beyond:
            alone = "".join(f"{_name(one)}; " for one in beyond if one.feature)
            said = f"new and beyond the limit {policy.proxy:g}: {alone}{said}"
        elif over:
            known = f"above the limit {policy.proxy:g}, on base already or not proven"
            said = f"{known}: {', '.join(map(_name, over))}; {said}"
        return Finding(
            rule=self.code, model=name, subject=f"proxies of {proxy.name}", blocks=bool(beyond), better="lower",
            state=State.REGRESSED if beyond else State.HELD, informs=not beyond and (bool(over) or not every),
            said=said, do=f"leave {_culprits(proxy, beyond)} out" if beyond else "",
            examples=_table(proxy, found) if every else (),
        )  # fmt: skip


def _beyond(levels: Levels, key: Key) -> bool:
    p, level = levels.get(key, (1.0, 0.0))
    return p <= level


def _culprits(proxy: ProxyCheck, beyond: list[Told]) -> str:
    """The features to leave out: those beyond the limit, or else the clearest that is new."""
    alone = [one.feature for one in beyond if one.feature]
    new = [one.feature for one in proxy.alone if one.new][:1]
    return ", ".join(alone or new) or "what is new"


def _name(told: Told) -> str:
    return f"{told.feature or 'all features together'} (AUC {told.auc})"


def _told(proxy: ProxyCheck) -> str:
    if proxy.together is None:
        return f"too few people are known to be in {proxy.name}, or not, to say what tells them apart"
    was = f", {proxy.together.before:.3f} on base" if proxy.together.before is not None else ""
    said = f"all features together tell {proxy.name} with an AUC of {proxy.together.auc}{was}"
    if proxy.alone:
        said += f"; alone {proxy.alone[0].feature} does best, {proxy.alone[0].auc}"
    return said + _cost(proxy)


def _cost(proxy: ProxyCheck) -> str:
    less = proxy.without
    if less is None:
        return ""
    (auc, auc_without), (right, right_without) = less.auc, less.accuracy
    span = f"95 % {less.change.low:+.3f} to {less.change.high:+.3f}".replace("-", "−")
    return (
        f"; without {less.feature} the card's AUC goes from {auc:.3f} to {auc_without:.3f} ({span}), "
        f"its accuracy from {right:.3f} to {right_without:.3f}"
    )


def _table(proxy: ProxyCheck, found: CriteriaExam) -> tuple[tuple[str, ...], ...]:
    """Each feature: how well it tells, and what its points do to the group."""
    titles = {rule.feature: rule.title for rule in found.head.rules} if found.head else {}
    group = next((one for one in found.groups if one.name == proxy.name), None)
    points = dict(group.by_rule) if group else {}
    header = ("feature", f"AUC for {proxy.name}", "95 %", f"points that {proxy.name} = 1 gets more")
    rows = []
    for one in filter(None, (proxy.together, *proxy.alone)):
        more = points.get(titles.get(one.feature, "")) if one.feature else sum(points.values()) if points else None
        shown = "" if more is None else f"{round(more, 1) + 0.0:+.1f}".replace("-", "−")
        span = f"{one.auc.low:.3f} to {one.auc.high:.3f}"
        rows.append((one.feature or "all together", f"{one.auc.value:.3f}", span, shown))
    return (header, *rows)


class LeakFeature:
    """**What.** No feature of the card is known only after the decision: none that `leaks` names, and none that alone
    tells the label better than `leak`, an AUC (of people that the fit has not seen). A card that is proven better than
    its own ceiling leaves the verdict open.

    **Why.** Who bought the loan is known only of loans that were granted. A card that looks at it is right on every old
    row, and useless on the first new one.

    **How to fix.** Leave the feature out. If it is known in time, take it from `leaks` in a pull request of its own.
    """

    code: ClassVar[str] = "MG714"
    title: ClassVar[str] = "A feature is known only after the decision"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each card that can be read."""
        for name, found, policy in criteria_of(exam):
            if found.head is None:
                continue
            levels = levels_of(exam, found, policy)
            told = {one.feature: one for one in found.leaks}
            named = [feature for feature in found.head.features if feature in policy.leaks]
            clear = [one for one in told if _beyond(levels, ("leak", one)) and one not in named]
            parts = [f"{_leak(one, told)} is known only after the decision" for one in named]
            parts += [f"{_leak(one, told)} tells the label too well to be known before it" for one in clear]
            best = f"; alone {_leak(found.leaks[0].feature, told)} tells the label best" if found.leaks else ""
            yield Finding(
                rule=self.code, model=name, subject="leaks", state=State.REGRESSED if parts else State.HELD,
                said="; ".join(parts) or f"no feature is known only after the decision{best}", blocks=bool(parts),
                do=f"leave {', '.join([*named, *clear])} out of the card" if parts else "",
            )  # fmt: skip
            if found.gap and not found.same and _beyond(levels, ("above",)):
                yield self._above(name, found.gap)

    def _above(self, name: str, gap: Change) -> Finding:
        return Finding(
            rule=self.code, model=name, subject="card above its ceiling", state=State.CANNOT_TELL, unsure=True,
            said=f"the card's AUC of {gap.after:.4f} is proven to lie above its ceiling's, {gap.before:.4f}: "
            "the card may look at what is not known in time",
            do="see which feature does it; or let the ceiling's model look at it, too",
        )  # fmt: skip


def _leak(feature: str, told: Mapping[str, Told]) -> str:
    return f"{feature} (AUC {told[feature].auc})" if feature in told else feature
