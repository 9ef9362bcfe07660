"""A load generator: so many connections, each asking again as soon as it is answered, for some seconds.

    python -m benchmarks._service_load < run.json    # {"port": 8000, "connections": 16, "seconds": 5, "path": ..., ...}

`asked` is a list of JSON questions, taken in turns. `right`, where it is given, says by digest what each question's
answer is: an answer with another version, or with another content than its digest's, is a mixed one.
SIGTERM ends a run before its time.
It prints one JSON object: requests, seconds, statuses, latencies in milliseconds, failed and mixed answers.
"""

from __future__ import annotations

import asyncio
import functools
import json
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop


@dataclass
class Load:
    """What is asked, and what came back."""

    port: int
    connections: int
    seconds: float
    path: str
    asked: list[Any]
    right: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By digest: `version`, and `answers` in the order of `asked`."""
    warm_up: float = 0.5
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    digests: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    mixed: int = 0
    until: float = 0.0
    counts_from: float = 0.0

    def prepare(self) -> list[bytes]:
        """Each question as the bytes of a request."""
        bodies = [json.dumps(each).encode() for each in self.asked]
        head = f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        return [head.encode() + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]

    def end(self) -> None:
        """Ask nothing more: what is under way is answered, and the run is over."""
        self.until = 0.0

    def note(self, question: int, status: int, body: bytes, seconds: float) -> None:
        """One answer."""
        if time.perf_counter() >= self.counts_from:
            self.latencies.append(seconds)
            self.statuses[status] += 1
        if not self.right:
            return
        answer = json.loads(body)
        digest = answer.pop("digest", "")
        known = self.right.get(digest)
        self.digests[digest] += 1
        if known is None or answer.pop("version", "") != known["version"] or answer != known["answers"][question]:
            self.mixed += 1


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load, requests: list[bytes], first: int, done: asyncio.Future[None]) -> None:
        self.load, self.requests, self.question, self.done = load, requests, first, done
        self.buffer, self.needed, self.body_at = b"", 0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by class
        self._ask()

    def _ask(self) -> None:
        self.question = (self.question + 1) % len(self.requests)
        self.started = time.perf_counter()
        self.transport.write(self.requests[self.question])

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if not self.needed:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            length = head.index(b"content-length:")
            self.body_at = end + 4
            self.needed = self.body_at + int(head[length + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) < self.needed:
            return
        now = time.perf_counter()
        self.load.note(
            self.question, int(self.buffer[9:12]), self.buffer[self.body_at : self.needed], now - self.started
        )
        self.buffer, self.needed = b"", 0
        if now >= self.load.until:
            self.done.set_result(None)
            self.transport.close()
        else:
            self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.load.failed += 1
            self.done.set_result(None)


async def run(load: Load) -> dict[str, Any]:
    """Ask, and say what came back."""
    requests, loop = load.prepare(), asyncio.get_running_loop()
    began = time.perf_counter()
    load.counts_from, load.until = began + load.warm_up, began + load.warm_up + load.seconds
    loop.add_signal_handler(signal.SIGTERM, load.end)
    waiting = []
    for number in range(load.connections):
        done: asyncio.Future[None] = loop.create_future()
        waiting.append(done)
        asker = functools.partial(Asker, load, requests, number * 7, done)
        await loop.create_connection(asker, "127.0.0.1", load.port)
    async with asyncio.timeout(load.warm_up + load.seconds + 30):
        await asyncio.gather(*waiting)
    seconds = time.perf_counter() - load.counts_from
    return summary(load, seconds)


def summary(load: Load, seconds: float) -> dict[str, Any]:
    """The numbers; latencies in milliseconds."""
    sorted_ = sorted(load.latencies)

    def at(share: float) -> float:
        return round(1000 * sorted_[min(len(sorted_) - 1, int(share * len(sorted_)))], 2)

    return {
        "requests": len(sorted_), "seconds": round(seconds, 2), "per_second": round(len(sorted_) / seconds),
        "p50_ms": at(0.5), "p99_ms": at(0.99), "worst_ms": at(1.0),
        "statuses": {str(status): count for status, count in sorted(load.statuses.items())},
        "failed": load.failed, "mixed": load.mixed, "digests": len(load.digests),
    }  # fmt: skip


def main() -> None:
    """One run, as the standard input describes it."""
    print(json.dumps(uvloop.run(run(Load(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
