"""From a bounded change to a state: the interval decides, so verdict and interval cannot contradict each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mergegate.facts import Discordant, Estimate, Finding, State, Studentised
from mergegate.stats.bounds import bounds, limit_of
from mergegate.stats.power import MOST_ROWS, mde, rows_needed

if TYPE_CHECKING:
    from mergegate.facts import Comparison
    from mergegate.facts.policy import ModelPolicy
    from mergegate.judge.levels import Levelled


def state_of(low: float, high: float, margin: float) -> State:
    """The state of a gain that lies in [low, high] (positive is better), where a drop up to `margin` is accepted."""
    if high < -margin:
        return State.REGRESSED
    if low > 0:
        return State.IMPROVED
    if low > -margin or low == high == 0:
        return State.HELD
    return State.CANNOT_TELL


def judge(item: Levelled, rule: str, policy: ModelPolicy, *, do: str) -> Finding:
    """The finding on one comparison at its level; a regression blocks."""
    comparison = item.comparison
    change, state, drop = _judged(item)
    unsure = state is State.CANNOT_TELL and item.kind == "metric" and _weak(comparison, drop, policy)
    return Finding(
        rule=rule,
        model=comparison.model,
        subject=comparison.metric,
        slice=None if comparison.slice.overall else comparison.slice,
        state=state,
        said=_said(item, change, state, drop),
        do=do if state is State.REGRESSED else _more_rows(item, policy) if unsure else "",
        before=comparison.before,
        after=comparison.after,
        change=change,
        margin=comparison.margin,
        mde=drop,
        blocks=state is State.REGRESSED,
        unsure=unsure,
        better=comparison.direction.value,
    )


def _judged(item: Levelled) -> tuple[Estimate, State, float | None]:
    comparison = item.comparison
    if item.identical:
        same = Estimate(0.0, 0.0, 0.0, comparison.n, "identical predictions", 1.0, comparison.groups)
        return same, State.HELD, None
    low, high = bounds(comparison.basis, item.level)
    state = state_of(low, high, comparison.margin)
    sign = comparison.direction.sign
    change = Estimate(
        value=comparison.change,
        low=low if sign > 0 else -high,
        high=high if sign > 0 else -low,
        n=comparison.n,
        method=comparison.method,
        confidence=1 - 2 * item.level,
        groups=comparison.groups,
    )
    return change, state, mde(comparison.basis, item.level)


def is_share(comparison: Comparison) -> bool:
    """True for a metric that lies in [0, 1], so that its changes are read in points."""
    basis = comparison.basis
    return isinstance(basis, Discordant) or basis.limit <= 1


def _weak(comparison: Comparison, drop: float | None, policy: ModelPolicy) -> bool:
    """Whether these rows are too few for the drop that the policy wants to be able to see, or for any drop at all."""
    if is_share(comparison):
        return drop is not None and drop > policy.must_detect
    return drop is not None and drop >= limit_of(comparison.basis)


def _said(item: Levelled, change: Estimate, state: State, drop: float | None) -> str:
    comparison = item.comparison
    where = "" if comparison.slice.overall else f" on {comparison.slice}"
    moved = f"{comparison.metric}{where} went from {comparison.before:.4f} to {comparison.after:.4f}"
    if item.identical:
        return f"{comparison.metric}{where} is {comparison.after:.4f}: the predictions are the same as base's"
    if state is State.REGRESSED:
        said = f"{moved}: worse by more than the accepted {comparison.margin:g}"
    elif state is State.IMPROVED:
        said = f"{moved}: better"
    elif state is State.HELD:
        said = f"{moved}: within the accepted {comparison.margin:g}"
    else:
        some = drop is not None and drop < limit_of(comparison.basis)
        seen = f"; a drop of {drop:.4f} would be seen in 4 of 5 such tests" if some else ""
        said = f"{moved}: these {change.n:,} rows cannot tell whether that is chance{seen}"
    return f"{said} ({comparison.caution})" if comparison.caution else said


def _more_rows(item: Levelled, policy: ModelPolicy) -> str:
    comparison = item.comparison
    basis = comparison.basis
    if isinstance(basis, Studentised) and basis.se == 0:
        return "add rows, in new groups, to the holdout"
    if isinstance(basis, Studentised) and not basis.fixed and not (basis.df >= 1 and math.isfinite(basis.se)):
        what = "rows of every class" if comparison.groups is None else "new groups, with rows of every class,"
        return f"add {what} to the holdout: so few do not show how much they differ"
    rows = rows_needed(basis, comparison.n, policy.must_detect, item.level)
    if rows >= MOST_ROWS:
        return (
            f"no number of rows shows a drop of {policy.must_detect:g} between two trainings that differ so much by "
            "their seed: make the training steadier, measure its noise with more seeds, or raise `must_detect`"
        )
    return f"a drop of {policy.must_detect:g} would need about {rows:,} rows like these; there are {comparison.n:,}"
