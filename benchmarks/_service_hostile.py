"""Requests that are meant to break a service: a corpus written by hand, and variations of it without end."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "c4n4ry"
"""Stands in every request, and may stand in no answer and no log."""
PATHS = ("/v1/intent", "/v1/intent/batch", "/v1/loan", "/v1/loan/batch")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request."""

    name: str
    method: str
    path: str
    body: bytes
    kind: str = _JSON
    """Its Content-Type."""


_BODIES: dict[str, bytes] = {
    "empty": b"",
    "a space": b" ",
    "null": b"null",
    "a number": b"1",
    "a list": b"[]",
    "an empty object": b"{}",
    "no JSON": b"{c4n4ry",
    "two values": b"{} {}",
    "a comment": b"{/* c4n4ry */}",
    "single quotes": b"{'utterance': 'c4n4ry'}",
    "not a number": b'{"utterance": NaN, "unver": NaN, "x": "c4n4ry"}',
    "infinity": b'{"utterance": Infinity, "unver": -Infinity, "x": "c4n4ry"}',
    "a number beyond all": b'{"unver": 1e999, "x": "c4n4ry"}',
    "a number beyond all below": b'{"unver": -1e999, "x": "c4n4ry"}',
    "5,000 digits": b'{"unver": ' + b"9" * 5000 + b', "x": "c4n4ry"}',
    "4,000 digits": b'{"unver": ' + b"9" * 4000 + b', "x": "c4n4ry"}',
    "a tiny number": b'{"obrat": 1e-400, "x": "c4n4ry"}',
    "minus nothing": b'{"obrat": -0.0, "unver": -0, "x": "c4n4ry"}',
    "half a character": b'{"utterance": "c4n4ry \\ud800", "language": "en"}',
    "the other half": b'{"utterance": "\\udc00 c4n4ry", "language": "en"}',
    "half a character in a name": b'{"c4n4ry\\ud800": 1}',
    "both halves": b'{"utterance": "\\ud83d\\ude00", "language": "en"}',
    "a half as raw bytes": b'{"utterance": "\xed\xa0\x80 c4n4ry", "language": "en"}',
    "no UTF-8": b'{"utterance": "\xff\xfe c4n4ry", "language": "en"}',
    "overlong UTF-8": b'{"utterance": "\xc0\xaf c4n4ry", "language": "en"}',
    "UTF-16": '{"utterance": "c4n4ry", "language": "en"}'.encode("utf-16"),
    "a mark of byte order": b'\xef\xbb\xbf{"utterance": "c4n4ry", "language": "en"}',
    "a zero byte": b'{"utterance": "c4n4ry\x00", "language": "en"}',
    "an escaped zero": b'{"utterance": "\\u0000", "language": "en"}',
    "a name twice": b'{"utterance": "a", "utterance": "c4n4ry", "language": "en"}',
    "a name twice deep": b'{"items": [{"x": {"a": 1, "a": "c4n4ry"}}]}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 1_500 + b"1" + b"}" * 1_500,
    "closed deep lists": b"[" * 7_000 + b"]" * 7_000,
    "deep items": b'{"items": ' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    "many names": json.dumps({f"c4n4ry{number}": number for number in range(900)}).encode(),
    "a long text": json.dumps({"utterance": "c4n4ry " * 2_000, "language": "en"}).encode(),
    "a long text within": json.dumps({"utterance": "x" * 500, "language": "en"}).encode(),
    "one character too many": json.dumps({"utterance": "x" * 501, "language": "en"}).encode(),
    "no text": b'{"utterance": ["c4n4ry"], "language": "en"}',
    "a language that is an object": b'{"utterance": "a", "language": {"c4n4ry": 1}}',
    "no such language": b'{"utterance": "a", "language": "c4n4ry"}',
    "an area with a path": b'{"utterance": "a", "language": "en", "area": "../../c4n4ry"}',
    "a line break in an area": b'{"utterance": "a", "language": "en", "area": "kitchen\\n"}',
    "casefold growth": json.dumps({"utterance": "\ufb03" * 500, "language": "de"}).encode(),
    "combining marks": json.dumps({"utterance": "e" + "\u0301" * 499, "language": "fr"}).encode(),
    "right to left": json.dumps({"utterance": "\u202ec4n4ry"[:500], "language": "nl"}).encode(),
    "digits of other scripts": json.dumps({"utterance": "٣٤ ੪ ² ½", "language": "es"}).encode(),
    "no items": b'{"items": []}',
    "items that are none": b'{"items": "c4n4ry"}',
    "257 items": json.dumps({"items": [{"utterance": "a", "language": "en"}] * 257}).encode(),
    "256 items": json.dumps({"items": [{"utterance": "a", "language": "en"}] * 256}).encode(),
    "empty items": json.dumps({"items": [{}] * 256}).encode(),
    "many nulls": b'{"items": [' + b"null," * 50_000 + b"null]}",
    "a flag that is text": b'{"unver": "c4n4ry"}',
    "true for a number": b'{"cons": true, "x": "c4n4ry"}',
    "code": b'{"utterance": "__import__(\\"os\\").system(\\"c4n4ry\\")", "language": "en", "__class__": "c4n4ry"}',
    "SQL": b'{"utterance": "\'; DROP TABLE x; -- ", "language": "en"}',
    "a prototype": b'{"__proto__": {"c4n4ry": 1}, "constructor": "c4n4ry"}',
    "too large": b'{"utterance": "' + b"c4n4ry" * 60_000 + b'"}',
}
_KINDS = (
    "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=c4n4ry",
    "application/json; charset=utf-16", "application/xml", "application/json, text/plain", "APPLICATION/JSON",
)  # fmt: skip
_STRANGE_PATHS = (
    "/", "/v1", "/v1/", "/v1/intent/", "/v2/c4n4ry", "/../etc/passwd", "/v1/%2e%2e/livez", "/%00c4n4ry",
    "/v1/intent?c4n4ry=1", "//v1/intent", "/v1/loan/batch/batch", "/%ff%fe", "/v1/" + "c4n4ry" * 500,
)  # fmt: skip
_METHODS = ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE")


