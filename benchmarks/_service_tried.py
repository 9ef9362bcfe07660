"""Hostile requests, sent: half of a corpus written by hand, half made by Schemathesis from the published schema."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks._service_hostile import CANARY, PATHS, corpus, variations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks._service_process import Process

Tried = tuple[str, str, int, bytes]
"""Source, name, status and body."""


def hostile(process: Process, count: int, seed: int) -> dict[str, Any]:
    """So many requests, half of them Schemathesis's: the statuses, what was 5xx or repeated what was sent."""
    statuses: Counter[str] = Counter()
    bad: list[str] = []
    by_hand = _by_hand(process, count // 2, seed)
    made = schemathesis_cases(process, count - count // 2, seed)
    for source, name, status, body in (*by_hand, *made):
        statuses[f"{source} {status}"] += 1
        if status >= 500 or CANARY.encode() in body:
            bad.append(f"{source}: {name}: {status}")
    log = process.log.read_text(encoding="utf-8")
    return {
        "requests": sum(statuses.values()), "statuses": dict(sorted(statuses.items())),
        "server_errors_or_echoes": bad[:20],
        "in_the_log": CANARY in log, "failures_logged": len(process.events("failed")),
        "ready_afterwards": process.get("/readyz")[0] == 200,
    }  # fmt: skip


def _by_hand(process: Process, count: int, seed: int) -> Iterator[Tried]:
    written, more = list(corpus()), variations(seed)
    for number in range(count):
        asked = written[number] if number < len(written) else next(more)
        status, _, body = process.ask(asked.method, asked.path, asked.body or None, Content_Type=asked.kind)
        yield "corpus", asked.name, status, body


def schemathesis_cases(process: Process, count: int, seed: int) -> list[Tried]:
    """Requests that fit the published schema and requests that do not, in halves; a broken promise of it raises."""
    import schemathesis
    from schemathesis import GenerationMode

    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{process.port}/openapi.json")
    found: list[Tried] = []
    each = count // (2 * len(PATHS)) + 1
    for path in PATHS:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _made(schema[path]["POST"].as_strategy(generation_mode=mode), each, seed, found)
    return found[:count]


def _made(strategy: Any, count: int, seed: int, found: list[Tried]) -> None:
    import hypothesis

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @hypothesis.given(case=strategy)
    def ask(case: Any) -> None:
        response = case.call(timeout=30)
        found.append(("schemathesis", f"{case.method} {case.path}", response.status_code, response.content))
        case.validate_response(response)

    ask()
