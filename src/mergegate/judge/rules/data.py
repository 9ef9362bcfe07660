"""Is the data still what the team takes it for?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State
from mergegate.judge.levels import data_level
from mergegate.judge.rules.datawords import (
    class_rows,
    diff_said,
    fault_rows,
    fault_said,
    leak_said,
    shift_said,
    text_said,
)
from mergegate.stats.bounds import bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.data import DataExam, Leak, RowDiff, Shift, TextFault
    from mergegate.facts.datapolicy import RowLimits
    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled


class SchemaBroken:
    """**What.** Head's table keeps the schema of `data.tables` in `gate.yaml`: its columns, the type, range, allowed
    values and pattern of each cell, empty cells, what is unique, the fewest rows, and the fewest rows of a class.
    Every id stands once. A table that is the same as base's is not read again.

    **Why.** What a table may hold is known beforehand, so nothing here is a matter of statistics: one column under
    another name, one price in cents, one id that stands twice, and every number that is computed later is about
    something else.

    **How to fix.** Mend the rows that are shown, by their ids. Where the schema is wrong, change it in `gate.yaml` in a
    pull request of its own: the gate judges with the policy of base.
    """

    code: ClassVar[str] = "MG101"
    title: ClassVar[str] = "The data breaks its schema"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each table that changed."""
        for name, table in sorted(exam.data.items()):
            if not table.identical:
                broken = bool(table.faults)
                yield Finding(
                    rule=self.code, model="", subject=f"{name} schema",
                    state=State.REGRESSED if broken else State.HELD, said=fault_said(table),
                    do="mend these rows; a schema is changed in a pull request of its own" if broken else "",
                    blocks=broken, examples=fault_rows(table.faults),
                )  # fmt: skip


