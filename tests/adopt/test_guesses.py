"""Directions, tolerances and columns: what a name says, and what it does not."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from mergegate.adopt.again import again
from mergegate.adopt.answers import _table, name_of
from mergegate.adopt.direction import COUNT, SPENT, TRAINING, UNKNOWN, better, tolerance, why_not
from mergegate.adopt.gatefile import gate_text, quoted
from mergegate.adopt.lines import CSV, SKLEARN, TORCH
from mergegate.facts.adoption import Again, AnswerTable, Survey
from mergegate.judge.rules.metricfile import MetricFileMoved
from mergegate.read.dvcproject import OutSpec, Stage
from mergegate.read.dvcyaml import load_yaml
from mergegate.read.objects import Out


@pytest.mark.parametrize(
    ("key", "way"),
    [
        ("acc", "higher"), ("val_accuracy", "higher"), ("test.roc_auc", "higher"), ("avg_prec.test", "higher"),
        ("macro avg.f1-score", "higher"), ("testF1", "higher"), ("r2_score", "higher"), ("mAP50", "higher"),
        ("top5", "higher"), ("true_positive_rate", "higher"), ("eval.dice_multi", "higher"),
        ("loss", "lower"), ("val_loss", "lower"), ("test.rmse", "lower"), ("log_loss", "lower"),
        ("error_rate", "lower"),
        ("false_positive_rate", "lower"), ("wer", "lower"),
        ("top1_error", "lower"), ("mean_absolute_error", "lower"),
        ("foo", ""), ("step", ""), ("n_rows", ""), ("train_seconds", ""),
    ],
)  # fmt: skip
def test_a_name_says_which_way_is_better_or_nothing(key: str, way: str) -> None:
    assert better(key) == way


def test_what_is_no_measure_of_quality_is_not_judged() -> None:
    assert why_not("foo") == UNKNOWN
    assert why_not("weighted avg.support") == COUNT
    assert why_not("fit_seconds") == SPENT
    assert why_not("train.acc") == TRAINING
    assert why_not("test.acc") == ""


def test_a_tolerance_is_a_point_of_a_share_and_two_hundredths_of_anything_else() -> None:
    assert tolerance(0.93) == 0.01
    assert tolerance(250.0) == 5.0
    assert tolerance(-3.0) == 0.06


def write(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_columns_of_other_names_are_found_and_named(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [f"p{n}", f"u{n // 4}", "yes" if n % 3 else "no", "yes", n % 2 == 0, n * 0.01] for n in range(400)
    ]
    path = write(tmp_path / "scored.csv", ["patient", "user_id", "y_true", "y_pred", "urban", "prob"], rows)
    found, why = _table("scored.csv", path)
    assert found is not None, why
    assert found.fields == {
        "task": "classification", "holdout": "scored.csv", "id": "patient", "label": "y_true", "prediction": "y_pred",
        "group": "user_id", "slices": ["urban"],
        "metrics": [{"name": "accuracy", "margin": 0.01}, {"name": "f1_macro", "margin": 0.02}],
    }  # fmt: skip
    assert "score" in found.guesses


def test_numbers_to_predict_are_a_regression_with_a_margin_of_today_s_error(tmp_path: Path) -> None:
    draw = random.Random(0)
    frame = pd.DataFrame({"id": range(200), "target": [draw.uniform(0, 100) for _ in range(200)]})
    frame["prediction"] = frame["target"] + 5.0
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    for name in ("t.parquet", "t.csv"):
        found, _ = _table(name, tmp_path / name)
        assert found is not None
        assert found.fields["task"] == "regression"
        assert found.fields["metrics"] == [{"name": "mae", "margin": 0.1}]


def test_what_is_nearly_a_table_of_predictions_is_told_what_it_lacks(tmp_path: Path) -> None:
    rows: list[list[object]] = [["a", "b"]] * 50
    found, why = _table("classes.csv", write(tmp_path / "classes.csv", ["actual", "predicted"], rows))
    assert found is None
    assert "add an `id`" in why
    found, why = _table("roc.csv", write(tmp_path / "roc.csv", ["fpr", "tpr"], [[0, 0], [1, 1]]))
    assert (found, why) == (None, "")
    twice: list[list[object]] = [["1", "a", ""], ["2", "b", "b"]]
    found, why = _table("holes.csv", write(tmp_path / "holes.csv", ["id", "label", "prediction"], twice))
    assert found is None
    assert "cannot be judged" in why


def test_a_model_is_called_after_the_last_telling_folder() -> None:
    taken: set[str] = set()
    assert name_of("predictions/intent/holdout.parquet", taken, "shop") == "intent"
    assert name_of("out/test.csv", taken, "shop") == "shop"
    assert name_of("out/other.csv", taken, "shop") == "shop-2"


@pytest.mark.parametrize("text", ["a", "a.b c", "no", "1", "x: {y}", "#", "", "ü", 'say "x"', "a, b", "null", "-x"])
def test_a_name_stays_text_inside_braces(text: str) -> None:
    assert load_yaml(f"[{{k: {quoted(text)}}}]", "t") == [{"k": text}]


@pytest.mark.slow
def test_the_lines_that_are_shown_write_a_table_that_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn's and those for anything else are run; the rule's page shows the same lines."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    monkeypatch.chdir(tmp_path)
    x, y = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=1000).fit(x, y)
    known = {"pd": pd, "csv": csv, "model": model, "X_test": x, "y_test": y}
    for lines in (SKLEARN, CSV):
        exec("\n".join(lines), {**known, "ids": range(150), "labels": y, "predictions": model.predict(x)})  # noqa: S102
        found, why = _table("predictions.csv", tmp_path / "predictions.csv")
        assert found is not None, why
        assert found.rows == 150
    page = MetricFileMoved.__doc__ or ""
    for lines in (SKLEARN, TORCH, CSV):
        assert all(line in page for line in lines)
        assert len(lines) == 3


@pytest.mark.parametrize(
    ("model", "proposed"),
    [("model.onnx", True), ("out/clf.npz", True), ("model.pkl", False), ("weights.pt", False), ("model.bin", False)],
)
def test_a_model_that_may_run_code_when_it_is_loaded_is_not_proposed_to_the_judge(model: str, proposed: bool) -> None:
    again = _found(["predict.py", model, "data/test.csv"], model)
    assert again == Again("predict", model, "data/test.csv", runs_code=not proposed)
    table = AnswerTable("holdout.csv", 9, {"metrics": []}, {}, again)
    text = gate_text(Survey(1, ("dvc.yaml",), (), (table,)), "shop")
    entry = f"reevaluate: {{stage: predict, model: {model}, rows: data/test.csv}}"
    assert (f"\n    {entry}  # GUESSED" in text) == proposed
    assert (f"\n    # {entry}\n" in text) == (not proposed)


def test_a_stage_that_reads_no_model_or_two_is_nobody_s_to_run_again() -> None:
    assert _found(["predict.py", "data/test.csv"], "model.onnx") is None
    assert _found(["model.onnx", "model.json"], "model.onnx", "model.json") is None


def _found(deps: list[str], *made: str) -> Again | None:
    stage = Stage(
        "predict", "dvc.yaml", ".", "python predict.py",
        deps=tuple((path, path) for path in deps), outs=(OutSpec("holdout.csv", "holdout.csv"),),
    )  # fmt: skip
    outputs = {path: Out(path, "0" * 32, 1) for path in made}
    return again(SimpleNamespace(project=SimpleNamespace(stages=(stage,)), outputs=outputs), "holdout.csv")  # type: ignore[arg-type]
