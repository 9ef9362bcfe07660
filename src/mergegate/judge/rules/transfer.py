"""What did the model change, and what the data?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.judge.state import is_share, state_of
from mergegate.stats.bounds import bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts import Comparison, Policy
    from mergegate.facts.exam import Exam
    from mergegate.facts.holdout import Transfer
    from mergegate.judge.levels import Levelled


class OldModelNewData:
    """**What.** Where the holdout changed, base's own prediction stage is run with base's model on head's rows, and
    with the candidate's model on base's rows. The first metric of both models on both holdouts is shown, and what
    moved is split: from the old to the new holdout with base's model is what the data changed, from base's model to
    the candidate's on the new holdout what the model changed. Rows of the new holdout that base's model was trained
    on are left out for both. It informs and decides nothing: labels of new rows are the pull request's own.

    **Why.** Results change when the data changes, with no change in the code. A score that fell because the exam got
    harder is no regression, and one that rose because it got easier is no progress.

    **How to fix.** Nothing. Where base's model cannot read the new rows, the rows that both holdouts have are judged
    and the finding says so; keep the columns that base's stage reads if you want the whole table.
    """

    code: ClassVar[str] = "MG303"
    title: ClassVar[str] = "What the model changed, and what the data"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model whose holdout changed, where the policy names its rows."""
        for name, model in sorted(exam.models.items()):
            if model.transfer is not None:
                yield self._finding(name, exam.policy, model.transfer)

    def _finding(self, name: str, policy: Policy, found: Transfer) -> Finding:
        low, high = bounds(found.new.basis, policy.alpha)
        return Finding(
            rule=self.code, model=name, subject=f"{found.new.metric}, old and new holdout",
            state=state_of(low, high, found.new.margin) if not found.why_new else State.ABSENT,
            said=f"{_said(found)}{_limits(found)}",
            examples=_table(found),
        )  # fmt: skip


def _said(found: Transfer) -> str:
    if found.why_new:
        return f"base's model did not answer the new holdout, so the rows that both have are judged: {found.why_new}"
    model = found.new.after - found.new.before
    data = found.new.before - found.old.before
    return (
        f"on the new holdout {found.new.metric} is {found.new.after:.4f}, where base had {found.old.before:.4f} on the "
        f"old one: {_step(found.new, data)} of that is the data's and {_step(found.new, model)} the model's"
    )


def _limits(found: Transfer) -> str:
    """What a reader must know besides."""
    parts = []
    if found.left_out:
        parts.append(f"{found.left_out:,} new rows that base's model was trained on are left out")
    if found.why_old:
        parts.append(f"on the old holdout the rows that both have were compared: {found.why_old}")
    return "".join(f"; {part}" for part in parts)


def _step(of: Comparison, value: float) -> str:
    """`+1.2 points` for a share, `+0.0123` for another metric."""
    return f"{100 * value:+.1f} points" if is_share(of) else f"{value:+.4f}"


def _table(found: Transfer) -> tuple[tuple[str, ...], ...]:
    old, new = found.old, found.new
    rows = "the {:,} rows that both have"
    return (
        (
            new.metric,
            rows.format(old.n) if found.why_old else f"old holdout ({old.n:,} rows)",
            rows.format(new.n) if found.why_new else f"new holdout ({new.n:,} rows)",
        ),
        ("base's model", f"{old.before:.4f}", f"{new.before:.4f}"),
        ("this model", f"{old.after:.4f}", f"{new.after:.4f}"),
        ("changed by the model", _step(old, old.after - old.before), _step(new, new.after - new.before)),
    )