class DataChanged:
    """**What.** Base's rows against head's, by id: added, removed, relabelled and edited, by class, and by held-out and
    training rows where the table names its `model`; a few of each are shown with the old and the new value.

    **Why.** Results change when the data changes, with no change in the code, and a data file is a binary blob in a
    code review. This informs; it blocks where `limits` in the policy sets the share of base's rows that a pull request
    may remove, relabel, edit or add.

    **How to fix.** Read the rows that are shown. Where a limit stops a change that is meant, make it in smaller steps,
    or have an owner raise the limit in a pull request of its own.
    """

    code: ClassVar[str] = "MG102"
    title: ClassVar[str] = "The data changed"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One or two findings for each table: its rows, and its classes where any moved."""
        for name, table in sorted(exam.data.items()):
            if table.diff is None:
                yield self._undiffed(name, table)
                continue
            yield self._judge(name, table.diff, exam.policy.data.tables[name].limits)
            if moved := class_rows(table.diff):
                yield Finding(
                    rule=self.code, model="", subject=f"{name} classes", state=State.HELD,
                    said="for information: which rows changed, by class", examples=moved,
                )  # fmt: skip

    def _undiffed(self, name: str, table: DataExam) -> Finding:
        if table.identical:
            return Finding(
                rule=self.code, model="", subject=name, state=State.HELD, said=f"{table.path} is the same as base's"
            )
        why = table.no_base
        said = f"its {table.rows[1]:,} rows cannot be paired with base's: both need one column of ids"
        return Finding(
            rule=self.code, model="", subject=name, state=State.ABSENT,
            said=why.why if why else said, do=why.do if why else "see that base and head have the column of ids once",
        )  # fmt: skip

    def _judge(self, name: str, diff: RowDiff, limits: RowLimits) -> Finding:
        shares = {kind: getattr(diff, kind) / max(diff.before, 1) for kind in type(limits).model_fields}
        beyond = [
            kind for kind, share in shares.items() if (most := getattr(limits, kind)) is not None and share > most
        ]
        over = ", ".join(f"{shares[kind]:.1%} {kind} (limit {getattr(limits, kind):.1%})" for kind in beyond)
        return Finding(
            rule=self.code, model="", subject=f"{name} rows", state=State.REGRESSED if beyond else State.HELD,
            said=f"{name}: {over}: {diff_said(diff)}" if beyond else diff_said(diff),
            do="make the change in smaller steps, or have an owner raise the limit first" if beyond else "",
            blocks=bool(beyond), examples=diff.examples,
        )  # fmt: skip


class DataDrifted:
    """**What.** How far the distribution of the label (the class balance) and of each column moved from base's: the
    total variation distance, that is the share of rows that would have to be of another kind. Categories as they
    are, numbers in ranges between base's deciles, long texts by their length.

    **Why.** A model learns how often things happen. But the plain distance of two samples is never 0 and grows with the
    number of kinds. So the kinds that grew are learnt on one half of the groups and measured on the other, and the
    merge is blocked only where the lower bound of what is then found lies beyond `max_shift`. All tests of the data
    together have a tenth of the false-block rate.

    **How to fix.** See which kinds grew. Where the world changed, say so, and have an owner accept it or raise
    `max_shift`; where the collection changed, mend it.
    """

    code: ClassVar[str] = "MG103"
    title: ClassVar[str] = "The data drifted"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each column that moved beyond its limit or may have, one for all others of a table."""
        level = data_level(exam)
        for name, table in sorted(exam.data.items()):
            found = [self._judge(name, shift, level) for shift in table.shifts]
            yield from (one for one in found if one.state is not State.HELD)
            if table.uncompared:
                yield _untested(self.code, f"{name} distribution", f"not compared: {', '.join(table.uncompared)}")
            held = [shift for shift, one in zip(table.shifts, found, strict=True) if one.state is State.HELD]
            if held:
                most = max(held, key=lambda shift: shift.distance)
                yield Finding(
                    rule=self.code, model="", subject=f"{name} distribution", state=State.HELD,
                    said=f"{len(held)} of {len(found)} columns within their limit; most moved "
                    + shift_said(most, level),
                )  # fmt: skip

    def _judge(self, name: str, shift: Shift, level: float) -> Finding:
        low = -bounds(shift.comparison.basis, level)[1]
        limit = shift.comparison.margin
        state = State.REGRESSED if low > limit else State.HELD if shift.distance <= limit else State.CANNOT_TELL
        return Finding(
            rule=self.code, model="", subject=f"{name} {shift.comparison.metric}", state=state,
            said=f"{name}: {shift_said(shift, level)}", margin=limit, better="lower", blocks=state is State.REGRESSED,
            do="see which kinds grew, and whether the world changed or the collection" if low > limit else "",
        )  # fmt: skip


