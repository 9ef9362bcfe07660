"""The stages on the real applications: what they write, and what they say of data and knobs that are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from loan import (
    card_file,
    ceiling,
    columns,
    crossfit,
    evaluate,
    generate,
    predict,
    settings,
    split,
    tables,
    train,
    validate,
)
from loan.faults import StageError
from tests.loan import world as made

STAGES: dict[str, Callable[[], object]] = {
    "validate": validate.main, "split": split.main, "train": train.main, "generate": lambda: generate.main([]),
    "ceiling": ceiling.main, "crossfit": crossfit.main, "predict": predict.main, "evaluate": evaluate.main,
}  # fmt: skip


def run(*names: str) -> None:
    for name in names:
        STAGES[name]()


def read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def edit(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    frame = pd.read_csv(made.DATA, dtype=str, keep_default_na=False)
    change(frame).to_csv(made.DATA, index=False, lineterminator="\n")


def tune(before: str, after: str) -> None:
    path = Path("params.yaml")
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All stages have run here, with a cheaper ceiling."""
    folder = tmp_path_factory.mktemp("whole")
    made.build(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        tune("repeats: 3", "repeats: 1")
        tune("bags: 4", "bags: 1")
        run(*STAGES)
        yield folder


@pytest.mark.slow
def test_the_card_and_its_code_are_the_committed_ones(whole: Path) -> None:
    """So nobody can have edited the criteria by hand, and the recipe makes the same bytes on this machine."""
    for name in ("loan.yaml", "generated/loan.py", "generated/loan.sql", "generated/loan.js"):
        assert (whole / "criteria" / name).read_bytes() == (made.ROOT / "criteria" / name).read_bytes(), name


@pytest.mark.slow
def test_the_evidence_has_what_the_gate_reads(whole: Path) -> None:
    table = pq.read_table(whole / "predictions/loan/holdout.parquet")
    assert table.column_names == [
        "id", "label", "prediction", "score", "points", "reasons", "ceiling", *columns.AUDIT,
    ]  # fmt: skip
    frame, card = table.to_pandas(), card_file.read(whole / "criteria/loan.yaml")
    assert frame["id"].is_unique
    assert frame["id"].is_monotonic_increasing
    assert frame[["score", "ceiling"]].gt(0).all(axis=None)
    assert frame[["score", "ceiling"]].lt(1).all(axis=None)
    assert ((frame["points"] >= card.cutoff) == (frame["prediction"] == "approve")).all()
    assert ((frame["reasons"] == "") == (frame["prediction"] == "approve")).all()
    assert frame["points"].rank().equals(frame["score"].rank())


@pytest.mark.slow
def test_the_card_is_within_two_points_of_the_ceiling(whole: Path) -> None:
    """The committed figures, of all repeats and bags: nothing of the gap's interval reaches 0.02."""
    facts = read(str(made.ROOT / "metrics/loan/crossfit.json"))
    assert facts["gap_high"] < 0.02
    assert facts["repeats"] == 3
    mine = read(str(whole / "metrics/loan/crossfit.json"))
    assert mine["auc_card"] == pytest.approx(facts["auc_card"], abs=0.02)


@pytest.mark.slow
def test_the_metrics_are_the_rows_own(whole: Path) -> None:
    frame = pd.read_parquet(whole / "predictions/loan/holdout.parquet")
    facts = read(str(whole / "metrics/loan/holdout.json"))
    assert facts["accuracy"] == round((frame["label"] == frame["prediction"]).mean(), 4)
    blacks = frame[frame["black"] == 1]
    assert facts["approved_by_group"]["black=1"] == {
        "rows": len(blacks),
        "lenders": round((blacks["label"] == "approve").mean(), 4),
        "card": round((blacks["prediction"] == "approve").mean(), 4),
    }
    assert sum(facts["approved_by_group"][f"min30={value}"]["rows"] for value in (0, 1)) < len(frame)


@pytest.mark.slow
def test_no_application_is_lost_and_none_is_on_both_sides(whole: Path) -> None:
    sides = [set(tables.read_parquet(whole / path, ("id",))["id"]) for path in (split.TRAIN, split.HOLDOUT)]
    assert not sides[0] & sides[1]
    assert len(sides[0] | sides[1]) == 1989


@pytest.mark.slow
def test_an_application_more_moves_no_other_across_the_split(world: Path) -> None:
    run("split")
    before = set(tables.read_parquet(split.HOLDOUT, ("id",))["id"])
    edit(lambda frame: pd.concat([frame.head(1).assign(id="app-ffffffffffff"), frame.iloc[:0:-1]]))
    run("split")
    after = set(tables.read_parquet(split.HOLDOUT, ("id",))["id"])
    gone = {pd.read_csv(made.DATA, dtype=str)["id"].iloc[0], next(iter(before - after), "app-ffffffffffff")}
    assert (before ^ after) <= gone


@pytest.mark.slow
def test_the_order_of_the_rows_makes_no_other_card(world: Path) -> None:
    run("split", "train")
    before = train.CARD.read_bytes(), train.METRICS.read_bytes()
    edit(lambda frame: frame.iloc[::-1])
    run("split", "train")
    assert (train.CARD.read_bytes(), train.METRICS.read_bytes()) == before


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a column is missing": (lambda frame: frame.drop(columns="obrat"), "column is missing: obrat"),
    "no rows": (lambda frame: frame.head(0), "no rows"),
    "an id stands twice": (lambda frame: pd.concat([frame, frame.head(1)]), "stands twice: app-"),
    "text in a number": (lambda frame: frame.assign(obrat="much"), "obrat of app-.* is no number: 'much'"),
    "infinity": (lambda frame: frame.assign(obrat="1e999"), "no number"),
}
INVALID: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a ratio of 400 %": (lambda frame: frame.assign(obrat="400"), "obrat of app-"),
    "negative income": (lambda frame: frame.assign(atotinc="-1"), "atotinc of app-"),
    "no value": (lambda frame: frame.assign(cons=""), "cons of app-"),
    "approved and denied at once": (lambda frame: frame.assign(reject="1"), "approved and denied at once"),
    "an id of another kind": (lambda frame: frame.assign(id=frame["id"].str.upper()), "id of app-|id of APP-"),
}


