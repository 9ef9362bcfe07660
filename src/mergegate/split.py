"""The stable split: a row's side depends on its own key and the salt, never on other rows.

Appending, deleting or reordering rows moves no key across the split, because the side is a function of
SHA-256(salt, key) alone. Rows of one group share a key and so a side.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = 1 << 64


def position(key: str, *, salt: str) -> float:
    """Where `key` lies in [0, 1): uniform over keys, fixed for a key and a salt.

    The salt is length-prefixed, so that no two (salt, key) pairs are the same bytes. Both must be text: a number
    is refused by its lack of `encode`, so that 1 and "1" cannot be confused.
    """
    prefix = salt.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(len(prefix).to_bytes(8, "big") + prefix + key.encode("utf-8", "surrogatepass"))
    return int.from_bytes(digest.digest()[:8], "big") / _STEPS


def in_holdout(key: str, *, salt: str, share: float) -> bool:
    """True where the rows of `key` are held out; `share` in (0, 1) is the expected share of keys.

    Growing `share` only adds keys to the holdout; it never releases one into training.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, not {share!r}")
    return position(key, salt=salt) < share


def holdout_mask(keys: Iterable[str], *, salt: str, share: float) -> list[bool]:
    """`in_holdout` for each of `keys`, in their order."""
    seen: dict[str, bool] = {}
    mask = []
    for key in keys:
        side = seen.get(key)
        if side is None:
            side = seen[key] = in_holdout(key, salt=salt, share=share)
        mask.append(side)
    return mask