class TextsBroken:
    """**What.** Texts of head that are wrongly decoded (a replacement character, or UTF-8 read as Latin-1), have
    control or direction characters, are blank or nearly so, or repeat another row's; rows that contradict each other
    (they differ in the label alone); and columns in which more cells are empty than on base.

    **Why.** One step that reads a file with the wrong encoding spoils every accent in it, and the model still trains. A
    share beyond the policy's `texts` blocks where it is larger than base's; without a limit this informs.

    **How to fix.** Look at the step that wrote the rows that are shown: the encoding with which it reads and writes,
    and what it does with what is missing.
    """

    code: ClassVar[str] = "MG104"
    title: ClassVar[str] = "Texts are broken"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each kind that became more frequent, one for all others of a table."""
        for name, table in sorted(exam.data.items()):
            rose = [fault for fault in table.texts if _rose(fault)]
            for fault in rose:
                yield self._judge(name, fault)
            stood = [fault for fault in table.texts if not _rose(fault)]
            if stood:
                known = "; ".join(text_said(fault) for fault in stood if fault.after)
                yield Finding(
                    rule=self.code, model="", subject=f"{name} texts", state=State.HELD,
                    said=f"no more than on base: {known}" if known else "no text is broken",
                )  # fmt: skip

    def _judge(self, name: str, fault: TextFault) -> Finding:
        share = fault.after / max(fault.rows[1], 1)
        measured = share - fault.before / max(fault.rows[0], 1) if fault.kind == "empty" else share
        beyond = fault.limit is not None and measured > fault.limit
        held = fault.limit is not None and not beyond
        rows = (("id", fault.column), *fault.examples) if fault.examples else ()
        return Finding(
            rule=self.code, model="", subject=f"{name} {fault.column} {fault.kind}",
            state=State.HELD if held else State.REGRESSED, said=f"{name}: {text_said(fault)}",
            do="look at the step that wrote these rows" if not held else "",
            margin=fault.limit, better="lower", blocks=beyond, examples=rows,
        )  # fmt: skip


class AnswerLeaks:
    """**What.** For each column, how well it alone tells the label on rows from which that was not learnt: its skill (0
    like guessing, 1 always right, every class alike) and the share of rows whose value settles the label. Half of
    the groups teach, the other half is asked, so that ids and other nearly unique columns tell nothing.

    **Why.** A column that is written after the decision makes any model look brilliant until it meets a case that has
    not been decided yet. A strong honest feature raises the odds; a leak settles them. Columns that look harmless may
    still be known only afterwards: name those in `forbidden`.

    **How to fix.** Take the column out of the table that the model learns from. Where it must stay in this table and is
    never a feature, name it in `leaks.known`. What stood on base already does not block, but is told.
    """

    code: ClassVar[str] = "MG105"
    title: ClassVar[str] = "A column tells the answer"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each column that tells too much or may, one for all others of a table."""
        level = data_level(exam)
        for name, table in sorted(exam.data.items()):
            found = [self._judge(name, leak, level) for leak in table.leaks]
            yield from (one for one in found if one.state is not State.HELD)
            if not found and not table.identical and exam.policy.data.tables[name].leaks is not None:
                yield _untested(self.code, f"{name} leaks", "no column could be tested: too few classes have ten rows")
            held = [leak for leak, one in zip(table.leaks, found, strict=True) if one.state is State.HELD]
            if held:
                most = max(held, key=lambda leak: (leak.skill.after, leak.column))
                yield Finding(
                    rule=self.code, model="", subject=f"{name} leaks", state=State.HELD,
                    said=f"none of {len(held)} columns tells the answer alone; most: {leak_said(most, level)}",
                )  # fmt: skip

    def _judge(self, name: str, leak: Leak, level: float) -> Finding:
        both = (leak.skill, leak.certain)
        told = any(-bounds(one.basis, level)[1] > one.margin for one in both)
        open_ = any(one.after > one.margin for one in both)
        return Finding(
            rule=self.code, model="", subject=f"{name} {leak.column}",
            state=State.REGRESSED if told and not leak.stood else State.CANNOT_TELL if open_ else State.HELD,
            said=f"{name}: {leak_said(leak, level)}" + (", as on base already" if leak.stood else ""),
            do="take it out of what the model learns from, or name it in `leaks.known` first" if told else "",
            better="lower", blocks=told and not leak.stood,
        )  # fmt: skip


def _untested(rule: str, subject: str, why: str) -> Finding:
    return Finding(rule=rule, model="", subject=subject, state=State.ABSENT, said=why,
                   do="see that base and head have the ids, the label and these columns once")  # fmt: skip


SLIGHT = 0.01
"""Empty and repeated cells come with any new row: below this share of the rows, a rise of theirs is not told."""


def _rose(fault: TextFault) -> bool:
    """Whether head has more of it than base, as a share of its rows."""
    before, after = (n / max(rows, 1) for n, rows in zip((fault.before, fault.after), fault.rows, strict=True))
    usual = fault.limit is None and (fault.kind == "repeated" or (fault.kind == "empty" and fault.before))
    return after > before + (SLIGHT if usual else 0.0)
