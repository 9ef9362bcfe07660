"""What the pull request does to that which it is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.judge.levels import Levelled

_MOST = 10
_OWNER = "have an owner of it approve the change"


class ClaimedMetrics:
    """**What.** A metrics file that the pull request commits says what base's own stage writes of the evidence.

    **Why.** Nobody can tell a number that was typed into a metrics file from one that was computed: DVC takes both for
    up to date once the hash in `dvc.lock` is edited, too. The gate judges rows and not these files, but people and
    dashboards read them on main.

    **How to fix.** Run `mergegate run` and commit what it writes, nothing by hand. If the stage is not deterministic,
    let it round what it writes.
    """

    code: ClassVar[str] = "MG907"
    title: ClassVar[str] = "The committed metrics are not the evidence's"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each metrics file that differs, or that nobody could compute."""
        for one in exam.intact.metrics:
            wrong = bool(one.differing) or one.failed
            if not wrong and not one.why_not:
                continue
            first = f" ({' '.join(one.differing[0][:2])}, computed {one.differing[0][2]})" if one.differing else ""
            many = len(one.differing)
            counted = f"{many} values of {one.path} are" if many > 1 else f"a value of {one.path} is"
            said = f"{counted} not what base's code computes{first}"
            yield Finding(
                rule=self.code, model="", subject=one.path,
                state=State.HELD if one.beyond else State.REGRESSED if one.differing else State.ABSENT,
                informs=one.beyond,
                said=f"{one.path} is as the pull request claims it: {one.why_not}" if one.why_not else said,
                do="run `mergegate run` again and commit what it writes" if wrong else _OWNER,
                blocks=wrong, unsure=any(path not in exam.intact.owners for path in one.code),
                examples=(("value", "committed", "computed"), *one.differing) if one.differing else (),
            )  # fmt: skip


class GroundlessOutput:
    """**What.** `dvc.lock` names another output of a stage than base's, although the command, the params and every
    input are what they were.

    **Why.** `dvc commit --force`, an edited hash or an edited entry of the run cache look like this: DVC takes the
    stage for up to date, and what it is said to have written is just a claim.

    **How to fix.** Let the stage run: `dvc repro -f -s STAGE`, then `mergegate run`. A stage that gives other results
    each time needs a seed. Predictions are answered again whatever this says (MG902), metrics computed again (MG907).
    """

    code: ClassVar[str] = "MG908"
    title: ClassVar[str] = "An output changed, and nothing that makes it did"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each such output."""
        for path, stage in exam.intact.groundless:
            yield Finding(
                rule=self.code, model="", subject=path, state=State.CANNOT_TELL,
                said=f"dvc.lock names another result of the stage {stage}, and what the stage reads is the same",
                do=f"let the stage run again (dvc repro -f -s {stage}), or have an owner look at why",
                unsure=True,
            )  # fmt: skip


class OtherThanLocked:
    """**What.** The pull request's `dvc.lock` names one file, and its run handed over another in its place.

    **Why.** Main takes what the lock names, wherever the remote has it: then something else would be deployed than
    what was judged.

    **How to fix.** Run `mergegate run --push` and commit `dvc.lock`; or leave the lock as main has it (`git checkout
    origin/main -- dvc.lock`): the run makes it again. Where main moved on meanwhile, merge it first.
    """

    code: ClassVar[str] = "MG909"
    title: ClassVar[str] = "Another file was judged than dvc.lock names"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each such file."""
        for path in exam.intact.other:
            yield Finding(
                rule=self.code, model="", subject=path, state=State.REGRESSED,
                said=f"dvc.lock names another {path} than the one that was handed over and judged",
                do="commit the dvc.lock that `mergegate run` writes, or leave main's",
                blocks=True,
            )  # fmt: skip


class StageWeakened:
    """**What.** A stage no longer notices something that it noticed: a dependency or param was dropped, it was frozen,
    it no longer writes a file, or it is gone.

    **Why.** What a stage does not depend on can change without the stage running again: then old results stand for new
    code. Each of these has honest uses, so that an owner of the pipeline decides.

    **How to fix.** Nothing, if it is meant: the owners that CODEOWNERS names approve it. Otherwise restore the line.
    """

    code: ClassVar[str] = "MG910"
    title: ClassVar[str] = "A stage notices less than before"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each thing lost."""
        for stage, what in exam.intact.weakened:
            yield Finding(
                rule=self.code, model="", subject=f"stage {stage}", state=State.CANNOT_TELL,
                said=f"the stage {stage} {what}", do=_owner(exam, "dvc.yaml"), unsure=True,
            )  # fmt: skip


class OddFile:
    """**What.** The pull request adds or changes a file that does something by being there: a link out of the
    repository, a submodule, `sitecustomize.py`, a filter or hidden diffs in `.gitattributes`, `.dvcignore`, DVC's
    configuration, a module named like a library, a lock file that takes packages from elsewhere, a name that is
    another file's on some machines.

    **Why.** No stage names such a file, so that no stage looks changed, and yet it decides what runs on main.

    **How to fix.** Take it out, or have its owners approve it. A link out of the repository, a name with invisible
    signs and two names that are one on some machines have to go.
    """

    code: ClassVar[str] = "MG911"
    title: ClassVar[str] = "A file does something by being there"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each such file."""
        for odd in exam.intact.odd:
            yield Finding(
                rule=self.code, model="", subject=odd.path,
                state=State.REGRESSED if odd.blocks else State.CANNOT_TELL,
                said=f"{odd.path}: {odd.what}", do="take it out" if odd.blocks else _owner(exam, odd.path),
                blocks=odd.blocks, unsure=not odd.blocks,
            )  # fmt: skip