def corpus() -> Iterator[Hostile]:
    """The requests that were written by hand: each body at each path, and strange heads."""
    for path in PATHS:
        for name, body in _BODIES.items():
            yield Hostile(f"{name} at {path}", "POST", path, body)
        for kind in _KINDS:
            yield Hostile(f"type {kind!r} at {path}", "POST", path, b'{"utterance": "c4n4ry", "language": "en"}', kind)
        for method in _METHODS:
            yield Hostile(f"{method} {path}", method, path, b"")
    for path in _STRANGE_PATHS:
        yield Hostile(f"POST {path[:40]}", "POST", path, b'{"x": "c4n4ry"}')
        yield Hostile(f"GET {path[:40]}", "GET", path, b"")
    for path in ("/livez", "/readyz", "/version", "/metrics", "/openapi.json"):
        yield Hostile(f"POST {path}", "POST", path, b'{"x": "c4n4ry"}')


def variations(seed: int) -> Iterator[Hostile]:
    """Bodies of the corpus with bytes changed, cut, doubled or joined, without end."""
    draw = random.Random(seed)
    bodies = [body for body in _BODIES.values() if 1 < len(body) < 16_000]
    while True:
        body = bytearray(draw.choice(bodies))
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(body) + 1)
            match draw.randrange(4):
                case 0:
                    body[at : at + 1] = draw.randbytes(1)
                case 1:
                    del body[at : at + draw.randint(1, 20)]
                case 2:
                    body[at:at] = draw.choice(bodies)[: draw.randint(1, 60)]
                case _:
                    body[at:at] = draw.choice(
                        [b"{", b"}", b"[", b"]", b'"', b"\\u", b"\\ud800", b",", b":", b"1e9", b"-"]
                    )
        yield Hostile("variation", "POST", draw.choice(PATHS), bytes(body))
