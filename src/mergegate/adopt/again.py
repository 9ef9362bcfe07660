"""Finds the stage that answers and the model that it reads: what the judge could run again with main's code."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from mergegate.adopt.direction import words
from mergegate.facts.adoption import Again

if TYPE_CHECKING:
    from mergegate.adopt.content import Now

_DATA = frozenset(
    {
        ".json",
        ".npz",
        ".onnx",
        ".safetensors",
        ".skops",
        ".ubj",
        ".cbm",
        ".txt",
        ".yaml",
        ".yml",
        ".toml",
        ".gguf",
        ".tflite",
    }
)
"""Formats that hold numbers and texts, and no code that runs when they are read as what they are."""
_CODE = frozenset({".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".bin"})
"""Formats that hold a pickle, or may: who loads one runs what its maker put there."""
_TABLES = (".csv", ".tsv", ".parquet", ".pq")
_MODEL = frozenset({"model", "models", "clf", "classifier", "regressor", "estimator", "weights", "net", "checkpoint"})
_HELD_OUT = frozenset({"test", "holdout", "heldout", "valid", "validation", "val", "eval", "rows"})


def again(now: Now, table: str) -> Again | None:
    """What the judge could run for these answers; None where no stage writes them, or it reads no model."""
    stage = next((one for one in now.project.stages if any(out.path == table for out in one.outs)), None)
    if stage is None:
        return None
    reads = [path for _, path in stage.deps if path]
    models = [path for path in reads if _is_model(now, path)]
    if len(models) != 1:
        return None
    kind = posixpath.splitext(models[0])[1].lower()
    rows = [path for path in reads if path.lower().endswith(_TABLES) and _HELD_OUT & set(words(path))]
    return Again(stage.address, models[0], rows[0] if len(rows) == 1 else "", runs_code=kind not in _DATA)


def _is_model(now: Now, path: str) -> bool:
    """A single file that a stage or a person made, and whose name or format says what it is."""
    out = now.outputs.get(path)
    if out is None or out.content.is_dir or path.lower().endswith(_TABLES):
        return False
    return bool(_MODEL & set(words(path))) or posixpath.splitext(path)[1].lower() in _CODE