@pytest.mark.parametrize("stage", ["validate", "split"])
@pytest.mark.parametrize("case", BAD)
def test_a_table_that_is_none_is_named_with_its_remedy(world: Path, stage: str, case: str) -> None:
    change, said = BAD[case]
    edit(change)
    with pytest.raises(StageError, match=said) as caught:
        run(stage)
    assert "applications.csv" in caught.value.where
    assert caught.value.do
    assert not Path("work").exists()


@pytest.mark.slow
@pytest.mark.parametrize("case", INVALID)
def test_values_that_should_not_be_stop_at_validate(world: Path, case: str) -> None:
    change, said = INVALID[case]
    edit(change)
    with pytest.raises(StageError, match=said):
        run("validate")
    assert not Path("metrics").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'id,occ\n"a,b\n', b"a,b\n1,2,3\n"])
def test_a_file_that_is_no_csv_is_named(world: Path, content: bytes) -> None:
    made_here = Path(made.DATA)
    made_here.write_bytes(content)
    with pytest.raises(StageError) as caught:
        run("split")
    assert "applications.csv" in caught.value.where


def test_a_side_without_denials_is_refused(world: Path) -> None:
    edit(lambda frame: frame[frame["approve"] == "1"])
    with pytest.raises(StageError, match="not both decisions"):
        run("split")


@pytest.mark.parametrize("stage", ["train", "ceiling", "crossfit", "predict", "evaluate"])
def test_a_stage_without_its_input_says_what_is_missing(world: Path, stage: str) -> None:
    with pytest.raises(StageError, match="dvc repro"):
        run(stage)


@pytest.mark.slow
def test_a_card_that_does_not_decide_every_held_out_row_is_refused(world: Path) -> None:
    run("split", "train")
    train.CARD.write_text(train.CARD.read_text().replace("missing: -", "missing: refuse #"), encoding="utf-8")
    frame = tables.read_parquet(split.TRAIN, ("id", *columns.UPSTREAM))
    assert frame["multi"].isna().any()
    with pytest.raises(StageError, match=r"decides nothing about app-.*: multi must be given"):
        predict.decided(frame, card_file.read(train.CARD))


@pytest.mark.slow
def test_a_ceiling_of_other_applications_is_refused(whole: Path) -> None:
    card = card_file.read(whole / "criteria/loan.yaml")
    frame = pd.read_parquet(whole / split.HOLDOUT)
    said = pd.read_parquet(whole / ceiling.CEILING).head(5)
    with pytest.raises(StageError, match="other applications"):
        predict.predictions(frame, card, said, settings.read(settings.Points))


SECTIONS: dict[str, Callable[[], object]] = {
    "split": lambda: settings.read(settings.Split), "bins": lambda: settings.read(settings.Bins),
    "points": lambda: settings.read(settings.Points), "ceiling": lambda: settings.read(settings.Ceiling),
    "features": settings.features,
}  # fmt: skip


@pytest.mark.parametrize(
    ("section", "before", "after", "said"),
    [
        ("split", "share: 0.3", "share: 0", "`share` must be a number from 0.01"),
        ("split", "salt: mergegate-loan", "salt: 7", "`salt` must be a text"),
        ("bins", "min_rows: 30", "min_rows: 0.5", "`min_rows` must be a whole number"),
        ("bins", "accept_lost: []", "accept_lost: unver", "must be a list of texts"),
        ("points", "C: 0.3", "C: true", "`C` must be a number"),
        ("points", "even: 500", "odd: 500", "must have the keys"),
        ("ceiling", "folds: 5", "folds: 1", "`folds` must be a whole number from 2"),
        ("features", "monotone: falling, reference: 0}", "monotone: sinking, reference: 0}", "must be one of falling"),
        (
            "features",
            "monotone: falling, reference: 0}",
            "monotone: falling, reference: 3}",
            "`reference` 3 is no value",
        ),
        ("features", "  features:", "  features: 7\n  others:", "no mapping"),
        ("features", "loan:", "lone:", "no mapping"),
        ("features", "loan:", "loan: [", "cannot be read"),
    ],
)
def test_a_param_that_cannot_be_is_named(world: Path, section: str, before: str, after: str, said: str) -> None:
    tune(before, after)
    with pytest.raises(StageError, match=said) as caught:
        SECTIONS[section]()
    assert f"section `loan.{section}`" in caught.value.where
