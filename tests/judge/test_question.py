"""Which question was answered, and what noise does to the advice."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from mergegate.facts import Discordant, Family, Studentised
from mergegate.facts.exam import ModelExam
from mergegate.judge.verdict import decide
from tests.judge.factory import comparison, exam, joint, only, policy, verdict

SAME = comparison(Discordant(10, 10, 10_000))


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ({}, {}, "this artefact"),
        ({"recipe": True}, {"recipe": True}, "this recipe"),
        ({"recipe": True}, {}, "this recipe (m), this artefact (other)"),
        ({"recipe": True}, {"identical": True}, "this recipe"),
        ({"identical": True}, {"identical": True}, "this artefact"),
    ],
)
def test_the_question_is_that_of_the_models_that_changed(
    first: dict[str, Any], second: dict[str, Any], question: str
) -> None:
    one = exam(SAME, **first)
    asked = policy()
    both = asked.model_copy(update={"models": {"m": asked.models["m"], "other": asked.models["m"]}})
    other = ModelExam("other", Family((dataclasses.replace(SAME, model="other"),)), joint(), **second)
    found = decide(dataclasses.replace(one, policy=both, models={**one.models, "other": other}))
    assert found.question == question


def test_all_models_are_named_where_recipes_and_artefacts_are_mixed() -> None:
    one = exam(SAME)
    names = {"a": True, "b": False, "c": True, "d": False}
    models = {
        name: ModelExam(name, Family((dataclasses.replace(SAME, model=name),)), joint(), recipe=recipe)
        for name, recipe in names.items()
    }
    asked = policy()
    every = asked.model_copy(update={"models": dict.fromkeys(names, asked.models["m"])})
    found = decide(dataclasses.replace(one, policy=every, models=models))
    assert found.question == "this recipe (a, c), this artefact (b, d)"


def test_where_noise_hides_a_drop_more_rows_are_not_asked_for() -> None:
    noisy = comparison(Studentised(-0.02, 0.05, 4.0, 1.0, fixed=0.0499))
    finding = only(verdict(noisy), "MG301")
    assert finding.unsure
    assert finding.do == (
        "no number of rows shows a drop of 0.05 between two trainings that differ so much by their seed: "
        "make the training steadier, measure its noise with more seeds, or raise `must_detect`"
    )


@pytest.mark.parametrize(("groups", "words"), [(None, "add rows of every class"), (2, "add new groups, with rows")])
@pytest.mark.parametrize("basis", [Studentised(-0.02, math.inf, 0.0, 1.0), Studentised(-0.02, 0.1, 0.5, 1.0)])
def test_where_the_rows_show_no_spread_at_all_rows_are_asked_for_and_not_seeds(
    basis: Studentised, groups: int | None, words: str
) -> None:
    finding = only(verdict(dataclasses.replace(comparison(basis), groups=groups)), "MG301")
    assert finding.unsure
    assert finding.do.startswith(words)


def test_a_metric_with_a_unit_is_unsure_only_where_no_drop_would_be_seen() -> None:
    """`must_detect` is for shares: it says nothing of euros. But rows that show nothing show no euros, either."""
    nothing = only(verdict(comparison(Studentised(-5.0, math.inf, 0.0))), "MG301")
    assert nothing.unsure
    assert "would be seen" not in nothing.said
    some = only(verdict(comparison(Studentised(-5.0, 10.0, 99.0))), "MG301")
    assert not some.unsure
    assert "would be seen in 4 of 5" in some.said
