"""Where nobody knows what is right: does the new model answer as the old one did?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.facts.shadow import QUANTILES
from mergegate.judge.levels import apart_level
from mergegate.stats.rate import lower, upper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts import Slice
    from mergegate.facts.answerpolicy import ShadowPolicy
    from mergegate.facts.exam import Exam
    from mergegate.facts.limits import Rate
    from mergegate.facts.shadow import Shadow
    from mergegate.judge.levels import Levelled

DRAWN = 20
"""Deviations that are shown where there are too many to list."""


class ShadowRate:
    """**What.** Rows without a label (recent ones, `shadow` in the policy): how many head answers otherwise than base,
    with an interval that respects groups; which classes are answered more or less often, how the scores moved, and
    where. Up to `list_up_to` deviations are all listed; of more, 20 are drawn by the hash of their id, and
    `report.html` has the table (100,000 rows of it, where there are more).

    **Why.** The holdout is old, small, or both. What the model meets today has no answer key, but base answered it,
    too: a pull request that means to mend one thing and changes a fifth of all answers has done something else. With
    `max_rate` it blocks where more than this share is proven to differ; without, it informs. Rows that head leaves out
    are no deviations: below the model's `min_coverage` a limit makes the verdict unsure.

    **How to fix.** Read the listed deviations. Where they are what you wanted, say so, and have an owner accept it;
    where not, find what they have in common.
    """

    code: ClassVar[str] = "MG601"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "Unlabelled rows are answered otherwise"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """Up to three findings for each model with shadow rows: the rate, what moved, and what was left out."""
        level = apart_level(exam.policy, "shadow")
        for name, model in sorted(exam.models.items()):
            policy = exam.policy.models[name]
            shadow = model.shadow
            if shadow and policy.shadow:
                if shadow.rows.n:
                    yield self._rate(shadow, policy.shadow, level, exam.policy.alpha)
                if shadow.rate.hits:
                    yield self._shift(shadow)
                if shadow.coverage < policy.min_coverage or not shadow.rows.n:
                    yield self._left_out(shadow, policy.shadow)

    def _rate(self, shadow: Shadow, policy: ShadowPolicy, level: float, alpha: float) -> Finding:
        rate, limit, rows = shadow.rate, policy.max_rate, shadow.rows.deviations
        beyond = limit is not None and lower(rate, level) > limit
        proven = limit is None or shadow.identical or upper(rate, alpha) <= limit
        few = rate.hits <= policy.list_up_to
        return Finding(
            rule=self.code,
            model=shadow.model,
            subject="shadow deviations",
            state=State.REGRESSED if beyond else State.HELD if proven else State.CANNOT_TELL,
            said=_said(shadow, limit, level),
            do="read the deviations: what do they have in common?" if beyond else "",
            blocks=beyond,
            better="lower",
            examples=rows if few else rows[: 1 + DRAWN],
            full=() if few else rows,
        )

    def _shift(self, shadow: Shadow) -> Finding:
        said = "; ".join(filter(None, [_movers(shadow), _scores(shadow), _where(shadow)]))
        return Finding(
            rule=self.code, model=shadow.model, subject="shadow shift", state=State.HELD, informs=True,
            said=said, examples=_table(shadow),
        )  # fmt: skip

    def _left_out(self, shadow: Shadow, policy: ShadowPolicy) -> Finding:
        rows = shadow.rows
        return Finding(
            rule=self.code, model=shadow.model, subject="shadow rows", state=State.ABSENT,
            said=f"of base's {rows.n + rows.only_base:,} shadow rows head answered {rows.n:,} "
            f"({rows.only_head:,} are new): only those can be compared",
            do="keep the rows, or see that an owner of the data knows why they went",
            unsure=policy.max_rate is not None,
        )  # fmt: skip


def _said(shadow: Shadow, limit: float | None, level: float) -> str:
    rows, rate = shadow.rows, shadow.rate
    if shadow.identical:
        return f"all {rate.n:,} shadow rows are answered as before: the tables are the same"
    groups = f" in {rate.groups:,} groups" if rate.groups is not None else ""
    said = f"{rate.hits:,} of {rate.n:,} shadow rows{groups} ({rate.value:.2%}) are answered otherwise"
    said += f", {lower(rate, level):.2%} to {upper(rate, level):.2%} at {1 - 2 * level:.2%}"
    said += f"; the policy accepts {limit:.2%}" if limit is not None else "; the policy sets no limit"
    if rows.lacking:
        said += f"; the table lacks {', '.join(rows.lacking)}"
    return said


def _moved(shadow: Shadow) -> list[tuple[str, int, int]]:
    """The classes whose number of answers changed, the biggest movers first."""
    moved = [one for one in shadow.rows.classes if one[1] != one[2]]
    return sorted(moved, key=lambda one: (-abs(one[2] - one[1]), one[0]))


def _sliced(shadow: Shadow) -> list[tuple[Slice, Rate]]:
    """The slices with changed answers, the largest rates first."""
    changed = [one for one in shadow.by_slice if one[1].hits]
    return sorted(changed, key=lambda one: (-one[1].value, one[0]))


def _movers(shadow: Shadow) -> str:
    told = [f"{name} {before:,} → {after:,}" for name, before, after in _moved(shadow)[:3]]
    return f"most moved {', '.join(told)}" if told else ""


def _scores(shadow: Shadow) -> str:
    scores = shadow.rows.scores
    if scores is None:
        return ""
    return f"mean score {scores.mean[0]:.4g} → {scores.mean[1]:.4g}, largest gap of the distributions {scores.gap:.3f}"


def _where(shadow: Shadow) -> str:
    told = [f"{slice_} ({rate.value:.1%})" for slice_, rate in _sliced(shadow)[:3]]
    return f"most in {', '.join(told)}" if told else ""


def _table(shadow: Shadow) -> tuple[tuple[str, ...], ...]:
    """Classes, changes, slices and scores, each as before and now."""
    rows = [("answers", name, f"{before:,}", f"{after:,}") for name, before, after in _moved(shadow)[:10]]
    rows += [("changed", f"{before} → {now}", "", f"{count:,}") for before, now, count in shadow.rows.moves]
    rows += [
        ("where", str(one), f"{rate.n:,} rows", f"{rate.hits:,} changed ({rate.value:.2%})")
        for one, rate in _sliced(shadow)[:10]
    ]
    if shadow.rows.scores:
        scores = shadow.rows.scores
        rows.append(("score", "mean", f"{scores.mean[0]:.4g}", f"{scores.mean[1]:.4g}"))
        pairs = zip(QUANTILES, scores.quantiles, strict=True)
        rows += [("score", f"{q:.0%} quantile", f"{before:.4g}", f"{after:.4g}") for q, (before, after) in pairs]
    return (("what", "which", "before", "now"), *rows)
