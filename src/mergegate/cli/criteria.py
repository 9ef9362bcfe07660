"""Brings base's card and head's, and the people that they decide on, to the exam."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mergegate.cli.gather import base_evidence
from mergegate.errors import MergegateError, TableError
from mergegate.facts import Absent, Evidence, TableFile
from mergegate.facts.criteria import CriteriaExam, Generated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mergegate.cli.changes import Changes
    from mergegate.cli.reruns import Reruns
    from mergegate.contrast.criteria import People, Side
    from mergegate.facts import ModelPolicy, Policy, Revision
    from mergegate.facts.applicants import Applicants
    from mergegate.facts.card import Card
    from mergegate.facts.criteriapolicy import CriteriaPolicy
    from mergegate.facts.exam import Exam
    from mergegate.read.card import ReadCard
    from mergegate.read.git import Git

    _Tables = Mapping[str, TableFile | Absent]


_MOST_BYTES = 20_000_000


def criteria_tables(policy: Policy) -> list[str]:
    """The tables of people that cards decide on."""
    asked = [model.criteria for _, model in sorted(policy.models.items()) if model.criteria]
    return [path for one in asked for path in (one.rows, one.train) if path]


def criteria_files(policy: Policy) -> list[str]:
    """The cards, and the files that are generated from them."""
    asked = [model.criteria for _, model in sorted(policy.models.items()) if model.criteria]
    return [path for one in asked for path in (one.card, *one.generated)]


def to_hand_over(git: Git, policy: Policy) -> dict[str, Path]:
    """Those files as the pipeline wrote them in the working tree."""
    files = {path: git.root / path for path in criteria_files(policy)}
    return {path: file for path, file in files.items() if file.is_file() and not file.is_symlink()}


@dataclass(frozen=True, slots=True)
class Texts:
    """Where text files of both revisions come from."""

    git: Git
    base: Revision
    handed: Mapping[str, TableFile] | None
    """The files of a hand-over; None where head is the working tree."""
    changes: Changes | None

    def before(self, path: str) -> bytes | None:
        """Base's, from git."""
        return self.git.show(self.base.sha, path)

    def after(self, path: str) -> bytes | None:
        """Head's, as its pipeline wrote it; where a hand-over has none, as it is committed."""
        if self.handed is None:
            file = self.git.root / path
            return _start_of(file) if file.is_file() and not file.is_symlink() else None
        made = self.handed.get(path)
        return _start_of(made.path) if made else self.committed(path)

    def committed(self, path: str) -> bytes | None:
        """Head's, as it is committed; None where it is not, or where the commit was not named."""
        return self.git.show(self.changes.head.sha, path) if self.changes else None


def with_criteria(exam: Exam, texts: Texts, evidence: tuple[Evidence, Evidence], reruns: Reruns) -> Exam:
    """The exam with the criteria of every model that has any; what cannot be read is absent evidence."""
    criteria, absent = dict(exam.criteria), list(exam.absent)
    for name, model in sorted(exam.policy.models.items()):
        if model.criteria:
            found, missing = _Examination(model, model.criteria, texts, reruns, *evidence).examine()
            criteria[name] = found
            absent += [replace(one, model=name) for one in missing]
    return replace(exam, criteria=criteria, absent=tuple(absent))


