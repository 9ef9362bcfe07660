"""Where a holdout changed: both models on both holdouts, and whether the rows that left were picked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.cli.gather import base_evidence
from mergegate.cli.reruns import NotRun
from mergegate.contrast.holdout import picked
from mergegate.contrast.scores import compare_scores
from mergegate.errors import TableError
from mergegate.facts import TableFile
from mergegate.facts.holdout import Transfer
from mergegate.read.holdout_removed import read_removed
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mergegate.cli.reruns import Candidate, Reruns
    from mergegate.facts import Comparison, Evidence, ModelPolicy
    from mergegate.facts.exam import Exam, ModelExam
    from mergegate.facts.holdout import Picked
    from mergegate.facts.policy import Engine
    from mergegate.facts.splitpolicy import HoldoutPolicy


@dataclass(frozen=True, slots=True)
class Sources:
    """What both sides have to show, and the model that the pull request brings."""

    before: Evidence
    after: Evidence
    candidate: Callable[[ModelPolicy], Candidate]
    reruns: Reruns


def with_transfers(exam: Exam, sources: Sources) -> Exam:
    """The exam in which each model whose holdout changed is also seen on the other holdout."""
    models = {name: _with_transfer(exam, model, sources) for name, model in exam.models.items()}
    return replace(exam, models=models)


def _with_transfer(exam: Exam, model: ModelExam, sources: Sources) -> ModelExam:
    policy = exam.policy.models[model.name]
    before, after = (side.tables[policy.holdout] for side in (sources.before, sources.after))
    if not isinstance(before, TableFile) or not isinstance(after, TableFile):
        return model
    old = _new_on_old(policy, sources) if _rows_changed(policy, sources) else None
    model = replace(model, picked=_picked(policy, model, (before.path, after.path), old))
    if old is None:
        return model
    return replace(model, transfer=_transfer(exam, model, sources, (before.path, after.path), old))


def _rows_changed(policy: ModelPolicy, sources: Sources) -> bool:
    rows = policy.reevaluate.rows if policy.reevaluate else None
    return rows is not None and isinstance(sources.after.tables.get(rows), TableFile)


def _new_on_old(policy: ModelPolicy, sources: Sources) -> Path | NotRun:
    """What base's code and the candidate's model say of base's rows."""
    assert policy.reevaluate is not None  # noqa: S101 - the caller has seen to it
    candidate = sources.candidate(policy)
    if candidate.model is None:
        return NotRun("the pull request brought no model file")
    if candidate.code_changed:
        return NotRun(f"the pull request changes {candidate.code_changed}")
    return sources.reruns.answers(policy, {policy.reevaluate.model: candidate.model}, "the candidate's model")


def _picked(
    policy: ModelPolicy, model: ModelExam, tables: tuple[Path, Path], old: Path | NotRun | None
) -> tuple[Picked, ...]:
    """Whether the wrong rows left more often: those of base's model, and where it answered them those of head's."""
    if not model.joint.only_base or policy.task != "classification":
        return ()
    found = [picked("base's model", read_removed(*tables, policy), grouped=policy.group is not None)]
    if old is not None and not isinstance(old, NotRun):
        of_head = read_removed(*tables, policy, old)
        found.append(picked("the candidate's model", of_head, grouped=policy.group is not None))
    return tuple(found)


def _transfer(
    exam: Exam, model: ModelExam, sources: Sources, tables: tuple[Path, Path], old: Path | NotRun
) -> Transfer | None:
    """Both comparisons of the first metric; None where it has no value on the rows that both holdouts have."""
    policy, engine = exam.policy.models[model.name], exam.policy.engine
    common = next((one for one in model.family.comparisons if one.slice.overall), None)
    if common is None:
        return None
    simple = policy.model_copy(update={"min_coverage": 0.0, "slices": (), "metrics": policy.metrics[:1]})
    ask = _Asked(model.name, simple, engine)
    before = old if isinstance(old, NotRun) else ask.compare(tables[0], old, labels=tables[0])
    answers, left_out = _old_on_new(exam, policy, sources)
    after = answers if isinstance(answers, NotRun) else ask.compare(answers, tables[1])
    return Transfer(
        old=common if isinstance(before, NotRun) else before,
        new=common if isinstance(after, NotRun) else after,
        why_old=before.why if isinstance(before, NotRun) else "",
        why_new=after.why if isinstance(after, NotRun) else "",
        left_out=left_out,
    )


def _old_on_new(exam: Exam, policy: ModelPolicy, sources: Sources) -> tuple[Path | NotRun, int]:
    """What base's model says of head's rows, without those that it was trained on; how many those are."""
    assert policy.reevaluate is not None and policy.reevaluate.rows  # noqa: S101, PT018 - the caller has seen to it
    rows = sources.after.tables[policy.reevaluate.rows]
    assert isinstance(rows, TableFile)  # noqa: S101 - the caller has seen to it
    answers = sources.reruns.answers(policy, {rows.name: rows.path}, "base's model on the new rows")
    split = next((one for one in exam.policy.data.splits.values() if one.rows == rows.name and one.train), None)
    if isinstance(answers, NotRun) or split is None:
        return answers, 0
    trained = base_evidence(sources.reruns.git, sources.reruns.base, [str(split.train)]).tables[str(split.train)]
    if not isinstance(trained, TableFile):
        return answers, 0
    return _unseen(answers, policy, split, (trained.path, rows.path))


def _unseen(
    answers: Path, policy: ModelPolicy, split: HoldoutPolicy, rows: tuple[Path, Path]
) -> tuple[Path | NotRun, int]:
    from mergegate.read.holdout_unseen import unseen_answers

    try:
        kept, seen = unseen_answers(answers, policy, split, *rows)
    except TableError as error:
        return NotRun(error.what), 0
    if not kept:
        return NotRun(f"base's model was trained on all {seen:,} rows of the new holdout"), seen
    return answers.with_name("unseen.parquet"), seen


@dataclass(frozen=True, slots=True)
class _Asked:
    """One metric of one model over all rows."""

    name: str
    policy: ModelPolicy
    engine: Engine

    def compare(self, before: Path, after: Path, labels: Path | None = None) -> Comparison | NotRun:
        """Base's answers against head's on the rows that both tables have."""
        try:
            joint = pair(before, after, self.policy, labels=labels, engine=self.engine)
        except TableError as error:
            return NotRun(error.what)
        family, absent = compare_scores(self.name, self.policy, joint)
        return family.comparisons[0] if family.comparisons else NotRun(absent[0].why)
