"""What changed from right to wrong, and back?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.discrepancy import Discrepancies, Moved
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class DiscrepanciesShown:
    """**What.** The labelled rows that were right before and are wrong now, and the other way round: how many, of which
    classes and slices, and which cells of the confusion matrix moved most. The most confident new mistakes stand above
    it, one by one.

    **Why.** A number that fell says that something is worse, not what. Two models of the same accuracy can differ in a
    tenth of their answers; who merges should see which. This rule only informs: whether it is too much is for the
    metrics' rules to say.

    **How to fix.** Nothing needs fixing for it. Start reading where most rows are newly wrong.
    """

    code: ClassVar[str] = "MG306"
    title: ClassVar[str] = "Discrepancies, for information"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model whose answers changed between right and wrong."""
        for _, model in sorted(exam.models.items()):
            if model.discrepancies:
                yield self._told(model.discrepancies)

    def _told(self, found: Discrepancies) -> Finding:
        total = found.total
        said = f"{total.lost:,} of {found.n:,} rows are newly wrong and {total.gained:,} newly right"
        parts = [_most("class", found.classes), _most("slice", found.slices)]
        return Finding(
            rule=self.code, model=found.model, subject="discrepancies", state=State.HELD, informs=True,
            said="; ".join([said, *filter(None, parts)]), examples=_table(found),
        )  # fmt: skip


def _most(what: str, moved: tuple[Moved, ...]) -> str:
    lost = [f"{one.name} ({one.lost:,})" for one in moved[:3] if one.lost]
    return f"most newly wrong by {what}: {', '.join(lost)}" if lost else ""


def _table(found: Discrepancies) -> tuple[tuple[str, ...], ...]:
    kinds = (("", (found.total,)), ("class", found.classes), ("slice", found.slices), ("confusion", found.confusions))
    rows = [(kind, one) for kind, moved in kinds for one in moved]
    header = ("what", "which", "newly wrong", "newly right", "wrong before", "wrong now")
    return (header, *((kind, *_cells(one)) for kind, one in rows))


def _cells(one: Moved) -> tuple[str, ...]:
    return one.name, f"{one.lost:,}", f"{one.gained:,}", f"{one.wrong_before:,}", f"{one.wrong_now:,}"
