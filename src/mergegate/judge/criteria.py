"""Shares one false-block rate among everything that is tested of one model's criteria."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from mergegate.judge.levels import apart_level
from mergegate.judge.limit import holm_levels
from mergegate.stats.bounds import p_drop, p_gain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.criteria import CriteriaExam, Told
    from mergegate.facts.criteriapolicy import CriteriaPolicy
    from mergegate.facts.exam import Exam

Key = tuple[str, ...]


def criteria_of(exam: Exam) -> Iterator[tuple[str, CriteriaExam, CriteriaPolicy]]:
    """(model, its criteria, what the policy asks of them) of each model that has any of which something changed."""
    for name, found in sorted(exam.criteria.items()):
        if found.unchanged:
            continue
        policy = exam.policy.models[name].criteria
        assert policy is not None  # noqa: S101 - only then are there criteria
        yield name, found, policy


def levels_of(exam: Exam, found: CriteriaExam, policy: CriteriaPolicy) -> dict[Key, tuple[float, float]]:
    """(p-value, one-sided level) of each test that may block; p <= level is the decision."""
    tests = dict(_tests(found, policy))
    levels = holm_levels(list(tests.values()), apart_level(exam.policy, "criteria"))
    return {key: (p, level) for (key, p), level in zip(tests.items(), levels, strict=True)}


def _tests(found: CriteriaExam, policy: CriteriaPolicy) -> Iterator[tuple[Key, float]]:
    if found.gap:
        yield ("gap",), p_drop(found.gap.basis, policy.gap)
        yield ("above",), p_gain(found.gap.basis)
    if found.crossed:
        yield ("crossed",), p_drop(found.crossed.basis, policy.gap)
    for group in found.groups if policy.group_margin is not None else ():
        for kind, change in (("ratio", group.ratio), ("denials", group.denials)):
            if change:
                yield (kind, group.name), p_drop(change.basis, policy.group_margin or 0.0)
    for proxy in found.proxies if policy.proxy is not None else ():
        told = [one for one in (proxy.together, *proxy.alone) if one and one.new and one.feature not in policy.audit]
        for one in told:
            yield ("proxy", proxy.name, one.feature), _p_stand_in(one, policy.proxy or 1.0)
    for one in found.leaks:
        if one.new:
            yield ("leak", one.feature), p_beyond(one, policy.leak)


def _p_stand_in(told: Told, limit: float) -> float:
    """Beyond the limit; and, where base was already, proven to tell more than base did."""
    beyond = p_beyond(told, limit)
    if told.rise is None or told.before is None or told.before <= limit:
        return beyond
    return max(beyond, p_gain(told.rise))


def p_beyond(told: Told, limit: float) -> float:
    """P-value against "the AUC is at most `limit`"."""
    return p_gain(replace(told.basis, gain=told.basis.gain - (limit - 0.5), limit=inf))
