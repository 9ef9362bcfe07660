"""From the evidence of base and head to the exam that the rules judge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mergegate.cli.answers import absent_answers, answers, conjunction_of, limits_of
from mergegate.contrast.cost import check_cost
from mergegate.contrast.discrepancy import discrepancies
from mergegate.contrast.noise import as_recipe
from mergegate.contrast.scores import compare_scores
from mergegate.contrast.target import check_target
from mergegate.facts import Absent, Evidence, Family, TableFile
from mergegate.facts.exam import Exam, ModelExam, Reevaluation
from mergegate.facts.noise import Noise
from mergegate.read.quiz import read_quiz
from mergegate.read.tables import pair

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from mergegate.facts import ModelPolicy, Policy, Quiz
    from mergegate.facts.cost import CostEvidence
    from mergegate.facts.history import Reuse
    from mergegate.facts.policy import Engine
    from mergegate.facts.waiver import Acceptance


@dataclass(frozen=True, slots=True)
class Setting:
    """How the evidence is to be read."""

    day: dt.date
    """Today (UTC): which mark of a target is due."""
    target_level: float = 0.05
    """One-sided level at which each target is tested."""
    distrust_head: bool = False
    """True where head was handed over: right answers come from base's table alone."""
    policy_digest: str = ""
    policy_changed: bool = False
    reevaluations: Mapping[str, tuple[Reevaluation, ...]] = field(default_factory=dict)
    """By model; the first, where there is any, is of the holdout."""
    attempt: int = 1
    acceptance: Acceptance | None = None
    reuse: Mapping[str, Reuse] = field(default_factory=dict)
    costs: Mapping[str, CostEvidence] = field(default_factory=dict)
    noise: Mapping[str, Noise | Absent] = field(default_factory=dict)
    """By model, where the policy wants the recipe judged: its training noise at base, or why it is not known."""


def examine(policy: Policy, base: Evidence, head: Evidence, setting: Setting) -> Exam:
    """Join, compare and gather every model of the policy."""
    models: dict[str, ModelExam] = {}
    absent: list[Absent] = []
    for name, model in sorted(policy.models.items()):
        missing = [
            replace(one, model=name, side="" if one.scheduled else side) for side, one in _absent(model, base, head)
        ]
        absent += missing
        after = head.tables[model.holdout]
        if isinstance(after, TableFile):
            exam, more = _model((name, model, policy.engine), (base, head), setting)
            models[name] = exam
            absent += more
            noise = setting.noise.get(name)
            if isinstance(noise, Absent) and not exam.identical:
                absent.append(replace(noise, model=name))
    return Exam(
        policy=policy,
        base=base.revision,
        head=head.revision,
        models=models,
        absent=tuple(absent),
        policy_digest=setting.policy_digest,
        policy_changed=setting.policy_changed,
        attempt=setting.attempt,
        acceptance=setting.acceptance,
    )


def _absent(model: ModelPolicy, base: Evidence, head: Evidence) -> list[tuple[str, Absent]]:
    wanted = [model.holdout, *([model.quiz.table] if model.quiz else [])]
    missing = [
        (side, table)
        for side, evidence in (("base", base), ("head", head))
        for table in (evidence.tables[name] for name in wanted)
        if isinstance(table, Absent)
    ]
    return missing + absent_answers(model, base, head)


def _model(
    asked: tuple[str, ModelPolicy, Engine], evidence: tuple[Evidence, Evidence], setting: Setting
) -> tuple[ModelExam, list[Absent]]:
    name, model, engine = asked
    before, after = (side.tables[model.holdout] for side in evidence)
    assert isinstance(after, TableFile)  # noqa: S101 - the caller has seen to it
    family, missing, recipe = Family(()), tuple[Absent, ...](), False
    if isinstance(before, TableFile):
        labels = before.path if setting.distrust_head else None
        # Too few of base's ids are a finding of MG201, which says which rows went; not an error without a report.
        some = model.model_copy(update={"min_coverage": 0.0})
        joint = pair(before.path, after.path, some, labels=labels, engine=engine)
        family, missing = compare_scores(name, model, joint)
        if setting.distrust_head and before.md5 != after.md5:
            missing = (*missing, *_columns_gone(model, after))
        noise = None if before.md5 == after.md5 else setting.noise.get(name)
        if isinstance(noise, Noise):
            family, recipe = as_recipe(family, noise), True
    else:
        joint = pair(after.path, after.path, model, engine=engine)
    beside, again = answers(name, model, *evidence), setting.reevaluations.get(name, ())
    exam = ModelExam(
        name=name,
        family=family,
        joint=joint,
        identical=isinstance(before, TableFile) and before.md5 == after.md5,
        quiz=_quiz(name, model, evidence),
        target=check_target(name, model, joint, setting.day, level=setting.target_level) if model.target else None,
        reevaluation=next((one for one in again if one.table == model.holdout), None),
        also=tuple(one for one in again if one.table != model.holdout),
        cost=check_cost(name, model.cost, setting.costs[name], joint.n)
        if model.cost and name in setting.costs
        else None,
        recipe=recipe,
        reuse=setting.reuse.get(name),
        limits=limits_of(name, model, joint, before, after),
        conjunction=conjunction_of(name, model, joint),
        discrepancies=discrepancies(name, joint),
        shadow=beside.shadow,
        invariances=beside.invariances,
    )
    return exam, [replace(one, model=name) for one in missing]


def _columns_gone(model: ModelPolicy, head: TableFile) -> tuple[Absent, ...]:
    """Columns that base's table lends to the judge, and that head's no longer has: the next judge would have none."""
    from mergegate.read.applicants import Source, columns_of

    has = columns_of(Source(head.path, "head"))
    gone = [name for name in dict.fromkeys([*model.slices, model.group]) if name and name not in has]
    if not gone:
        return ()
    named = ", ".join(f"`{name}`" for name in gone)
    why = (
        f"the pull request's predictions have no {named}, which the policy asks for: after it, nothing could be judged"
    )
    return (Absent(f"{model.holdout}: {named}", why, "let the stage that predicts write it", side="head"),)


def _quiz(name: str, model: ModelPolicy, evidence: tuple[Evidence, Evidence]) -> Quiz | None:
    if model.quiz is None:
        return None
    before, after = (_path(side, model.quiz.table) for side in evidence)
    return read_quiz(before, after, name, model.quiz, model) if after else None


def _path(evidence: Evidence, table: str) -> Path | None:
    found = evidence.tables[table]
    return found.path if isinstance(found, TableFile) else None
