"""The endpoints."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service import schema
from service.answers import IntentAnswers, LoanAnswers
from service.asked import MOST_ITEMS, IntentAsked, IntentBatch, checked
from service.door import BODY
from service.origin import UNRELEASED
from service.problems import Fault, RefusedError, invalid, unavailable
from service.settings import MODELS
from service.strictjson import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from service.board import Board, Served
    from service.sample import Sampler
    from service.telemetry import Telemetry

API = "1"
_AT_ONCE = 32
"""Questions of a batch that are answered before others get their turn."""
_JSON = "application/json"


def make(board: Board, telemetry: Telemetry, sampler: Sampler | None = None) -> FastAPI:
    """The application, without its door."""
    app = FastAPI(
        title="mergegate service", version=API, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        description="Answers with the released models. Every answer says which version gave it, and its digest.",
    )  # fmt: skip
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(HTTPException, _http)
    _add_intent(app, board, _keeper(sampler, telemetry))
    _add_loan(app, board)
    _add_state(app, board, telemetry)
    app.add_api_route(
        "/openapi.json", lambda: _json(schema.of(app, board)), include_in_schema=False, response_class=Response
    )
    return app


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - registered for no other
    return error.response()


async def _http(_: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such path, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    codes = {404: ("not_found", "there is no such path"), 405: ("method", "this path has no such method")}
    code, message = codes.get(error.status_code, ("refused", "the request was refused"))
    return RefusedError(error.status_code, code, message, headers=error.headers or {}).response()


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type=_JSON)


def _value(request: Request) -> Any:
    """What was sent; a 415 for what does not call itself JSON."""
    kind = request.headers.get("content-type", "")
    if kind != _JSON and kind.replace(" ", "").lower() not in {_JSON, f"{_JSON};charset=utf-8"}:
        raise RefusedError(415, "media_type", "send application/json")
    return parse(request.scope[BODY])


def _served(board: Board, model: str) -> Served:
    served = board.served.get(model)
    if served is None:
        raise unavailable("not_ready", f"no version of {model} is ready")
    return served


def _signed(served: Served, answer: dict[str, Any]) -> Response:
    answer["version"] = served.version.version
    answer["digest"] = served.version.digest
    return _json(answer)


def _keeper(sampler: Sampler | None, telemetry: Telemetry) -> Callable[[IntentAsked], None]:
    """What is done with a question that was answered."""

    def keep(asked: IntentAsked) -> None:
        if sampler is not None and sampler.take(asked):
            telemetry.sampled.inc()

    return keep


def _add_intent(app: FastAPI, board: Board, keep: Callable[[IntentAsked], None]) -> None:
    @app.post("/v1/intent", operation_id="intent")
    async def intent(request: Request) -> Response:
        """Which intent does an utterance have?"""
        asked, served = checked(IntentAsked, _value(request)), _served(board, "intent")
        keep(asked)
        return _signed(served, _intent(served.answers, asked))

    @app.post("/v1/intent/batch", operation_id="intent_batch")
    async def intent_batch(request: Request) -> Response:
        """The same for up to 256 utterances, answered by one version."""
        asked, served = checked(IntentBatch, _value(request)), _served(board, "intent")
        found = []
        for at, each in enumerate(asked.items, 1):
            keep(each)
            found.append(_intent(served.answers, each))
            if at % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return _signed(served, {"answers": found})


def _intent(answers: IntentAnswers | LoanAnswers, asked: IntentAsked) -> dict[str, Any]:
    assert isinstance(answers, IntentAnswers)  # noqa: S101 - the board's key says so
    name, score = answers.single.answer(asked.utterance, asked.language, asked.area, asked.domain)
    return {"intent": name, "score": score}


def _add_loan(app: FastAPI, board: Board) -> None:
    @app.post("/v1/loan", operation_id="loan")
    async def loan(request: Request) -> Response:
        """What becomes of an application, by the criteria of the served version, and why."""
        applicant, served = _value(request), _served(board, "loan")
        return _signed(served, _loan(served.answers, applicant, ""))

    @app.post("/v1/loan/batch", operation_id="loan_batch")
    async def loan_batch(request: Request) -> Response:
        """The same for up to 256 applications, decided by one version; one that is refused refuses all."""
        applicants, served = _items(_value(request)), _served(board, "loan")
        found = []
        for at, each in enumerate(applicants):
            found.append(_loan(served.answers, each, f"items[{at}]"))
            if at % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
        return _signed(served, {"answers": found})


def _loan(answers: IntentAnswers | LoanAnswers, applicant: Any, at: str) -> dict[str, Any]:
    assert isinstance(answers, LoanAnswers)  # noqa: S101 - the board's key says so
    return answers.decide(applicant, at)


def _items(value: Any) -> Sequence[Any]:
    if type(value) is not dict or set(value) != {"items"} or type(value["items"]) is not list:
        raise invalid("the request does not fit the schema", [Fault("items", "must be a list, and the only field")])
    items: list[Any] = value["items"]
    if not 1 <= len(items) <= MOST_ITEMS:
        raise invalid("the request does not fit the schema", [Fault("items", f"must have 1 to {MOST_ITEMS} items")])
    return items


def _add_state(app: FastAPI, board: Board, telemetry: Telemetry) -> None:
    @app.get("/livez", operation_id="livez")
    async def livez() -> Response:
        """Whether the process answers at all."""
        return _json({"live": True})

    @app.get("/readyz", operation_id="readyz")
    async def readyz() -> Response:
        """Whether to send requests here: every model is loaded, verified and proven, and the service is not closing."""
        waiting = [model for model in MODELS if model not in board.served]
        return _json(
            {"ready": board.ready, "waiting_for": waiting, "draining": board.draining}, 200 if board.ready else 503
        )

    @app.get("/version", operation_id="version")
    async def version() -> Response:
        """Which versions answer, since when, and which newer ones could not be taken."""
        return _json({**{model: _standing(board, model) for model in MODELS}, "api": API})

    @app.get("/metrics", operation_id="metrics")
    async def metrics() -> Response:
        """Counters and gauges, as Prometheus collects them."""
        return Response(telemetry.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _standing(board: Board, model: str) -> dict[str, Any]:
    served, refused = board.served.get(model), board.refused.get(model)
    said: dict[str, Any] = {"version": None, "digest": None, "commit": None, "since": None, "stage": None}
    if served is not None:
        found = served.version
        said = {
            "version": found.version, "digest": found.digest, "commit": found.commit, "since": found.since,
            "stage": found.stage or None,
        }  # fmt: skip
    said["released"] = said["version"] not in {None, UNRELEASED}
    said["golden"] = served.golden if served else 0
    said["refused"] = {"version": refused.version, "why": refused.why, "at": refused.at} if refused else None
    return said
