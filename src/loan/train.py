"""The stage `loan-train`: a points card from the applications that are not held out."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from loan import bins, card_file, settings, tables
from loan.card import Bin, Card, Decides, Input, Rule, digest
from loan.faults import StageError, run_stage
from loan.fit import Fit, fit
from loan.points import points_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from loan.settings import Feature

ROWS = Path("work/loan/train.parquet")
CARD = Path("criteria/loan.yaml")
METRICS = Path("metrics/loan/train.json")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes a card of rows."""

    features: tuple[Feature, ...]
    bins: settings.Bins
    points: settings.Points


@dataclass(frozen=True, slots=True)
class Made:
    """A card, and what it left out."""

    card: Card
    joined: tuple[bins.Joined, ...]
    """Every part that joined a bin unlike it."""
    dropped: tuple[str, ...]
    """Features that ended with one bin, or with the same points in all: no rule."""


def make(frame: pd.DataFrame, recipe: Recipe) -> Made:
    """The card of `frame`, whose `label` is `approve` or `deny`; the same bytes for the same rows."""
    usable(frame, recipe.features)
    approved = (frame["label"] == "approve").to_numpy(dtype=float)
    values = {one.name: frame[one.name].to_numpy(dtype=float) for one in recipe.features}
    cuts = {one.name: bins.edges(one, values[one.name], approved, recipe.bins) for one in recipe.features}
    lost = [part for one in recipe.features for part in bins.joined(one, values[one.name], approved, cuts[one.name])]
    fitted = fit(frame, recipe.features, cuts, recipe.points.C)
    made = {one: _rule(one, cuts[one.name], fitted, frame, recipe.points) for one in recipe.features}
    kept = {one: rule for one, rule in made.items() if len(rule.bins) > 1}
    if not kept:
        raise StageError("no feature is worth a point", where=ROWS, do="look at `loan.features` in params.yaml")
    gone = tuple(one.name for one in made if one not in kept)
    return Made(_card(list(kept), list(kept.values()), fitted, recipe, cuts), tuple(lost), gone)


def usable(frame: pd.DataFrame, features: Sequence[Feature]) -> None:
    """Raise where a feature cannot be trained on; whether it should be is the gate's question."""
    where = "params.yaml, section `loan.features`"
    for one in features:
        values = frame[one.name]
        outside = ~values.dropna().between(one.min, one.max)
        if outside.any():
            said = f"{one.name}: {outside.sum()} rows are outside {one.min:g} to {one.max:g}"
            raise StageError(said, where=where, do="widen `min` and `max`, or leave the feature out")
        if one.type == "flag" and not values.dropna().isin([0, 1]).all():
            raise StageError(f"{one.name} is no flag", where=where, do="give it `type: number`")
        if one.missing == "refuse" and values.isna().any():
            said = f"{one.name}: {values.isna().sum()} rows have no value, and `missing` is `refuse`"
            raise StageError(said, where=where, do="write `missing: worst` or `missing: fitted`")


def _reference(one: Feature, cuts: tuple[float, ...], fitted: Fit) -> float:
    """The log-odds at the reference value."""
    return fitted.bins[one.name][bisect_right(cuts, one.reference)]


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else float(value)


def _rule(one: Feature, cuts: tuple[float, ...], fitted: Fit, frame: pd.DataFrame, how: settings.Points) -> Rule:
    """The points of each bin against the reference value's; neighbours with the same points become one bin."""
    scale = how.doubling / math.log(2)
    base = _reference(one, cuts, fitted)
    points = [round(scale * (odds - base)) for odds in fitted.bins[one.name]]
    ends: list[float | None] = [None, *cuts, None]
    found: list[Bin] = []
    place = np.searchsorted(cuts, frame[one.name].dropna(), side="right")
    for index, value in enumerate(points):
        low, below = ends[index], ends[index + 1]
        rows = int((place == index).sum())
        if one.type == "flag":
            found.append(Bin(value, rows, value=str(index)))
        elif found and found[-1].points == value:
            found[-1] = Bin(value, found[-1].rows + rows, found[-1].low, below)
        else:
            found.append(Bin(value, rows, low, below))
    if one.type == "flag" and len(set(points)) == 1:
        found = found[:1]
    worth = {"refuse": None, "worst": min(points), "fitted": min(points)}[one.missing]
    seen = fitted.missing[one.name]
    if one.missing == "fitted" and seen is not None:
        worth = round(scale * (seen - base))
    return Rule(one.name, one.title, one.monotone, _plain(one.reference), worth, tuple(found))


def _input(one: Feature) -> Input:
    if one.type == "flag":
        return Input(one.name, "flag")
    return Input(one.name, "number", _plain(one.min), _plain(one.max), one.unit)


def _card(features: list[Feature], rules: list[Rule], fitted: Fit, recipe: Recipe, cuts: dict[str, Any]) -> Card:
    how = recipe.points
    odds = fitted.base + sum(_reference(one, cuts[one.name], fitted) for one in recipe.features)
    start = round(how.even + how.doubling / math.log(2) * odds)
    inputs = tuple(_input(one) for one in features)
    return Card("loan", Decides("approve", "approve", "deny"), start, how.cutoff, inputs, tuple(rules))


def demand_nothing_erased(made: Made, how: settings.Bins) -> None:
    """Raise where a part with an effect of its own has no bin of its own, unless somebody said so in params.yaml."""
    erased = [
        part for part in made.joined if part.surely > how.max_lost and part.feature not in how.accept_lost
    ]  # fmt: skip
    if not erased:
        return
    said = [
        f"{part.feature} {_range(part)}: {part.rows} rows, "
        f"{part.lost:.2f} log-odds from the bin that it joined ({part.surely:.2f} at least)"
        for part in sorted(erased, key=lambda part: -part.surely)
    ]
    raise StageError(
        "the card would lose a rare but strong rule:\n  " + "\n  ".join(said),
        where="params.yaml, section `loan.bins`",
        do="lower `min_rows` or raise `most`, or name the feature in `accept_lost`",
    )


def _range(part: bins.Joined) -> str:
    ends = (("from", part.low), ("below", part.below))
    return " ".join(f"{word} {edge:g}" for word, edge in ends if edge is not None)


def facts(made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """What a reader of the pull request sees of the training."""
    approved = points_of(made.card, frame) >= made.card.cutoff
    told = sorted(made.joined, key=lambda part: (-part.surely, -part.lost, part.feature))
    return {
        "card": digest(made.card),
        "rows": len(frame),
        "rules": len(made.card.rules),
        "bins": sum(len(rule.bins) for rule in made.card.rules),
        "smallest_bin": min(entry.rows for rule in made.card.rules for entry in rule.bins),
        "approved": round(float(approved.mean()), 4),
        "approved_by_lenders": round(float((frame["label"] == "approve").mean()), 4),
        "dropped": list(made.dropped),
        "joined": [
            asdict(part) | {"lost": round(part.lost, 2), "surely": round(part.surely, 2)}
            for part in told
            if part.surely > 0
        ],
    }


def main() -> None:
    """Read the training rows, write the card."""
    recipe = Recipe(settings.features(), settings.read(settings.Bins), settings.read(settings.Points))
    columns = ("id", "label", *(one.name for one in recipe.features))
    frame = tables.read_parquet(ROWS, columns)
    made = make(frame, recipe)
    demand_nothing_erased(made, recipe.bins)
    card_file.write(made.card, CARD)
    tables.write_json(facts(made, frame), METRICS)
    print(f"· {len(made.card.rules)} rules from {len(frame):,} applications")


if __name__ == "__main__":
    run_stage(main)
