"""Is the card what it should be, and what does it decide otherwise?"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.judge.criteria import criteria_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.card import Card, CardRule
    from mergegate.facts.criteria import BinCover, CriteriaExam, Flips
    from mergegate.facts.criteriapolicy import CriteriaPolicy
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled

SAMPLE = 20
"""Rows that the comment lists; the page has more."""


class CriteriaChanged:
    """**What.** What the pull request changes in the points card: cut-offs, points, bins, rules, inputs; each in a
    sentence with the value before and after.

    **Why.** The card is what decides about people, so a reviewer must be able to read what becomes of it without
    reading YAML or code. This rule only informs; what follows from the change is for the rules after it.

    **How to fix.** Nothing, if the change is meant. A cut-off that moved unasked came from data or params: the plan
    says which.
    """

    code: ClassVar[str] = "MG703"
    title: ClassVar[str] = "What changes in the criteria, for information"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model with a card that can be read."""
        for name, found in sorted(exam.criteria.items()):
            if found.unchanged:
                yield Finding(
                    rule=self.code, model=name, subject="criteria", state=State.HELD,
                    said="card, generated code, people and predictions are all base's own",
                )  # fmt: skip
            elif found.head:
                said, examples = self._told(found, found.head)
                yield Finding(
                    rule=self.code, model=name, subject="criteria", state=State.HELD, said=said, informs=True,
                    examples=examples[: SAMPLE * 2], full=examples if len(examples) > SAMPLE * 2 else (),
                )  # fmt: skip

    def _told(self, found: CriteriaExam, head: Card) -> tuple[str, tuple[tuple[str, ...], ...]]:
        rules = f"{len(head.rules)} {'rule' if len(head.rules) == 1 else 'rules'}, approved at {head.cutoff} points"
        if found.base is None:
            return f"the card is new: {rules}", _whole(head)
        if not found.changes:
            return f"the card decides as base's does: {rules}", ()
        said = "; ".join(one.said for one in found.changes[:3])
        more = f"; and {len(found.changes) - 3:,} more changes" if len(found.changes) > 3 else ""
        rows = [(one.rule or "the whole card", one.what, one.before, one.after) for one in found.changes]
        return said + more, (("of", "what", "before", "now"), *rows)


def _whole(card: Card) -> tuple[tuple[str, ...], ...]:
    rows = [(rule.title, str(len(rule.bins)), rule.monotone, _range(rule)) for rule in card.rules]
    return (("rule", "bins", "direction", "points"), *rows)


def _range(rule: CardRule) -> str:
    return f"{min(rule.points)} to {max(rule.points)}".replace("-", "−")


class CriteriaUnreadable:
    """**What.** The pull request must bring a points card that can be read: the file is there, it is YAML of the form
    that docs/criteria.md describes, its bins leave no gap.

    **Why.** A card that cannot be read cannot be judged, and nobody could be told why they were turned down.

    **How to fix.** Let the pipeline write the card, and commit what it wrote; do not edit it by hand.
    """

    code: ClassVar[str] = "MG704"
    title: ClassVar[str] = "The criteria cannot be read"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model of which head has no card that can be judged."""
        for name, found, _ in criteria_of(exam):
            if found.problem:
                yield Finding(
                    rule=self.code, model=name, subject=found.where, state=State.REGRESSED, blocks=True,
                    said=f"{found.where} cannot be judged: {found.problem}",
                    do="let the pipeline write the card, and commit what it wrote",
                )  # fmt: skip


class DecisionsFlip:
    """**What.** Who is decided otherwise by head's card than by base's: from approve to deny and back, in number, by
    audit group, and row by row with the reasons. The gate scores both cards itself, on base's held-out rows.

    **Why.** A card can keep its accuracy and still turn other people down. `max_flips` in the policy is the share that
    a pull request may decide otherwise; without it this informs.

    **How to fix.** Read the listed rows. If the flips are meant, an owner can accept them; otherwise undo what moved
    the points.
    """

    code: ClassVar[str] = "MG705"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "Too many people are decided otherwise"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for all rows, and one that shows the groups."""
        for name, found, policy in criteria_of(exam):
            if found.flips:
                yield self._all(name, found.flips, policy)
                if found.flips.groups and len(found.flips.rows) > 1:
                    yield self._groups(name, found.flips)

    def _all(self, name: str, flips: Flips, policy: CriteriaPolicy) -> Finding:
        moved = max(len(flips.rows) - 1, flips.to_deny + flips.to_approve)
        share = moved / flips.n
        over = policy.max_flips is not None and share > policy.max_flips
        said = f"{moved:,} of {flips.n:,} applicants ({share:.2%}) are decided otherwise"
        if moved:
            said += f": {flips.to_deny:,} no longer approved, {flips.to_approve:,} newly approved"
        if flips.refused:
            said += f"; {flips.refused:,} are newly refused, undecided"
        if flips.borrowed:
            said += f"; base's rows have no {', '.join(flips.borrowed)}: head's own were taken"
        limit = f"; the limit is {policy.max_flips:.2%}" if policy.max_flips is not None else ""
        return Finding(
            rule=self.code, model=name, subject="flips", state=State.REGRESSED if over else State.HELD,
            said=said + limit, do="read who flips and why; undo it, or have an owner accept it" if over else "",
            blocks=over, informs=policy.max_flips is None, better="lower", examples=flips.rows[: SAMPLE + 1],
            full=flips.rows if len(flips.rows) > SAMPLE + 1 else (),
        )  # fmt: skip

    def _groups(self, name: str, flips: Flips) -> Finding:
        rows = [
            (one.name, f"{one.n:,}", *(f"{count:,} ({count / one.n:.1%})" for count in (one.to_deny, one.to_approve)))
            for one in flips.groups
            if one.n
        ]
        inside = [one for one in flips.groups if one.name.endswith("= 1") and one.n]
        said = "; ".join(
            f"of {one.n:,} with {one.name}, {one.to_deny:,} ({one.to_deny / one.n:.1%}) are no longer approved and "
            f"{one.to_approve:,} newly"
            for one in inside
        )
        return Finding(
            rule=self.code, model=name, subject="flips by group", state=State.HELD, informs=True,
            said=said,
            examples=(("group", "people", "no longer approved", "newly approved"), *rows),
        )  # fmt: skip