class OwnersAsked:
    """**What.** The pull request changes files that have owners in base's CODEOWNERS.

    **Why.** What decides whether a pull request may merge (the policy, the pipeline, the workflows, the gate, the code
    that makes the evidence) is changed with an owner's consent alone: the ruleset asks for it. This says whose.

    **How to fix.** Nothing: ask the owners for their review. A change that needs none merges sooner on its own.
    """

    code: ClassVar[str] = "MG912"
    title: ClassVar[str] = "Owners have to approve it"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for all files that have owners."""
        owned = sorted(exam.intact.owners.items())
        if owned:
            named = ", ".join(f"{path} ({owners})" for path, owners in owned[:_MOST])
            more = f" and {len(owned) - _MOST:,} more" if len(owned) > _MOST else ""
            yield Finding(
                rule=self.code, model="", subject="owners", state=State.CANNOT_TELL, informs=True,
                said=f"these files have owners, who approve the change before it merges: {named}{more}",
                do="ask them for their review",
            )  # fmt: skip


class HoldoutEdited:
    """**What.** Held-out rows that keep their id differ in what the model is asked.

    **Why.** A holdout whose hard questions were made easy is another exam under the same name: base's code and the
    candidate's model then give the claimed answers, and base's labels fit them.

    **How to fix.** Give a row that asks something else another id. Mend rows in a pull request of their own, which an
    owner of the data approves.
    """

    code: ClassVar[str] = "MG913"
    title: ClassVar[str] = "Held-out rows were edited"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each model with such rows."""
        for one in exam.intact.edited:
            rows = f"{one.rows:,} held-out rows keep their id and differ"
            rows = "1 held-out row keeps its id and differs" if one.rows == 1 else rows
            yield Finding(
                rule=self.code, model=one.model, subject="holdout", state=State.CANNOT_TELL,
                said=f"{rows} in {', '.join(one.columns)[:200]}",
                do="mend rows in a pull request of their own, approved by an owner of the data",
                unsure=True,
            )  # fmt: skip


class CodeUnnoticed:
    """**What.** A stage imports a Python file that the pull request changes, and does not depend on it: not in
    `dvc.yaml`, so that the stage did not run again. So does one that imports such a file from now on.

    **Why.** What is judged then is what the old code made. It is a common slip with DVC (a helper is split off, and the
    dependency forgotten), and a package's `__init__.py` runs with every module in it. Changed comments, blanks and
    docstrings do not count. Imports are read, not run: what is imported by a name made at run time is not seen.

    **How to fix.** Add the file, or its folder, to the stage's `deps` in `dvc.yaml`, and run `mergegate run`.
    """

    code: ClassVar[str] = "MG914"
    title: ClassVar[str] = "A stage runs code that it does not depend on"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each file, with all of its stages."""
        stages: dict[str, list[str]] = {}
        for stage, path in exam.intact.undeclared:
            stages.setdefault(path, []).append(stage)
        for path, using in sorted(stages.items()):
            named = ", ".join(using[:_MOST]) + (f" and {len(using) - _MOST:,} more" if len(using) > _MOST else "")
            import_ = "imports" if len(using) == 1 else "import"
            on = "does not depend on it" if len(using) == 1 else "do not depend on it"
            yield Finding(
                rule=self.code, model="", subject=path, state=State.CANNOT_TELL,
                said=f"{named} {import_} {path} and {on}: its changes made nothing run again",
                do=f"add {path} to `deps` in dvc.yaml, and run `mergegate run`", unsure=True,
            )  # fmt: skip


def _owner(exam: Exam, path: str) -> str:
    """Whom to ask."""
    owners = exam.intact.owners.get(path)
    if owners:
        return f"{owners} own {path} and have to approve it"
    return f"{_OWNER}; CODEOWNERS names none for {path}: name one"
