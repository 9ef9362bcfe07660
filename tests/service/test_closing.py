"""Too many at once, and the end: nobody who was let in goes without an answer."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from benchmarks._service_process import Process, service

if TYPE_CHECKING:
    from benchmarks._service_world import World

pytestmark = pytest.mark.slow
QUESTION = json.dumps({"utterance": "turn on the light", "language": "en"}).encode()
HEAD = b"POST /v1/intent HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def listens(process: Process) -> bool:
    try:
        socket.create_connection(("127.0.0.1", process.port), timeout=5).close()
    except OSError:
        return False
    return True


def test_beyond_the_queue_requests_are_told_to_come_again_and_after_sigterm_answers_under_way_are_given(
    world: World,
) -> None:
    options = ("--stage", "prod", "--poll", "0", "--queue", "1", "--notice", "1")
    with service(world.clone("closing"), world.root / "closing.log", *options) as process:
        process.wait_until_ready()
        _fill(process)
        connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)
        with socket.create_connection(("127.0.0.1", process.port), timeout=20) as halfway:
            halfway.sendall(HEAD % len(QUESTION) + QUESTION[:10])
            connection.request("GET", "/readyz")
            assert connection.getresponse().read()
            process.signal(signal.SIGTERM)
            process.wait_for_line('"draining"')
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            assert (answer.status, json.loads(answer.read())["draining"]) == (503, True)
            assert process.post("/v1/intent", json.loads(QUESTION))[0] == 200, "not ready, and still answering"
            until = time.monotonic() + 20
            while listens(process) and time.monotonic() < until:
                time.sleep(0.02)
            assert not listens(process)
            halfway.sendall(QUESTION[10:])
            assert halfway.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert process.wait() == 0
        assert process.events("stopped")[0]["unanswered"] == 0


def _fill(process: Process) -> None:
    """Batches at once for a queue of one."""
    batch = json.dumps({"items": [json.loads(QUESTION)] * 256}).encode()
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: process.ask("POST", "/v1/intent/batch", batch), range(96)))
    assert {status for status, _, _ in answers} == {200, 503}
    assert {headers.get("retry-after") for status, headers, _ in answers if status == 503} == {"1"}
    assert process.post("/v1/intent", json.loads(QUESTION))[0] == 200


def test_a_service_without_any_version_lives_is_not_ready_and_says_why(world: World) -> None:
    options = ("--stage", "test", "--poll", "0")
    with service(world.clone("empty"), world.root / "empty.log", *options) as process:
        process.wait_for_line('"refused","model":"loan"')
        assert process.get("/livez") == (200, {"live": True})
        assert process.get("/readyz") == (503, {"ready": False, "waiting_for": ["intent", "loan"], "draining": False})
        status, headers, body = process.ask("POST", "/v1/intent", QUESTION)
        assert (status, headers["retry-after"], json.loads(body)["code"]) == (503, "1", "not_ready")
        assert "nothing was promoted" in process.get("/version")[1]["intent"]["refused"]["why"]