@dataclass(frozen=True, slots=True)
class _Examination:
    """The criteria of one model, and what both sides have to show of them."""

    model: ModelPolicy
    policy: CriteriaPolicy
    texts: Texts
    reruns: Reruns
    before: Evidence
    after: Evidence

    def examine(self) -> tuple[CriteriaExam, list[Absent]]:
        """Read the cards, then the people; a card of base that cannot be read is an error, head's is a finding."""
        from mergegate.contrast.carddiff import diff
        from mergegate.read.card import CardError, parse_card

        path, texts = self.policy.card, self.texts
        old, new = texts.before(path), texts.after(path)
        base = parse_card(old, f"{path} at base ({texts.base.sha[:12]})") if old is not None else None
        exam = CriteriaExam(path, base=base.card if base else None)
        if new is None:
            return replace(exam, problem="there is no such file"), []
        try:
            head = parse_card(new, path)
        except CardError as error:
            return replace(exam, problem=error.what), []
        changes = diff(base.card, head.card) if base else ()
        stale, pending = self._uncommitted()
        exam = replace(exam, head=head.card, changes=changes, stale=stale, pending=pending)
        if not stale and not pending and self._unchanged():
            return replace(exam, same=True, unchanged=True), []
        return self._people(replace(exam, generated=tuple(self._generated(head))), base, head)

    def _unchanged(self) -> bool:
        """Whether card, generated code, people and predictions are all base's own."""
        people = (path for path in (self.policy.rows, self.policy.train) if path)
        answers = [side.tables.get(self.model.holdout) for side in (self.before, self.after)]
        hashes = {one.md5 if isinstance(one, TableFile) else None for one in answers}
        return (
            all(path in self.after.same for path in people)
            and all(self._kept(path) for path in self._files)
            and None not in hashes
            and len(hashes) == 1
        )

    def _kept(self, path: str) -> bool:
        old = self.texts.before(path)
        return old is not None and old == self.texts.after(path)

    def _uncommitted(self) -> tuple[str, str]:
        """Files that are committed otherwise than the pipeline made them: changed by hand, and left as on base."""
        texts = self.texts
        if texts.handed is None or texts.changes is None:
            return "", ""
        odd = [path for path in self._files if texts.after(path) != texts.committed(path)]
        left = [path for path in odd if texts.committed(path) == texts.before(path)]
        return ", ".join(path for path in odd if path not in left), ", ".join(left)

    @property
    def _files(self) -> tuple[str, ...]:
        return self.policy.card, *self.policy.generated

    def _generated(self, head: ReadCard) -> Iterator[Generated]:
        from mergegate.read.card import digest_in

        made, why = self._made_again()
        for path in self.policy.generated:
            content = self.texts.after(path)
            if content is None:
                yield Generated(path, "is not there")
            elif digest_in(content) != head.digest:
                said = digest_in(content)
                of = f"says that it was made from {said[:19]}…" if said else "does not say from which card it was made"
                yield Generated(path, f"{of}; the card is {head.digest[:19]}…")
            elif made is not None and made.get(path) != content:
                yield Generated(path, "is not what base's generator makes of the card", rerun=True)
            else:
                yield Generated(path, "", rerun=made is not None, not_rerun=why)

    def _made_again(self) -> tuple[Mapping[str, bytes] | None, str]:
        """What base's generator makes of head's card, by path; None and why where it was not run."""
        stage, paths, texts = self.policy.stage, self.policy.generated, self.texts
        if stage is None or all(texts.before(path) == texts.after(path) for path in self._files):
            return None, ""
        changed = texts.changes.of_stage(stage, {self.policy.card}) if texts.changes else ""
        if changed:
            return None, f"the pull request changes {', '.join(changed)}"
        return _rerun(texts, stage, self.policy.card, paths)

    def _people(self, exam: CriteriaExam, base: ReadCard | None, head: ReadCard) -> tuple[CriteriaExam, list[Absent]]:
        from mergegate.contrast.criteria import compare_criteria

        paths = [path for path in (self.policy.rows, self.policy.train) if path]
        tables = base_evidence(self.texts.git, self.texts.base, paths).tables
        own = {path: tables[path] if path in self.after.same else self.after.tables[path] for path in paths}
        lost = [one for one in tables.values() if isinstance(one, Absent)]
        absent = [one for one in own.values() if isinstance(one, Absent)]
        missing = [replace(one, side="" if one.scheduled else "head") for one in absent]
        if missing or any(not one.bootstrap for one in lost):
            return exam, [*missing, *lost]
        old = None if lost or base is None else self._side(self.before, tables, base.card, "base")
        try:
            new = self._side(self.after, own, head.card, "head")
            people = self._compared(tables if not lost else own, own, base.card if base else None, head.card)
        except TableError as error:
            return exam, [*lost, Absent(", ".join(paths), error.what, error.do, side="head")]
        same = base is not None and base.digest == head.digest and all(path in self.after.same for path in paths)
        found = compare_criteria(replace(exam, same=same), self.policy, people, old, new)
        crossed, not_crossed = self._crossed(people.train)
        return replace(found, **crossed), [*lost, *self._no_ceiling(new), *not_crossed]

    def _crossed(self, people: Applicants | None) -> tuple[dict[str, Any], list[Absent]]:
        """The gap on cross-fitted training rows, before and after."""
        if self.policy.crossfit is None or people is None:
            return {}, []
        from mergegate.cli.crossfit import Crossfit, Made

        card, same = self.texts.after(self.policy.card) or b"", self.policy.train in self.after.same
        made = Made(card, self.texts.handed is not None, self.texts.changes, same)
        (after, before), absent = Crossfit(self.model, self.policy, self.reruns, made).judged(people)
        return {"crossed": after, "crossed_before": before.after - before.before if before else None}, absent

    def _no_ceiling(self, head: Side) -> list[Absent]:
        name = self.policy.ceiling
        if name is None or head.answers is None or head.answers.ceiling is not None:
            return []
        why = f"the predictions have no column `{name}`, so the card's gap to its ceiling is not known"
        return [Absent(f"{self.model.holdout}: {name}", why, "let the stage that predicts write it", side="head")]

    def _side(self, evidence: Evidence, tables: _Tables, card: Card, side: str) -> Side:
        from mergegate.contrast.criteria import Side
        from mergegate.read.applicants import Source, features_of, read_answers, read_applicants

        wanted = features_of(card)
        rows, train = self._read_both(tables, lambda _, path: read_applicants(Source(path, side), self.model, wanted))
        answers = evidence.tables.get(self.model.holdout)
        said = read_answers(Source(answers.path, side), self.model) if isinstance(answers, TableFile) else None
        return Side(card, rows, said, train)

    def _read_both(
        self, tables: _Tables, read: Callable[[str, Path], Applicants]
    ) -> tuple[Applicants, Applicants | None]:
        """The held-out and the training rows of one revision, which has both."""
        files = {path: table.path for path, table in tables.items() if isinstance(table, TableFile)}
        rows, train = self.policy.rows, self.policy.train
        return read(rows, files[rows]), read(train, files[train]) if train else None

    def _compared(self, tables: _Tables, own: _Tables, base: Card | None, head: Card) -> People:
        """Base's people with what either card looks at; what base's tables lack is head's claim."""
        from mergegate.contrast.criteria import People
        from mergegate.read.applicants import Source, features_of, read_applicants

        wanted = features_of(base, head)
        spare = {path: Source(table.path, "head") for path, table in own.items() if isinstance(table, TableFile)}
        both = self._read_both(
            tables, lambda name, path: read_applicants(Source(path, "base"), self.model, wanted, spare[name])
        )
        return People(*both)


def _start_of(file: Path) -> bytes:
    """The file; of one that is too large for a card or its code, as much as shows it."""
    with file.open("rb") as stream:
        return stream.read(_MOST_BYTES)


def _rerun(texts: Texts, stage: str, card: str, paths: tuple[str, ...]) -> tuple[Mapping[str, bytes] | None, str]:
    """Base's generator on head's card, in a scratch clone."""
    import tempfile
    from pathlib import Path

    from mergegate.rerun.reevaluate import rerun_stage

    with tempfile.TemporaryDirectory(prefix="mergegate-card-") as folder:
        file = Path(folder, "card")
        file.write_bytes(texts.after(card) or b"")
        try:
            made = rerun_stage(texts.git.root, texts.base.sha, stage, {card: file}, paths)
        except MergegateError as error:
            return None, f"it could not be ({error.what.splitlines()[0][:200]})"
    found = {path: made[path].read_bytes() for path in paths}
    shutil.rmtree(made[paths[0]].parent, ignore_errors=True)
    return found, ""