class RuleDirection:
    """**What.** The points of each rule run as the card declares: with `monotone: falling` they never rise with the
    value, with `rising` they never fall. A pull request that changes what is declared is told so.

    **Why.** A higher debt ratio that earns points is noise of the data, and nobody can explain it to an applicant. The
    declaration is knowledge of the domain: whoever loosens it has to say so.

    **How to fix.** Let the pipeline merge the bins that run the wrong way. For a declaration that is meant to change,
    have an owner of the criteria review it.
    """

    code: ClassVar[str] = "MG707"
    title: ClassVar[str] = "A rule runs the wrong way"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for all rules of a card, and one for each declaration that changed."""
        for name, found, _ in criteria_of(exam):
            if found.head is None:
                continue
            wrong = [rule for rule in found.head.rules if _runs_wrong(rule)]
            said = "; ".join(f"{one.title} is declared {one.monotone}, and its points are {_run(one)}" for one in wrong)
            yield Finding(
                rule=self.code, model=name, subject="directions", state=State.REGRESSED if wrong else State.HELD,
                said=said or "the points of every rule run as the card declares",
                do="merge the bins that run the wrong way" if wrong else "", blocks=bool(wrong),
            )  # fmt: skip
            for change in found.changes:
                if change.what == "direction":
                    yield Finding(
                        rule=self.code, model=name, subject=f"direction of {change.rule}", state=State.CANNOT_TELL,
                        said=change.said, do="have an owner of the criteria review it", unsure=True,
                    )  # fmt: skip


def _runs_wrong(rule: CardRule) -> bool:
    sign = {"falling": -1, "rising": 1, "free": 0}[rule.monotone]
    return any(sign * (after - before) < 0 for before, after in itertools.pairwise(rule.points))


def _run(rule: CardRule) -> str:
    return ", ".join(str(one) for one in rule.points).replace("-", "−")


class BinCoverage:
    """**What.** Each bin of the card is covered by at least `min_rows` training rows, counted by the gate in the
    training table; bins that had rows enough and lost them are named, and so is a number that the card itself gets
    wrong.

    **Why.** Points that come from three people are no rule. A bin that lost its rows decides about people of whom
    nobody has seen any.

    **How to fix.** Let the pipeline merge bins with too few rows, or bring data for them.
    """

    code: ClassVar[str] = "MG708"
    title: ClassVar[str] = "A bin is covered by too few rows"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each card whose training rows are known."""
        for name, found, policy in criteria_of(exam):
            if not found.cover:
                continue
            thin = [one for one in found.cover if one.rows < policy.min_rows]
            worse = [one for one in thin if one.before is None or one.before > one.rows]
            odd = [one for one in found.cover if one.rows != one.said]
            parts = [_thin(thin, policy.min_rows)] if thin else []
            parts += [f"lost their rows: {'; '.join(found.lost[:3])}"] if found.lost else []
            parts += [f"the card says otherwise of {len(odd):,} bins"] if odd else []
            least = min(one.rows for one in found.cover)
            fine = f"every bin of {len(found.cover):,} is covered, the thinnest by {least:,} rows"
            rows = [(one.rule, one.bin, f"{one.rows:,}", f"{one.said:,}") for one in (*thin, *odd)]
            yield Finding(
                rule=self.code, model=name, subject="coverage of bins", blocks=bool(worse),
                state=State.REGRESSED if worse else State.HELD, informs=bool(thin or odd) and not worse,
                said="; ".join(parts) or fine, do="merge the bins that have too few rows" if worse else "",
                examples=(("rule", "bin", "training rows", "the card says"), *dict.fromkeys(rows)) if rows else (),
            )  # fmt: skip


def _thin(thin: list[BinCover], least: int) -> str:
    named = ", ".join(f"{one.rule} {one.bin} ({one.rows:,} rows)" for one in thin[:3])
    more = f" and {len(thin) - 3:,} more" if len(thin) > 3 else ""
    return f"fewer than {least:,} training rows: {named}{more}"


class TooManyRules:
    """**What.** The card has at most `max_rules` rules.

    **Why.** Criteria that people can follow are short.

    **How to fix.** Leave out the rules that decide least.
    """

    code: ClassVar[str] = "MG709"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The card has too many rules"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each card; one that had too many on base, and has not more, is told only."""
        for name, found, policy in criteria_of(exam):
            if found.head is None:
                continue
            count = len(found.head.rules)
            over = count > policy.max_rules
            blocks = over and (found.base is None or count > len(found.base.rules))
            yield Finding(
                rule=self.code, model=name, subject="number of rules", blocks=blocks,
                state=State.REGRESSED if blocks else State.HELD, informs=over and not blocks, better="lower",
                said=f"{count:,} {'rule' if count == 1 else 'rules'}; the limit is {policy.max_rules:,}",
                do="leave out the rules that decide least" if blocks else "",
            )  # fmt: skip
