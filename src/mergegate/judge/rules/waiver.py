"""Does an owner accept what got worse?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.facts.waiver import LABEL, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts import Policy
    from mergegate.facts.exam import Exam
    from mergegate.facts.waiver import Acceptance
    from mergegate.judge.levels import Levelled


def why_not(asked: Acceptance, policy: Policy) -> str:
    """Why an acceptance is not in force, in words; empty where it is."""
    if asked.missing:
        return asked.missing
    if policy.waiver is None:
        return "the policy of base lets nobody accept anything (`waiver: null`)"
    if ROLES.index(asked.role) < ROLES.index(policy.waiver.role):
        return f"{asked.by} has the role `{asked.role}` here, and the policy asks for `{policy.waiver.role}`"
    if asked.by.casefold() == asked.author.casefold() and not policy.waiver.by_author:
        return f"{asked.by} opened this pull request, and the policy lets no author accept their own"
    return ""


class OwnerAccepts:
    """**What.** An owner may accept what got worse: they comment `mergegate: accept COMMIT REASON`, with the whole name
    of the head commit, and put the label `mergegate: accept` on the pull request. Then the findings that a person may
    accept decide nothing any more; they stay in the report, which says who accepted them and why, and so does
    `metrics/history.jsonl` on main.

    **Why.** Sometimes a drop is the price of something better, and a gate that nobody can open is taken down. But it
    must be a person who may (`waiver.role` in base's policy, `maintain` by default; not the author), with a reason,
    for the very commit that they read: a push voids it. Nobody can accept what nobody has seen: absent evidence,
    predictions that are not the model's, failed must-pass questions and failed runs stay what they are.

    **How to fix.** Write the comment first (the report has the line to copy), then put the label, or take it off and
    put it again: the label is what sets the judge to work. An edited comment does not count; write a new one.
    """

    code: ClassVar[str] = "MG905"
    title: ClassVar[str] = "An owner accepts what got worse"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding where the label is on the pull request."""
        asked = exam.acceptance
        if asked is None or not asked.asked:
            return
        lacking = why_not(asked, exam.policy)
        yield Finding(
            rule=self.code,
            model="",
            subject="acceptance",
            state=State.CANNOT_TELL if lacking else State.HELD,
            said=f"the label “{LABEL}” is there, and nothing was accepted: {lacking}"
            if lacking
            else f"{asked.by} ({asked.role}) accepts commit {asked.head[:12]}: {asked.reason}",
            do="an owner writes the comment as the last line of this report has it, then puts the label again"
            if lacking
            else "",
        )
