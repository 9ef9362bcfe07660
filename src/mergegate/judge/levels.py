"""Shares one false-block rate among everything that is tested on a pull request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mergegate.facts import Comparison, Direction, Discordant, Slice
from mergegate.stats.attained import Attained
from mergegate.stats.bounds import p_drop
from mergegate.stats.multiplicity import family_levels, family_p

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from mergegate.facts import Policy
    from mergegate.facts.exam import Exam, ModelExam
    from mergegate.facts.quiz import Quiz

_SEED = 20_261_122
"""Of the simulation behind step-down max-T: fixed, so that the same evidence gets the same verdict."""


APART: Mapping[str, float] = {
    "target": 0.1,
    "limits": 0.1,
    "shadow": 0.05,
    "invariances": 0.05,
    "worst_conjunction": 0.05,
    "data": 0.1,
    "criteria": 0.1,
}
"""Of alpha, for all checks of one kind together, where the policy has any: they do not ask whether head is worse than
base on the same rows, so they are tested apart. The comparisons have the rest."""


def apart_alpha(policy: Policy, kind: str) -> float:
    """The chance of a false block that all checks of one kind of `APART` have together."""
    return policy.alpha * APART[kind]


def apart_level(policy: Policy, kind: str) -> float:
    """The one-sided level of each check of one kind, where there is one for each model that asks for it."""
    return apart_alpha(policy, kind) / max(1, _asking(policy, kind))


def data_level(exam: Exam) -> float:
    """The one-sided level of each test of the data."""
    return apart_alpha(exam.policy, "data") / max(1, sum(table.tests for table in exam.data.values()))


def target_level(policy: Policy) -> float:
    """The one-sided level of each target of the policy."""
    return apart_level(policy, "target")


def comparison_alpha(policy: Policy, idle: Collection[str] = ()) -> float:
    """What the other kinds leave of alpha for the comparisons; those of `idle` test nothing this time."""
    asked = (share for kind, share in APART.items() if kind not in idle and _asking(policy, kind))
    return policy.alpha * (1 - sum(asked))


def _idle(exam: Exam) -> Collection[str]:
    """Criteria of which nothing changed cannot block, whatever the rows are, and need no share of alpha."""
    found = exam.criteria.values()
    return ("criteria",) if found and all(one.unchanged for one in found) else ()


def _asking(policy: Policy, kind: str) -> int:
    """How many models (tables, of data) can be blocked by checks of this kind."""
    if kind == "data":
        return sum(table.drift is not None or table.leaks is not None for table in policy.data.tables.values())
    parts = [getattr(model, kind) for model in policy.models.values()]
    if kind == "shadow":
        return sum(part is not None and part.max_rate is not None for part in parts)
    return sum(bool(part) for part in parts)


@dataclass(frozen=True, slots=True)
class Levelled:
    """A comparison with the one-sided level at which it is judged; p <= level is the decision."""

    comparison: Comparison
    level: float
    kind: str
    """`metric`, `slice` or `quiz`."""
    identical: bool = False
    """True where base and head are the same bytes, so that there is no change to estimate."""


def share_alpha(exam: Exam) -> tuple[Levelled, ...]:
    """Every statistical check of the pull request, in a stable order, with its level.

    The chance that any of them fires while nothing got worse is at most `policy.alpha`.
    """
    items = [item for name in sorted(exam.models) for item in _items(exam.models[name])]
    tested = [item for item in items if not item.identical]
    if not tested:
        return tuple(items)
    p, overall, attained = _family(tested)
    alpha, rng = comparison_alpha(exam.policy, _idle(exam)), np.random.default_rng(_SEED)
    levels = iter(family_levels(p, overall, _correlation(exam, tested), alpha, rng, attained=attained))
    return tuple(
        item if item.identical else Levelled(item.comparison, float(next(levels)), item.kind) for item in items
    )


def would_block(exam: Exam) -> bool:
    """Whether any statistical check of the pull request finds something worse: what `share_alpha` leads to, sooner.

    Without what needs no statistics (must-pass questions, absent evidence) and without targets, which ask of head
    alone.
    """
    tested = [item for name in sorted(exam.models) for item in _items(exam.models[name]) if not item.identical]
    if not tested:
        return False
    p, overall, attained = _family(tested)
    alpha, rng = comparison_alpha(exam.policy, _idle(exam)), np.random.default_rng(_SEED)
    return family_p(p, overall, _correlation(exam, tested), alpha, rng, attained=attained) <= alpha


def _family(tested: list[Levelled]) -> tuple[NDArray[np.float64], NDArray[np.bool_], Attained]:
    """The p-values, which of them are over all rows, and the part of its level that each test can really use."""
    bases = [item.comparison.basis for item in tested]
    margins = [item.comparison.margin for item in tested]
    p = np.array([p_drop(basis, margin) for basis, margin in zip(bases, margins, strict=True)])
    return p, np.array([item.kind != "slice" for item in tested]), Attained(bases, margins)


def quiz_comparison(quiz: Quiz) -> Comparison | None:
    """The quiz's score as a paired comparison over the items that both models were asked; None where there are none."""
    both = [item for item in quiz.items if item.base is not None]
    if not both:
        return None
    return Comparison(
        model=quiz.model,
        metric="quiz score",
        slice=Slice(),
        direction=Direction.HIGHER,
        before=sum(item.base == item.label for item in both) / len(both),
        after=sum(item.head == item.label for item in both) / len(both),
        n=len(both),
        groups=None,
        basis=Discordant(
            gained=sum(item.newly_passed for item in both), lost=sum(item.newly_failed for item in both), n=len(both)
        ),
        method="mid-p McNemar",
        margin=0.0,
    )


def _items(model: ModelExam) -> Iterator[Levelled]:
    for comparison in model.family.comparisons:
        yield Levelled(comparison, 0.0, "metric" if comparison.slice.overall else "slice", model.identical)
    quiz = quiz_comparison(model.quiz) if model.quiz else None
    if quiz is not None:
        yield Levelled(quiz, 0.0, "quiz")


def _correlation(exam: Exam, tested: list[Levelled]) -> NDArray[np.float64] | None:
    """Block-diagonal over the models; None where a model's own block is unknown. Quizzes count as independent."""
    matrix = np.eye(len(tested))
    place = {id(item.comparison): index for index, item in enumerate(tested)}
    for model in exam.models.values():
        if model.identical or not model.family.comparisons:
            continue
        if model.family.correlation is None:
            return None
        where = np.array([place[id(comparison)] for comparison in model.family.comparisons])
        matrix[np.ix_(where, where)] = model.family.correlation
    return matrix
