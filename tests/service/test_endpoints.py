"""What the service answers, and what it says of what it cannot answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks._service_hostile import CANARY, Hostile, corpus, variations
from benchmarks._service_world import ROOT, World, applicants, questions, small_model
from jsonschema import Draft202012Validator

from intent.single import Single
from loan import card_file
from loan.score import Scorer

if TYPE_CHECKING:
    from benchmarks._service_process import Process

pytestmark = pytest.mark.slow
LIGHT = {"utterance": "turn on the light", "language": "en"}


def applicant(number: int = 0) -> dict[str, Any]:
    return {name: value for name, value in applicants()[number].items() if name != "id"}


def test_an_utterance_gets_the_models_answer_with_version_and_digest(running: Process, world: World) -> None:
    status, said = running.post("/v1/intent", {**LIGHT, "area": "kitchen"})
    name, score = Single(small_model(1)).answer("turn on the light", "en", "kitchen", "any")
    digest = running.get("/version")[1]["intent"]["digest"]
    assert (status, said) == (200, {"intent": name, "score": score, "version": "v1.0.0", "digest": digest})


def test_a_batch_is_answered_as_its_questions_are_alone_and_signed_once(running: Process) -> None:
    asked = [{name: value for name, value in row.items() if name != "id"} for row in questions()]
    status, said = running.post("/v1/intent/batch", {"items": asked})
    alone = [running.post("/v1/intent", each)[1] for each in asked[:5]]
    assert status == 200
    assert said["version"] == "v1.0.0"
    assert said["answers"][:5] == [{"intent": one["intent"], "score": one["score"]} for one in alone]


def test_applications_are_decided_as_the_generated_code_decides_them(running: Process) -> None:
    module: dict[str, Any] = {"__name__": "generated"}
    exec(compile((ROOT / "criteria/generated/loan.py").read_text(encoding="utf-8"), "loan.py", "exec"), module)  # noqa: S102
    rows = [applicant(number) for number in range(60)]
    status, said = running.post("/v1/loan/batch", {"items": rows})
    assert status == 200
    told = [
        (each["decision"], each["score"], [reason["text"] for reason in each["reasons"]]) for each in said["answers"]
    ]
    generated = [module["decide"](row) for row in rows]
    assert told == [(each.decision, each.points, list(each.reasons)) for each in generated]
    assert {decision for decision, _, _ in told} == {"approve", "deny"}


def test_the_reasons_of_a_denial_carry_the_columns_that_cost_most(running: Process) -> None:
    scorer = Scorer.of(card_file.read(ROOT / "criteria/loan.yaml"))
    denied = next(row for row in map(applicant, range(60)) if scorer.decide(row).causes)
    status, said = running.post("/v1/loan", denied)
    assert (status, said["version"]) == (200, "v1.0.0")
    assert [reason["code"] for reason in said["reasons"]] == list(scorer.decide(denied).causes)


def test_a_refused_application_says_of_each_column_what_it_must_be(running: Process) -> None:
    status, said = running.post("/v1/loan", {**applicant(), "cons": 7, "unver": None, "race": CANARY})
    assert status == 422
    assert said["fields"] == [
        {"path": "unver", "message": "must be given"},
        {"path": "cons", "message": "must be a number from 1 to 6"},
        {"path": "", "message": "has a field that is not known here"},
    ]
    assert running.post("/v1/loan/batch", {"items": [applicant(), {}]})[1]["fields"][0]["path"] == "items[1].unver"


def test_hostile_requests_get_a_4xx_that_repeats_nothing_and_the_service_goes_on(running: Process) -> None:
    more = variations(1)
    for asked in [*corpus(), *(next(more) for _ in range(200))]:
        status, _, body = ask(running, asked)
        assert status in {200, 400, 404, 405, 413, 415, 422}, asked.name
        assert CANARY.encode() not in body, asked.name
    assert running.get("/readyz")[0] == 200
    assert CANARY not in running.log.read_text(encoding="utf-8")
    assert not running.events("failed")


def ask(running: Process, asked: Hostile) -> tuple[int, dict[str, str], bytes]:
    return running.ask(asked.method, asked.path, asked.body or None, Content_Type=asked.kind)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"utterance": NaN}', "NaN and Infinity are no JSON"),
        (b'{"utterance": 1e999}', "a number is too large"),
        (b'{"utterance": "\\ud800"}', "a text holds half of a surrogate pair"),
        (b'{"a": 1, "a": 2}', "a name stands twice in one object"),
        (b"[" * 9000, "the body is nested too deeply"),
        (b"9" * 5000, "a number has too many digits"),
        (b'"\xff"', "the body is not UTF-8"),
        (b"{", "the body is no JSON"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_words(running: Process, body: bytes, message: str) -> None:
    status, _, said = running.ask("POST", "/v1/intent", body)
    assert (status, json.loads(said)) == (422, {"code": "invalid", "message": message})


def test_a_body_that_is_too_large_is_refused_by_its_announced_length_before_it_is_sent(running: Process) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(b"POST /v1/intent HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_never_ends_is_refused_while_it_streams_and_no_memory_grows(running: Process) -> None:
    before = running.memory()
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(b"POST /v1/intent HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(400):
            connection.sendall(piece)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert running.memory() - before < 20


def test_a_head_that_never_ends_is_refused_and_no_memory_grows(running: Process) -> None:
    before = running.memory()
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ")
        with pytest.raises(OSError, match=r"reset|pipe"):
            connection.sendall(b"x" * 50_000_000)
    assert running.memory() - before < 20
    assert running.get("/livez")[0] == 200


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"leave the header Upgrade out"),
        (b"X-Long: " + b"x" * 70_000 + b"\r\n", b"the request is too large"),
        (b"Content-Length: 3\r\n", b"Invalid HTTP request"),
        (b"Transfer-Encoding: chunked\r\n", b"Invalid HTTP request"),
    ],
)
def test_a_head_that_two_readers_would_read_differently_ends_the_connection(
    running: Process, head: bytes, why: bytes
) -> None:
    """What follows it is never taken for another request."""
    body = json.dumps(LIGHT).encode()
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        start = b"POST /v1/intent HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(start + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        time.sleep(0.05)
        with contextlib.suppress(OSError):
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        told = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(4096):
                told += piece
    assert told.startswith(b"HTTP/1.1 400 ")
    assert why in told
    assert told.count(b"HTTP/1.1") - told.count(b"speak HTTP/1.1") == 1


def test_a_long_batch_has_a_limit_of_its_own(running: Process) -> None:
    status, _, body = running.ask("POST", "/v1/intent/batch", b'{"items": ["' + b"x" * 300_000 + b'"]}')
    assert status == 413
    assert b"262144" in body


def test_the_published_schema_is_valid_and_its_answers_are(running: Process) -> None:
    document = running.get("/openapi.json")[1]
    schemas = document["components"]["schemas"]

    def holds(name: str, value: object) -> bool:
        return Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        ).is_valid(value)

    for path, question, answer, asked in [
        ("/v1/intent", "IntentAsked", "IntentAnswer", LIGHT),
        ("/v1/loan", "LoanAsked", "LoanAnswer", applicant()),
        ("/v1/intent/batch", "IntentBatch", "IntentAnswers", {"items": [LIGHT]}),
        ("/v1/loan/batch", "LoanBatch", "LoanAnswers", {"items": [applicant()]}),
    ]:
        assert holds(question, asked)
        assert holds(answer, running.post(path, asked)[1]), path
        assert holds("Problem", running.post(path, {"nothing": 1})[1])
        assert not holds(question, {"nothing": 1})
    assert set(schemas["LoanAsked"]["required"]) == set(applicant())
    assert holds("LoanAsked", {**applicant(), "multi": None})
    assert not holds("LoanAsked", {**applicant(), "unver": None})


def test_the_metrics_count_requests_and_name_the_versions(running: Process) -> None:
    running.post("/v1/intent", LIGHT)
    status, headers, text = running.ask("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    lines = text.decode().splitlines()
    assert any(line.startswith('service_requests_total{path="/v1/intent",status="200"}') for line in lines)
    assert any("service_version_info" in line and 'version="v1.0.0"' in line for line in lines)
    assert "service_ready 1.0" in lines


def test_one_connection_is_kept_for_many_questions(running: Process) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    for _ in range(3):
        connection.request("POST", "/v1/intent", json.dumps(LIGHT), {"Content-Type": "application/json"})
        assert connection.getresponse().read()
        assert connection.sock is not None
    connection.close()
