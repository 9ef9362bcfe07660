"""The model as plain arrays: a file that runs no code when it is loaded."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from intent import settings
from intent.faults import StageError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_ARRAYS = ("weights", "bias", "classes", "sharpness", "features")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear classifier over hashed features, with all that predicting needs."""

    weights: NDArray[np.float32]
    """Shape (classes, 2^bits)."""
    bias: NDArray[np.float32]
    """Shape (classes,)."""
    classes: tuple[str, ...]
    sharpness: float
    """Margins times this, through a softmax, are probabilities; fitted on groups that the fit had not seen."""
    features: settings.Features

    def margins(self, rows: Any) -> NDArray[np.float64]:
        """Shape (rows, classes): how far each row lies on each class's side."""
        return np.asarray(rows @ self.weights.T + self.bias, dtype=np.float64)

    def answer(self, rows: Any) -> tuple[list[str], NDArray[np.float64]]:
        """The predicted class of each row of a feature matrix, and its probability."""
        margins = self.margins(rows)
        best = margins.argmax(axis=1)
        return [self.classes[index] for index in best], softmax(margins * self.sharpness).max(axis=1)

    def save(self, path: Path) -> None:
        """Write an uncompressed .npz: the same bytes for the same numbers."""
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {
            "weights": self.weights,
            "bias": self.bias,
            "classes": np.array(self.classes),
            "sharpness": np.array(self.sharpness, dtype=np.float64),
            "features": np.array(json.dumps(asdict(self.features), sort_keys=True)),
        }
        with zipfile.ZipFile(path, "w") as file:
            for name, array in arrays.items():
                _add(file, f"{name}.npy", array)


def _add(file: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    """As `np.savez` does, with a head that is alike in every Python: 3.11.4 began to write the sizes twice."""
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=False)
    file.writestr(zipfile.ZipInfo(name), content.getvalue())


def softmax(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row made positive and of sum 1."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _checked(arrays: dict[str, Any]) -> Model:
    """A model out of arrays of any origin; ValueError or TypeError where they are not one."""
    weights, bias, classes = arrays["weights"], arrays["bias"], arrays["classes"]
    features = settings.from_mapping(settings.Features, json.loads(str(arrays["features"])))
    if weights.dtype != np.float32 or bias.dtype != np.float32 or classes.dtype.kind != "U":
        raise ValueError("weights and bias must be float32, classes text")
    if weights.shape != (len(classes), 1 << features.bits) or bias.shape != classes.shape or classes.ndim != 1:
        raise ValueError(f"weights of shape {weights.shape} do not fit {len(classes)} classes and {features.bits} bits")
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        raise ValueError("a weight is not a number")
    sharpness = float(arrays["sharpness"])
    if not 0 < sharpness < 1e6:
        raise ValueError(f"sharpness is {sharpness}")
    return Model(weights, bias, tuple(str(name) for name in classes), sharpness, features)


def _arrays(path: Path) -> dict[str, Any]:
    """What is in the file, without ever unpickling; ValueError where it holds anything else than a model's arrays."""
    with path.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
        if set(archive.files) != set(_ARRAYS):
            raise ValueError(f"it must hold exactly {', '.join(_ARRAYS)}")
        return {name: archive[name] for name in _ARRAYS}


def load(path: Path) -> Model:
    """The model of a file. Pickled objects are refused, never read."""
    try:
        return _checked(_arrays(path))
    except FileNotFoundError:
        raise StageError("the model is not there", where=path, do="train it: dvc repro train") from None
    except (ValueError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise StageError(
            f"this is no model file of ours: {error}", where=path, do="train it again: dvc repro --force train"
        ) from None
