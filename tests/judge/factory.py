"""Small exams for the tests of the judge."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from mergegate.facts import (
    Absent,
    Basis,
    Comparison,
    CountTable,
    Direction,
    Discordant,
    Family,
    Finding,
    Joint,
    Policy,
    Quiz,
    QuizItem,
    Revision,
    Slice,
    Verdict,
)
from mergegate.facts.exam import Exam, ModelExam, Reevaluation
from mergegate.facts.target import TargetCheck
from mergegate.judge.verdict import decide

DAY = dt.date(2026, 12, 1)


def policy(**model: Any) -> Policy:
    top = {key: model.pop(key) for key in ("alpha", "unsure") if key in model}
    asked = {"holdout": "h.csv", "metrics": [{"name": "accuracy", "margin": 0.01}], **model}
    return Policy.model_validate({"version": 1, "models": {"m": asked}, **top})


def joint(n: int = 1000, **facts: Any) -> Joint:
    zero = np.zeros(1, np.int32)
    table = CountTable(label=zero, base=zero, head=zero, count=np.array([n]), classes=1)
    return Joint(classes=("a",), slices=(Slice(),), counts=(table,), n=n, **facts)


def comparison(
    basis: Basis, *, before: float = 0.9, after: float = 0.9, margin: float = 0.01, at: Slice | None = None
) -> Comparison:
    return Comparison(
        model="m", metric="accuracy", slice=at or Slice(), direction=Direction.HIGHER, before=before, after=after,
        n=basis.n if isinstance(basis, Discordant) else 1000, groups=None, basis=basis, method="Tango", margin=margin,
    )  # fmt: skip


def quiz(*answers: tuple[str, str | None, str | None, bool]) -> Quiz:
    items = tuple(
        QuizItem(id=f"q{number}", text=f"say {number}", label=label, base=base, head=head, must_pass=must)
        for number, (label, base, head, must) in enumerate(answers)
    )
    return Quiz("m", items)


def target(value: float, low: float, high: float, *, mark: float = 0.85, floor: float | None = 0.8) -> TargetCheck:
    return TargetCheck("m", "accuracy", value, low, high, mark, floor, 1000, DAY, level=0.005, method="Wilson")


def exam(
    *comparisons: Comparison,
    policy_: Policy | None = None,
    absent: tuple[Absent, ...] = (),
    policy_changed: bool = False,
    joint_: Joint | None = None,
    **model: Any,
) -> Exam:
    one = ModelExam("m", Family(comparisons), joint_ or joint(), **model)
    return Exam(
        policy=policy_ or policy(),
        base=Revision("main", "a" * 40),
        head=Revision("head", "b" * 40),
        models={"m": one},
        absent=absent,
        policy_digest="c" * 64,
        policy_changed=policy_changed,
    )


def verdict(*args: Comparison, **kwargs: Any) -> Verdict:
    return decide(exam(*args, **kwargs))


def only(found: Verdict, rule: str) -> Finding:
    [finding] = [finding for finding in found.findings if finding.rule == rule]
    return finding


def reevaluated(differing: int) -> Reevaluation:
    return Reevaluation("h.csv", done=True, rows=1000, differing=differing)
