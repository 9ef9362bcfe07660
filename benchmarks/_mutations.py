"""Breaks valid files: bytes flipped, cut, doubled and spliced, and tokens put in that parsers stumble over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

TOKENS = tuple(
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        *"[]{}:,\"'-?&*!|>%@`#~ \t\n\r\x00\x1b\x7f\ufeff\ud800\u202e\\/.+e_=<$(;",
        "NaN", "nan", ".nan", "-Infinity", ".inf", "1e999", "-0", "0x", "0o8", "1_0", "99999999999999999999", "1e-400",
        "null", "~", "true", "off", "<<: *a", "&a ", "*a", "!!python/object:os.system", "!!binary", "!!set",
        "!!timestamp",
        "2026-13-45", "2026-11-22T00:00:00Z", "? ", "- ", "---\n", "...\n", "${x}", "${", "..", "../../etc/passwd", "/",
        "version: 1", "stages:", "models:", "metrics:", "md5: ", "size: x", '"id"', "id,id", '""', "'", "\n\n",
        "a: b: c",
        "[" * 300, "{" * 300, "{a: " * 120, "- " * 300, "[" * 120 + "]" * 120, "x" * 5000, "9" * 5000, "é", "漢", "🦊",
        "PAR1", "1.0.0", "a,b,c,d,e\n", '"unclosed', '\\ud800', "\\x00",
    )
)  # fmt: skip


def mutated(rng: random.Random, corpus: tuple[bytes, ...]) -> bytes:
    """One of the corpus with up to eight mutations; seldom the whole as it is."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.randrange(9)):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.randrange(1, 30))
        kind = rng.randrange(8)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
        elif kind == 1:
            del data[at:to]
        elif kind == 2:
            data[at:at] = data[at:to] * rng.randrange(1, 4)
        elif kind == 3:
            other = rng.choice(corpus)
            begin = rng.randrange(len(other) + 1)
            data[at:to] = other[begin : begin + rng.randrange(60)]
        elif kind == 4:
            del data[at:]
        else:
            data[at : to if kind == 5 else at] = rng.choice(TOKENS)
    return bytes(data)
