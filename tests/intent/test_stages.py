"""The stages on a small world: what they write, and what they say of data that they cannot work with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.intent import small

from intent import evaluate, predict, quiz, settings, split, tables, train, validate
from intent.faults import StageError

STAGES: dict[str, Callable[[], None]] = {
    "validate": validate.main, "split": split.main, "train": train.main,
    "predict": predict.main, "evaluate": evaluate.main, "quiz": quiz.main,
}  # fmt: skip
UTTERANCES = Path("data/intent/utterances.csv")


def run(*names: str) -> None:
    for name in names:
        STAGES[name]()


def read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def edit(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False, lineterminator="\n")


def test_the_whole_pipeline_writes_evidence_and_metrics(world: Path) -> None:
    run(*STAGES)
    table = pq.read_table("predictions/intent/holdout.parquet")
    assert table.column_names == ["id", "label", "prediction", "score", "group", "language", "domain"]
    frame = table.to_pandas()
    assert frame["id"].is_monotonic_increasing
    assert frame["id"].is_unique
    assert frame["score"].between(0, 1).all()
    assert read("metrics/intent/holdout.json")["accuracy"] == round((frame["label"] == frame["prediction"]).mean(), 4)
    assert read("metrics/intent/validate.json")["rows"] == 240


def test_the_quiz_is_answered_with_what_must_pass_as_a_yes_or_no(world: Path) -> None:
    run("validate", "split", "train", "quiz")
    table = pq.read_table("predictions/intent/quiz.parquet")
    assert table.column_names == ["id", "label", "prediction", "score", "language", "must_pass", "utterance"]
    assert str(table.schema.field("must_pass").type) == "bool"
    facts = read("metrics/intent/quiz.json")
    assert (facts["items"], facts["must_pass_items"]) == (4, 1)


def test_no_group_is_on_both_sides_and_no_row_is_lost(world: Path) -> None:
    run("split")
    sides = [tables.read_parquet(path, tables.UTTERANCES) for path in (split.TRAIN, split.HOLDOUT)]
    assert not set(sides[0]["group"]) & set(sides[1]["group"])
    assert sum(len(side) for side in sides) == 240


def test_every_stage_writes_the_same_bytes_again_whatever_the_order_of_the_rows(world: Path) -> None:
    run(*STAGES)
    written = [path for path in Path().rglob("*") if path.is_file() and "data" not in path.parts]
    before = {path: path.read_bytes() for path in written}
    edit(UTTERANCES, lambda frame: frame.iloc[::-1])
    run(*STAGES)
    assert {path for path in written if path.read_bytes() != before[path]} == set()


def test_parquet_knows_neither_the_time_nor_pandas(world: Path) -> None:
    run("split")
    assert pq.read_schema("work/intent/train.parquet").metadata is None


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a column is missing": (lambda frame: frame.drop(columns="group"), "column is missing: group"),
    "no rows": (lambda frame: frame.head(0), "no rows"),
    "an id stands twice": (lambda frame: pd.concat([frame, frame.head(1)]), "stands twice: en-000000000000"),
}
INVALID: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "an unknown language": (lambda frame: frame.assign(language="tlh"), "language"),
    "an empty utterance": (lambda frame: frame.assign(utterance=""), "utterance"),
    "an intent that is none": (lambda frame: frame.assign(intent="nothing"), "intent"),
    "a group with two intents": (lambda frame: frame.assign(group="en/HassTurnOn/one"), "more than one"),
    "an intent that only the quiz has": (
        lambda frame: frame[frame["intent"] != "HassTurnOff"],
        "nobody teaches: HassTurnOff",
    ),
}


@pytest.mark.parametrize("stage", ["validate", "split"])
@pytest.mark.parametrize("case", BAD)
def test_a_table_that_is_none_is_named_with_its_remedy(world: Path, stage: str, case: str) -> None:
    change, said = BAD[case]
    edit(UTTERANCES, change)
    with pytest.raises(StageError, match=said) as caught:
        run(stage)
    assert "utterances.csv" in caught.value.where
    assert caught.value.do
    assert not Path("work").exists()


@pytest.mark.parametrize("case", INVALID)
def test_values_that_should_not_be_stop_at_validate(world: Path, case: str) -> None:
    change, said = INVALID[case]
    edit(UTTERANCES, change)
    with pytest.raises(StageError, match=said):
        run("validate")
    assert not Path("metrics").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'id,group\n"a,b\n', b"a,b\n1,2,3\n"])
def test_a_file_that_is_no_csv_is_named(world: Path, content: bytes) -> None:
    UTTERANCES.write_bytes(content)
    with pytest.raises(StageError) as caught:
        run("split")
    assert "utterances.csv" in caught.value.where


def test_missing_data_says_how_to_bring_it(world: Path) -> None:
    UTTERANCES.unlink()
    with pytest.raises(StageError, match="make data"):
        run("validate")


@pytest.mark.parametrize("stage", ["train", "predict", "evaluate"])
def test_a_stage_without_its_input_says_what_is_missing(world: Path, stage: str) -> None:
    with pytest.raises(StageError, match="dvc repro"):
        run(stage)


def test_a_parquet_file_that_is_none_is_named(world: Path) -> None:
    run("split")
    split.TRAIN.write_bytes(b"PAR1 but not really")
    with pytest.raises(StageError, match="not Parquet"):
        run("train")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("share: 0.25", "share: 0", "`share` must be a number from 0.01"),
        ("share: 0.25", "share: a quarter", "`share` must be a number"),
        ("share: 0.25", "sharing: 0.25", "exactly the keys salt, share"),
        ("  salt: mergegate", "  salt: 7", "`salt` must be a text"),
        ("split:", "splat:", "exactly the keys"),
        ("split:", "split: [", "cannot be read"),
    ],
)
def test_a_param_that_cannot_be_is_named(world: Path, before: str, after: str, said: str) -> None:
    path = world / "params.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(StageError, match=said) as caught:
        settings.read(settings.Split)
    assert "params.yaml" in caught.value.where


def test_a_whole_number_is_not_taken_for_a_yes(world: Path) -> None:
    with pytest.raises(ValueError, match="`bits` must be a whole number"):
        settings.from_mapping(settings.Features, {"words_up_to": 1, "chars_up_to": 0, "bits": True})


@pytest.mark.slow
def test_the_command_says_it_on_stderr_in_plain_words_and_exits_1(world: Path) -> None:
    edit(UTTERANCES, lambda frame: frame.drop(columns="intent"))
    done = subprocess.run(
        [sys.executable, "-m", "intent.split"],
        check=False, capture_output=True, text=True, env={"PYTHONPATH": str(small.ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("a column is missing: intent\n  where: data/intent/utterances.csv")
    assert "Traceback" not in done.stderr
