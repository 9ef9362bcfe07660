"""The model file: plain numbers, checked when read; nothing in it is ever run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.intent import small

from intent import evaluate, features, model, train
from intent.collect import Row
from intent.faults import StageError
from intent.predict import predictions
from intent.settings import Features, Train

SEEN, HOW = Features(1, 0, 8), Train(1.0, 1000, 7)


def rows(keep: int = 240) -> pd.DataFrame:
    return pd.DataFrame([{name: getattr(row, name) for name in Row.__slots__} for row in small.rows()[:keep]])


def arrays(**other: Any) -> dict[str, Any]:
    """The arrays of a good file, with some of them replaced."""
    good = {
        "weights": np.zeros((2, 256), np.float32),
        "bias": np.zeros(2, np.float32),
        "classes": np.array(["HassA", "HassB"]),
        "sharpness": np.float64(1.0),
        "features": np.array('{"bits": 8, "chars_up_to": 0, "words_up_to": 1}'),
    }
    return good | other


class Canary:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.fixture(scope="module")
def fitted() -> model.Model:
    return train.fit(rows(), HOW, SEEN)


def test_it_learns_what_the_words_say(fitted: model.Model) -> None:
    table = predictions(rows(), fitted, ("group", "language", "domain"))
    assert evaluate.scores(table)["accuracy"] > 0.95


def test_training_twice_gives_the_same_file(tmp_path: Path, fitted: model.Model) -> None:
    fitted.save(tmp_path / "one.npz")
    train.fit(rows(), HOW, SEEN).save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_saved_model_answers_as_it_did_before(tmp_path: Path, fitted: model.Model) -> None:
    fitted.save(tmp_path / "model.npz")
    again = model.load(tmp_path / "model.npz")
    matrix = features.matrix(rows(), SEEN)
    before, after = fitted.answer(matrix), again.answer(matrix)
    assert before[0] == after[0]
    assert np.array_equal(before[1], after[1])
    assert again.features == SEEN


def test_the_score_is_a_probability_and_higher_where_the_answer_is_right(fitted: model.Model) -> None:
    odd = rows().assign(utterance="bananas and custard")
    _, sure = fitted.answer(features.matrix(rows(), SEEN))
    _, unsure = fitted.answer(features.matrix(odd, SEEN))
    assert ((sure > 1 / 3) & (sure <= 1)).all()
    assert unsure.mean() < sure.mean()


def test_two_classes_are_learnt_like_any_other_number() -> None:
    table = predictions(rows(160), train.fit(rows(160), HOW, SEEN), ("group", "language", "domain"))
    assert evaluate.scores(table)["accuracy"] > 0.95


def test_one_class_is_not_a_question() -> None:
    with pytest.raises(StageError, match="just one intent"):
        train.fit(rows(80), HOW, SEEN)


def test_the_file_needs_no_pickle(tmp_path: Path, fitted: model.Model) -> None:
    fitted.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


@pytest.mark.parametrize("where", ["weights", "classes", "features", "bare"])
def test_a_pickle_in_a_model_file_is_refused_and_never_run(tmp_path: Path, where: str) -> None:
    canary = Canary(tmp_path / "it ran")
    path = tmp_path / "model.npz"
    if where == "bare":
        path.write_bytes(pickle.dumps(canary))
    else:
        np.savez(path, **arrays(**{where: np.array([canary], dtype=object)}))
    with pytest.raises(StageError, match="no model file"):
        model.load(path)
    assert not canary.path.exists()
    pickle.loads(pickle.dumps(canary))  # noqa: S301 - the canary does sing where it is let
    assert canary.path.exists()


@pytest.mark.parametrize(
    "other",
    [
        {"weights": np.zeros((3, 256), np.float32)},
        {"weights": np.zeros((2, 512), np.float32)},
        {"weights": np.zeros((2, 256), np.float64)},
        {"weights": np.full((2, 256), np.nan, np.float32)},
        {"bias": np.array([0, np.inf], np.float32)},
        {"classes": np.array([1, 2])},
        {"classes": np.array([["HassA", "HassB"]])},
        {"sharpness": np.float64(-1)},
        {"sharpness": np.array([1.0, 2.0])},
        {"features": np.array("[]")},
        {"features": np.array("{")},
        {"features": np.array('{"bits": 60, "chars_up_to": 0, "words_up_to": 1}')},
        {"extra": np.zeros(1)},
    ],
    ids=str,
)
def test_a_file_with_other_numbers_than_a_model_has_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    np.savez(tmp_path / "model.npz", **arrays(**other))
    with pytest.raises(StageError, match="no model file"):
        model.load(tmp_path / "model.npz")


def test_the_good_arrays_of_these_tests_are_a_model(tmp_path: Path) -> None:
    """Else every refusal above could have another reason."""
    np.savez(tmp_path / "model.npz", **arrays())
    assert model.load(tmp_path / "model.npz").classes == ("HassA", "HassB")


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"not a zip at all"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "model.npz").write_bytes(damage)
    with pytest.raises(StageError, match="no model file"):
        model.load(tmp_path / "model.npz")


def test_a_file_cut_short_is_refused(tmp_path: Path, fitted: model.Model) -> None:
    path = tmp_path / "model.npz"
    fitted.save(path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(StageError, match="no model file"):
        model.load(path)


def test_a_file_with_a_flipped_bit_is_refused(tmp_path: Path, fitted: model.Model) -> None:
    path = tmp_path / "model.npz"
    fitted.save(path)
    damaged = bytearray(path.read_bytes())
    damaged[1000] ^= 1
    path.write_bytes(bytes(damaged))
    with pytest.raises(StageError, match="no model file"):
        model.load(path)


def test_no_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="dvc repro train"):
        model.load(tmp_path / "model.npz")
