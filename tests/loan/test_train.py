"""The card: monotone where the domain demands it, nothing strong erased in silence, and any column may be tried."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from loan import bins, card_check, points, settings, split, tables, train
from loan.auc import gap
from loan.bins import Joined
from loan.card import document
from loan.columns import UPSTREAM
from loan.faults import StageError
from loan.fit import fit
from loan.score import Scorer
from tests.loan import world as made


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The real training rows, with all columns."""
    folder = tmp_path_factory.mktemp("rows")
    made.build(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        split.main()
        return tables.read_parquet(split.TRAIN, ("id", "label", *UPSTREAM))


@pytest.fixture(scope="module")
def recipe() -> train.Recipe:
    path = made.ROOT / "params.yaml"
    return train.Recipe(
        settings.features(path), settings.read(settings.Bins, path), settings.read(settings.Points, path)
    )


def feature(name: str, **changes: object) -> settings.Feature:
    flag = settings.Feature(name, name, "flag", "free", 0.0, missing="fitted")
    return replace(flag, **changes)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_monotone_rule_never_turns_whatever_the_rows(frame: pd.DataFrame, recipe: train.Recipe, seed: int) -> None:
    """Resampled, and with decisions turned round so that the data say the opposite: a higher ratio never helps."""
    rows = frame.sample(frac=1, replace=True, random_state=seed, ignore_index=True)
    if seed % 2:
        flipped = np.where(rows["obrat"] > 40, "approve", rows["label"])
        rows = rows.assign(label=flipped)
    for rule in train.make(rows, recipe).card.rules:
        signs = {"falling": -1, "rising": 1, "free": 0}
        assert all(signs[rule.monotone] * (b.points - a.points) >= 0 for a, b in pairwise(rule.bins)), rule.feature


def test_bins_have_the_rows_that_they_say_and_at_least_the_floor(frame: pd.DataFrame, recipe: train.Recipe) -> None:
    for rule in train.make(frame, recipe).card.rules:
        values = frame[rule.feature].dropna()
        assert sum(entry.rows for entry in rule.bins) == len(values)
        for entry in rule.bins:
            if entry.value is not None:
                assert entry.rows == (values == float(entry.value)).sum()
            else:
                low = -np.inf if entry.low is None else entry.low
                below = np.inf if entry.below is None else entry.below
                assert entry.rows == ((values >= low) & (values < below)).sum()
            assert entry.rows >= recipe.bins.min_rows


def test_the_card_passes_its_own_strict_reader_and_is_the_same_again(frame: pd.DataFrame, recipe: train.Recipe) -> None:
    card = train.make(frame, recipe).card
    assert card_check.checked(document(card)) == card
    assert train.make(frame.sample(frac=1, random_state=1), recipe).card == card


def test_a_floor_that_erases_a_rare_but_strong_rule_stops_the_stage(frame: pd.DataFrame, recipe: train.Recipe) -> None:
    """`unver`: 66 rows, a third approved. A floor of 5 % (69 rows) would lose it without a word."""
    how = replace(recipe.bins, min_rows=69)
    made_ = train.make(frame, replace(recipe, bins=how))
    assert "unver" in made_.dropped
    with pytest.raises(StageError, match=r"rare but strong rule:\n  unver from 1: 66 rows, 2\.\d+ log-odds") as caught:
        train.demand_nothing_erased(made_, how)
    assert "accept_lost" in caught.value.do
    told = train.facts(made_, frame)
    assert told["joined"][0]["feature"] == "unver"
    assert told["joined"][0]["rows"] == 66
    train.demand_nothing_erased(made_, replace(how, accept_lost=("unver",)))


def test_a_strong_end_of_a_range_that_joins_its_neighbour_is_found() -> None:
    """20 of 1,000 rows beyond 60 % are all denied, and the floor is 50."""
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.uniform(10, 60, 980), rng.uniform(60, 90, 20)])
    approved = np.where(values < 60, rng.random(1000) < 0.9, 0.0).astype(float)
    one = settings.Feature("obrat", "ratio", "number", "falling", 20.0, max=100.0)
    how = settings.Bins(4, 50, 0.7, ())
    cuts = bins.edges(one, values, approved, how)
    strongest = max(bins.joined(one, values, approved, cuts), key=lambda part: part.surely)
    assert strongest.low in range(57, 64)
    assert strongest.rows < how.min_rows
    assert strongest.surely > how.max_lost


