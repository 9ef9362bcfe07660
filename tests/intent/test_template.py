"""Drawing sentences: every sentence is one that hassil's own sampler would give, and none needs all of them."""

from __future__ import annotations

from typing import Any

import pytest
from hassil.intents import SlotList, TextSlotList
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from intent.template import Draws, Grammar, Sampler, TemplateError

TEMPLATES = [
    "turn (on|off) [the] {name}",
    "[please] <verb> {name}[s] now",
    "(in {name};tell me the time)",
    "set {name} to {level}[%| percent]",
    "<verb> ([the] {name}|every[ ]thing)",
]
RULES = {"verb": "(start|(stop|halt) [right] with)", "loop": "on and <loop>"}
LISTS: dict[str, Any] = {
    "level": {"values": ["low", {"in": "hi[gh]", "out": 100}]},
    "percent": {"range": {"from": 10, "to": 30, "step": 10}},
    "free": {"wildcard": True},
}
NAMES = {"name": ["lamp", "door"]}
SAMPLER = Sampler(Grammar(RULES, LISTS), NAMES)


def drawn(template: str, number: int = 600) -> set[str]:
    return {SAMPLER.sentence(template, Draws(str(seed))) for seed in range(number)}


@pytest.mark.parametrize("template", TEMPLATES)
def test_draws_give_exactly_the_sentences_that_hassil_enumerates(template: str) -> None:
    lists: dict[str, SlotList] = {
        "name": TextSlotList.from_strings(NAMES["name"], name="name"),
        "level": TextSlotList.from_strings(["low", "hi[gh]"], name="level"),
    }
    rules = {"verb": parse_sentence(RULES["verb"])}
    every = {" ".join(text.split()) for text in sample_sentence(parse_sentence(template), lists, rules)}
    assert drawn(template) == every


def test_a_range_gives_its_ends_and_its_steps_and_nothing_else() -> None:
    assert drawn("{percent}") == {"10", "20", "30"}


def test_the_same_seed_draws_the_same_and_another_seed_another() -> None:
    template = " ".join(["(a|b|c|d)"] * 20)
    assert SAMPLER.sentence(template, Draws("x")) == SAMPLER.sentence(template, Draws("x"))
    assert len(drawn(template, 50)) == 50


def test_a_draw_is_fixed_for_all_time() -> None:
    """These numbers are the data: another way to draw is another data set."""
    draws = Draws("mergegate")
    assert [draws.below(1000) for _ in range(5)] == [174, 242, 862, 412, 781]


def test_a_template_with_more_sentences_than_atoms_in_the_world_costs_one_walk() -> None:
    assert SAMPLER.sentence("[a] [b] [c] " * 200, Draws("x"))


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("<nobody>", "no expansion rule <nobody>"),
        ("{nothing}", "no list {nothing}"),
        ("{free}", "free text"),
        ("<loop>", "without end"),
    ],
)
def test_what_the_release_lacks_is_named(template: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        SAMPLER.sentence(template, Draws("x"))
