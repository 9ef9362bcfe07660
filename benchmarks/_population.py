"""A large sample of what the held-out template blocks can say, on which a change's true effect is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from intent import collect
from intent.template import Grammar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PER_TEMPLATE = 40
_TRIES = 160
DEFINED = (
    "A sentence of a held-out template, drawn anew by the procedure of intent.collect (other seeds, up to "
    f"{PER_TEMPLATE} different ones instead of six); each template weighs what it weighs in the holdout. Left out, as "
    "collect leaves it out, is what a training row says too. A template that can say nothing new keeps its own rows. "
    "This says nothing of templates that nobody has written yet: for them stand the groups in the gate's intervals, "
    "which are wider for it."
)
"""What the truth is the truth of."""


def population(train: pd.DataFrame, holdout: pd.DataFrame) -> pd.DataFrame:
    """Utterances with the further columns `template` and `weight` (of sum 1)."""
    held = set(holdout["group"])
    drawn = pd.DataFrame([row for language in collect.LANGUAGES for row in _drawn(language, held)])
    own = drawn[drawn["first"]].merge(holdout[["id", "group"]], on=["id", "group"]).drop_duplicates("id")
    weight = own["template"].value_counts(normalize=True)
    fresh = _unlike(drawn[~drawn["first"]], train).drop_duplicates("id")
    spent = own[~own["template"].isin(fresh["template"])]
    rows = pd.concat([fresh[fresh["template"].isin(weight.index)], spent]).drop_duplicates("id")
    rows = rows[rows["template"].isin(weight.index)]
    share = rows["template"].map(weight) / rows["template"].map(rows["template"].value_counts())
    rows = rows.assign(weight=share / share.sum())
    return rows.drop(columns="first").sort_values("id", ignore_index=True)


def _drawn(language: str, held: set[str]) -> Iterator[dict[str, Any]]:
    """Sentences of the held-out blocks: the first six as collect drew them, then many by other seeds."""
    names = json.loads(resources.files("intent").joinpath("names.json").read_bytes())[language]
    file = resources.files("home_assistant_intents").joinpath(f"data/{language}.json")
    release = json.loads(file.read_bytes())
    grammar = Grammar(release["expansion_rules"], release["lists"])
    for intent, body in sorted(release["intents"].items()):
        for place, block in enumerate(body["data"]):
            group = collect.group_of(language, intent, block)
            if group not in held:
                continue
            local = _grammar_of(block, grammar)
            for number, template in enumerate(block["sentences"]):
                seed = f"{language}\0{intent}\0{template}"
                shared = {"group": group, "template": f"{group}#{place}.{number}"}
                for first, how in ((True, (seed, 6, 24)), (False, (f"new\0{seed}", PER_TEMPLATE, _TRIES))):
                    for row in _sentences(template, block, names, local, how):
                        yield _row(language, intent, row) | shared | {"first": first}


def _grammar_of(block: Any, grammar: Grammar) -> Grammar:
    rules = {**grammar.rules, **block.get("expansion_rules", {})}
    lists = {**grammar.lists, **block.get("lists", {})}
    return grammar if (rules, lists) == (grammar.rules, grammar.lists) else Grammar(rules, lists)


def _sentences(
    template: str, block: Any, names: Any, grammar: Grammar, how: tuple[str, int, int]
) -> Iterator[tuple[str, str, str]]:
    """Different ones of one template: (area, domain, utterance)."""
    seed, most, tries = how
    seen: set[str] = set()
    for attempt in range(tries):
        area, domain, said = collect.draw(template, block, names, grammar, f"{seed}\0{attempt}")
        if said and said not in seen:
            seen.add(said)
            yield area, domain, said
        if len(seen) == most:
            return


def _row(language: str, intent: str, row: tuple[str, str, str]) -> dict[str, Any]:
    area, domain, said = row
    key = collect.digest(language, area, domain, said, intent, length=12)
    return asdict(collect.Row(f"{language}-{key}", "", language, area, domain, said, intent))


def _unlike(rows: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Rows of which no training row has the same words with the same answer, or in the same context."""
    for same in (["intent"], ["area", "domain"]):
        keys = ["language", "words", *same]
        known = train.assign(words=train["utterance"].str.casefold())[keys].drop_duplicates()
        found = rows.assign(words=rows["utterance"].str.casefold())[keys].merge(known, how="left", indicator=True)
        rows = rows[(found["_merge"] == "left_only").to_numpy()]
    return rows


def mean_and_error(change: NDArray[np.float64], rows: pd.DataFrame) -> tuple[float, float]:
    """Weighted mean of a change per row of the population, and its standard error (sentences within templates)."""
    frame = pd.DataFrame({"template": rows["template"], "weight": rows["weight"], "change": change})
    by = frame.groupby("template")
    n, spread = by.size().to_numpy(), by["change"].std(ddof=1).fillna(0.0).to_numpy()
    error = np.sqrt(np.sum((by["weight"].sum().to_numpy() * spread) ** 2 / n))
    return float(np.average(change, weights=rows["weight"])), float(error)


def score(metric: str, labels: NDArray[Any], answers: NDArray[Any], weights: NDArray[np.float64]) -> float:
    """Accuracy or macro-F1 (over the classes that are labels) of weighted rows; classes as codes from 0."""
    right = weights * (labels == answers)
    if metric == "accuracy":
        return float(right.sum() / weights.sum())
    size = int(max(labels.max(), answers.max())) + 1
    hit, true, said = (
        np.bincount(codes, weight, size) for codes, weight in ((labels, right), (labels, weights), (answers, weights))
    )
    known = true > 0
    return float(np.mean(2 * hit[known] / (true + said)[known]))
