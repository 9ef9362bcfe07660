"""One utterance at a time, in microseconds: the same answer as the stage `predict`, without its libraries.

The pipeline hashes a whole table with scikit-learn and multiplies it with SciPy. Here each name of a feature is hashed
once and remembered, and the few columns of a row are added up in the order in which SciPy adds them, in float32, so
that the same numbers come out, to the last bit. `tests/intent/test_single.py` asks both about the whole holdout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intent.features import named_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from intent.model import Model

_REMEMBERED = 1 << 16
"""Names whose column is remembered; further ones are hashed each time, so that strange words fill no memory."""
_MASK = 0xFFFFFFFF


def murmur3(data: bytes) -> int:
    """MurmurHash3 (x86, 32 bits, seed 0; Appleby 2011) as a signed number, as scikit-learn has it."""
    hashed, whole = 0, len(data) & ~3
    for start in range(0, whole, 4):
        mixed = int.from_bytes(data[start : start + 4], "little") * 0xCC9E2D51 & _MASK
        hashed ^= ((mixed << 15 | mixed >> 17) & _MASK) * 0x1B873593 & _MASK
        hashed = ((hashed << 13 | hashed >> 19) & _MASK) * 5 + 0xE6546B64 & _MASK
    if len(data) > whole:
        mixed = int.from_bytes(data[whole:], "little") * 0xCC9E2D51 & _MASK
        hashed ^= ((mixed << 15 | mixed >> 17) & _MASK) * 0x1B873593 & _MASK
    hashed ^= len(data)
    hashed = (hashed ^ hashed >> 16) * 0x85EBCA6B & _MASK
    hashed = (hashed ^ hashed >> 13) * 0xC2B2AE35 & _MASK
    hashed ^= hashed >> 16
    return hashed - (1 << 32) if hashed >> 31 else hashed


class Single:
    """A model that is asked row by row. Not for several threads at once: it remembers the names that it has seen."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._columns: dict[str, int] = {}
        self._by_column: NDArray[np.float32] = np.ascontiguousarray(model.weights.T)
        """Shape (2^bits, classes): what one feature adds to each class lies side by side."""

    def answer(self, utterance: str, language: str, area: str = "any", domain: str = "any") -> tuple[str, float]:
        """The predicted class, and its probability to six decimals, as the stage `predict` writes them."""
        counts: dict[int, int] = {}
        for name in named_features((utterance, language, area, domain), self.model.features):
            column = self._column(name)
            counts[column] = counts.get(column, 0) + 1
        margins = self._margins(counts).astype(np.float64)
        best = int(margins.argmax())
        powers = np.exp(margins * self.model.sharpness - margins[best] * self.model.sharpness)
        return self.model.classes[best], round(float(powers[best] / powers.sum()), 6)

    def _margins(self, counts: dict[int, int]) -> NDArray[np.float32]:
        columns = sorted(counts)
        length = np.float64(sum(count * count for count in counts.values())) ** 0.5
        values = (np.array([counts[column] for column in columns]) / length).astype(np.float32)
        # Along the first axis NumPy adds one row after the other, as SciPy's product of a sparse row does.
        return np.asarray(np.add.reduce(self._by_column[columns] * values[:, None], axis=0) + self.model.bias)

    def _column(self, name: str) -> int:
        found = self._columns.get(name)
        if found is None:
            found = abs(murmur3(name.encode())) % len(self._by_column)
            if len(self._columns) < _REMEMBERED:
                self._columns[name] = found
        return found
