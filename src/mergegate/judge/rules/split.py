"""Are the rows that no training sees still those, and still apart?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.stats.share import chance_of_share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.facts.holdout import Leak, Near, Sides, SplitExam
    from mergegate.facts.splitpolicy import HoldoutPolicy
    from mergegate.judge.levels import Levelled

UNLIKELY = 0.001
"""A share of groups that chance makes more rarely than this is not the policy's. It is asked only where the split
changed, and apart from alpha."""


def _asked(exam: Exam) -> Iterator[tuple[str, HoldoutPolicy, SplitExam]]:
    policies = exam.policy.data.splits
    for name, split in sorted(exam.splits.items()):
        yield name, policies[name], split


class SplitAsPolicy:
    """**What.** Where the tables of the split changed, each group's side is computed again from its key and the salt
    (`mergegate.split`) and compared with where its rows stand. The number of groups held out must be what chance makes
    of the policy's share (exact binomial test, two-sided, 0.1 %). Without a `salt` in the policy only the share is.

    **Why.** A side that depends on anything but the group's own key moves rows when others come or go: one appended
    row moves a tenth of a shuffled split, and then the model is examined on what it has learnt. A share outside of
    chance means that keys were chosen, or that the pipeline splits by another share than the policy says.

    **How to fix.** Split with `mergegate.split.holdout_mask`, with the policy's `share`, `key` and `salt`. What was
    wrong on base already is told and does not block.
    """

    code: ClassVar[str] = "MG204"
    title: ClassVar[str] = "The split is not the policy's"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each split of the policy."""
        for name, policy, split in _asked(exam):
            if split.sides is None:
                yield Finding(
                    rule=self.code, model=name, subject="split", state=State.HELD,
                    said="training and holdout rows are base's own",
                )  # fmt: skip
            else:
                yield self._sides(name, policy, split, split.sides)

    def _sides(self, name: str, policy: HoldoutPolicy, split: SplitExam, sides: Sides) -> Finding:
        chance = chance_of_share(sides.held, sides.groups, policy.share)
        off = chance < UNLIKELY
        before = chance_of_share(sides.held_before, sides.groups_before, policy.share)
        worse = sides.newly_wrong > 0 or (off and not sides.wrong and before >= UNLIKELY)
        state = State.REGRESSED if worse else State.CANNOT_TELL if sides.wrong or off else State.HELD
        return Finding(
            rule=self.code, model=name, subject="split", state=state,
            said=self._said(policy, split, sides, off=off),
            do=self._do(policy, sides) if state is not State.HELD else "",
            blocks=worse, examples=sides.examples,
        )  # fmt: skip

    @staticmethod
    def _said(policy: HoldoutPolicy, split: SplitExam, sides: Sides, *, off: bool) -> str:
        held = f"{sides.held:,} of {sides.groups:,} groups ({sides.held / sides.groups:.1%}) are held out"
        rows = f", {split.after.share:.1%} of the rows" if split.after else ""
        if sides.wrong:
            what = f"{sides.wrong:,} of {sides.groups:,} groups have rows on the wrong side ({sides.wrong_rows:,} rows)"
            old = sides.wrong - sides.newly_wrong
            like = sides.looks_like
            guess = f"; all sides would be right with a share of {like:.3g}, not {policy.share:g}" if like else ""
            return f"{what}{f', {old:,} of them on base, too' if old else ''}{guess}"
        if off:
            return f"{held}{rows}: chance does not make that of a share of {policy.share:g}"
        own = ", each on the side that its own key gives it" if sides.salted else ""
        return f"{held}{rows}{own}"

    @staticmethod
    def _do(policy: HoldoutPolicy, sides: Sides) -> str:
        if sides.wrong:
            return (
                f"split with mergegate.split: key `{policy.key}`, salt from {policy.salt}, a share of {policy.share:g}"
            )
        return "see whether keys were renamed, and by which share the pipeline splits"