def test_noise_is_not_taken_for_an_erased_rule() -> None:
    """Fifty columns that say nothing: no part of any has lost something for sure."""
    rng = np.random.default_rng(5)
    one = settings.Feature("noise", "noise", "number", "free", 0.5, max=1.0, step=0.01)
    found: list[Joined] = []
    for _ in range(50):
        values, approved = rng.random(1400), (rng.random(1400) < 0.87).astype(float)
        found += bins.joined(one, values, approved, bins.edges(one, values, approved, settings.Bins(4, 30, 0.7, ())))
    assert found
    assert max(part.surely for part in found) <= 0.7


def test_every_part_is_where_the_main_card_says_that_nothing_was_lost(
    frame: pd.DataFrame, recipe: train.Recipe
) -> None:
    made_ = train.make(frame, recipe)
    train.demand_nothing_erased(made_, recipe.bins)
    assert made_.dropped == ()


@pytest.mark.parametrize(
    "tried",
    [
        feature("min30"),
        settings.Feature("typur", "purchaser", "number", "free", 1.0, max=9.0),
        feature("approve", missing="refuse"),
        feature("black"),
    ],
    ids=lambda one: one.name,
)
def test_a_forbidden_column_can_be_trained_on_so_that_the_gate_can_say_what_it_does(
    frame: pd.DataFrame, recipe: train.Recipe, tried: settings.Feature
) -> None:
    card = train.make(frame, replace(recipe, features=(*recipe.features[:4], tried))).card
    assert tried.name in {rule.feature for rule in card.rules}


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (feature("min30", missing="refuse"), "rows have no value"),
        (feature("cons"), "outside 0 to 1"),
        (settings.Feature("loanprc", "loan to price", "flag", "free", 0.0, max=5.0), "is no flag"),
    ],
)
def test_what_nothing_can_be_trained_on_is_refused(
    frame: pd.DataFrame, recipe: train.Recipe, tried: settings.Feature, said: str
) -> None:
    with pytest.raises(StageError, match=said) as caught:
        train.make(frame, replace(recipe, features=(tried,)))
    assert caught.value.do


def test_a_card_of_nothing_is_refused(frame: pd.DataFrame, recipe: train.Recipe) -> None:
    with pytest.raises(StageError, match="no feature is worth a point"):
        train.make(frame.assign(cosign=0.0), replace(recipe, features=(feature("cosign"),)))


def test_points_of_a_table_are_those_of_the_card_row_by_row(frame: pd.DataFrame, recipe: train.Recipe) -> None:
    card = train.make(frame, recipe).card
    scorer, names = Scorer.of(card), [rule.feature for rule in card.rules]
    rows = frame[names].astype(object).where(frame[names].notna(), None).to_dict("records")
    assert points.points_of(card, frame).tolist() == [
        scorer.decide({str(name): value for name, value in row.items()}).points for row in rows
    ]


def test_points_mean_odds(recipe: train.Recipe) -> None:
    how = recipe.points
    said = points.probability(np.array([how.even, how.even + how.doubling, how.even - 2 * how.doubling]), how)
    assert said.tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 5])


def test_without_bounds_and_with_no_penalty_the_fit_is_the_logistic_regression_of_the_table() -> None:
    """Two bins of a flag: the log-odds of each are those of its rows."""
    rows = pd.DataFrame(
        {"flag": [0.0] * 100 + [1.0] * 50, "label": ["approve"] * 80 + ["deny"] * 20 + ["approve"] * 10 + ["deny"] * 40}
    )
    found = fit(rows, [feature("flag")], {"flag": (1.0,)}, 1e6)
    assert found.base == pytest.approx(np.log(80 / 20), abs=1e-3)
    assert found.base + found.bins["flag"][1] == pytest.approx(np.log(10 / 40), abs=1e-3)


@pytest.mark.slow
def test_the_gap_is_scikit_learns_area_and_its_interval_covers() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        approved = rng.random(400) < 0.8
        signal = approved + rng.normal(0, 1.5, 400)
        card, ceiling = signal + rng.normal(0, 0.5, 400), signal + rng.normal(0, 0.5, 400)
        found = gap([card.round(1)], [ceiling], approved)
        assert found.card == pytest.approx(roc_auc_score(approved, card.round(1)))
        covered += found.low <= 0 <= found.high
    assert 180 <= covered <= 198
    assert gap([card, card], [ceiling, ceiling], approved).high == pytest.approx(gap([card], [ceiling], approved).high)