class HoldoutInTraining:
    """**What.** No group of base's holdout, nor of head's, may stand among head's training rows; nor may a row of the
    same content: the columns `text` and `content` of the policy, the text without regard to case, punctuation and
    spaces. The whole tables are compared, and up to 20 offenders are shown.

    **Why.** A model that has seen the answers looks better than it is, and the comparison with base rewards whoever
    leaks most. Rows of one group copy each other, so a group on both sides is a leak even where no row is the same: on
    this repository's own data a split by row shows 0.97 where the honest one shows 0.90. In CI the training table is
    the pull request's own claim; base's holdout, its labels and the model's answers are not.

    **How to fix.** Split by the group, so that it never moves; remove the rows from training that the holdout has.
    What base leaked already is told and does not block.
    """

    code: ClassVar[str] = "MG205"
    title: ClassVar[str] = "Held-out rows are in training"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for groups, and one for contents where the policy names columns for it."""
        for name, _, split in _asked(exam):
            for leak in split.leaks:
                yield self._leak(name, leak)

    def _leak(self, name: str, leak: Leak) -> Finding:
        what = "groups" if leak.by == "group" else "contents"
        old = leak.found - leak.new
        state = State.REGRESSED if leak.new else State.CANNOT_TELL if leak.found else State.HELD
        return Finding(
            rule=self.code, model=name, subject=f"holdout in training by {leak.by}", state=state,
            said=f"{leak.found:,} held-out {what} are also in training ({leak.rows:,} training rows)"
            f"{f', {old:,} of them on base, too' if old else ''}"
            if leak.found
            else f"no held-out {leak.by} is in training",
            do="take them out of training" if leak.found else "",
            blocks=leak.new > 0, examples=leak.examples,
        )  # fmt: skip


class NearDuplicates:
    """**What.** Held-out texts that have a near-duplicate among the training texts: a Jaccard similarity of their runs
    of three characters of at least the policy's `similarity` (0.8). MinHash finds the pairs, the exact similarity
    confirms them; the same text is MG205's. It blocks where a pull request gives more than `max_near` (2 %) of the
    held-out texts a near-duplicate that they had not on base. Beyond 20,000 held-out or a million training texts a
    sample is looked at, and the finding says so.

    **Why.** `turn off the light` in training answers `turn off the lights` in the exam. Templates, paraphrases and
    scraped copies leak past every comparison of ids.

    **How to fix.** Look at the pairs: what they have in common should be the group, so that both are on one side.
    """

    code: ClassVar[str] = "MG206"
    title: ClassVar[str] = "Near-duplicates across the split"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each split whose policy names a text."""
        for name, policy, split in _asked(exam):
            near = split.near
            if near is None:
                continue
            worse = near.new_share > policy.max_near
            yield Finding(
                rule=self.code, model=name, subject="near-duplicates",
                state=State.REGRESSED if worse else State.HELD,
                said=f"{near.found:,} of {near.texts:,} held-out texts have a near-duplicate in training (similarity "
                f"{near.similarity:g} or more), {near.new:,} of them new ({near.new_share:.2%}, accepted "
                f"{policy.max_near:.2%}){self._sample(near)}",
                do="put texts that are nearly the same into one group" if worse else "",
                blocks=worse, examples=near.examples,
            )  # fmt: skip

    @staticmethod
    def _sample(near: Near) -> str:
        """What was looked at, where that is not everything."""
        sides = (("held-out", near.texts, near.of), ("training", near.trained, near.trained_of))
        parts = [f"{seen:,} of {every:,} {side} texts" for side, seen, every in sides if seen < every]
        return f"; looked at a sample: {', '.join(parts)}" if parts else ""


class HoldoutShrunken:
    """**What.** The holdout lost more than `max_shrink` (5 %) of its rows. What training lost is told beside it.

    **Why.** Fewer rows see less: the intervals widen, and a drop that was visible becomes "cannot tell". It is also
    the quiet way to be rid of an exam.

    **How to fix.** Bring the rows back. Where the data itself shrank, have an owner of the data accept it.
    """

    code: ClassVar[str] = "MG207"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The holdout shrank"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each split whose tables changed, that base has, too, and that was not reset (MG209)."""
        for name, policy, split in _asked(exam):
            before, after = split.before, split.after
            if before is None or after is None or split.salts:
                continue
            worse = after.held < before.held * (1 - policy.max_shrink)
            yield Finding(
                rule=self.code, model=name, subject="holdout size", state=State.REGRESSED if worse else State.HELD,
                said=f"the holdout went from {before.held:,} to {after.held:,} rows "
                f"({after.held / before.held - 1:+.1%}), training from {before.train:,} to {after.train:,} "
                f"({after.train / before.train - 1:+.1%})",
                do="bring the rows back, or have an owner of the data accept the smaller holdout" if worse else "",
                blocks=worse,
            )  # fmt: skip


class SplitReset:
    """**What.** The salt of the split differs from base's, so that other groups are held out.

    **Why.** A new holdout is right from time to time: each decision wears the old one out (MG203). But whoever may draw
    again until a holdout is kind has no holdout, and base's model was trained on most of the new one, so that the
    two models cannot be compared on it. A reset is therefore an explicit act of an owner, never a by-product.

    **How to fix.** Put the old salt back. For a reset that is meant: a pull request of its own, whose blocked check an
    owner of the data accepts.
    """

    code: ClassVar[str] = "MG209"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "The split was reset"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each split whose salt changed."""
        for name, _, split in _asked(exam):
            if split.salts is None:
                continue
            of = f" of {split.after.held:,}" if split.after else ""
            seen = f": base's model was trained on {split.seen:,}{of} rows of the new holdout" if split.seen else ""
            yield Finding(
                rule=self.code, model=name, subject="split", state=State.REGRESSED,
                said=f"the salt of the split went from `{split.salts[0]}` to `{split.salts[1]}`{seen}",
                do="put the old salt back; a reset that is meant needs a pull request of its own that an owner of the "
                "data accepts",
                blocks=True,
            )  # fmt: skip
